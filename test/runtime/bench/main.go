// The operations of bench.cpp as Go writes them. Prints "operation/go nanoseconds", one a line; an argument gives the
// seconds that each takes, another the part of a name that is to be run.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

var seconds = 0.2
var only = ""
var sink int

// measure calls f(n) with n so large that it takes long enough, and prints what one of the n took.
func measure(name string, f func(n int)) {
	if !strings.Contains(name, only) {
		return
	}
	for n := 1; ; {
		start := time.Now()
		f(n)
		took := time.Since(start)
		if took.Seconds() >= seconds || n > 1<<30 {
			fmt.Printf("%s/go %f\n", name, float64(took.Nanoseconds())/float64(n))
			return
		}
		if took.Seconds() < seconds/100 {
			n *= 10
		} else {
			n = int(float64(n)*seconds/took.Seconds()*1.1) + 1
		}
	}
}

type future struct {
	done  chan struct{}
	value int
}

func (f *future) await(ctx context.Context) int {
	select {
	case <-f.done:
	default:
		select {
		case <-f.done:
		case <-ctx.Done():
		}
	}
	return f.value
}

func main() {
	if len(os.Args) > 1 {
		seconds, _ = strconv.ParseFloat(os.Args[1], 64)
	}
	if len(os.Args) > 2 {
		only = os.Args[2]
	}
	live, end := context.WithCancel(context.Background())
	defer end()

	measure("resolve + await", func(n int) {
		for i := 0; i < n; i++ {
			f := &future{done: make(chan struct{})}
			f.value = 1
			close(f.done)
			sink += f.await(live)
		}
	})
	measure("await what is ready", func(n int) {
		f := &future{done: make(chan struct{})}
		close(f.done)
		for i := 0; i < n; i++ {
			sink += f.await(live)
		}
	})
	measure("buffered send + receive", func(n int) {
		c := make(chan int, 16)
		for i := 0; i < n; i++ {
			c <- 1
			sink += <-c
		}
	})
	measure("select of four ready + send", func(n int) {
		var c [4]chan int
		for i := range c {
			c[i] = make(chan int, 4)
			c[i] <- 1
		}
		for i := 0; i < n; i++ {
			select {
			case <-c[0]:
				c[0] <- 1
			case <-c[1]:
				c[1] <- 1
			case <-c[2]:
				c[2] <- 1
			case <-c[3]:
				c[3] <- 1
			}
		}
	})
	measure("unbuffered round trip", func(n int) {
		ping, pong := make(chan int), make(chan int)
		go func() {
			for v := range ping {
				pong <- v
			}
		}()
		for i := 0; i < n; i++ {
			ping <- 1
			sink += <-pong
		}
		close(ping)
	})
	for _, capacity := range []int{16, 128, 1024} {
		measure("2 producers 2 consumers/"+strconv.Itoa(capacity), func(n int) {
			c := make(chan int, capacity)
			var all sync.WaitGroup
			all.Add(4)
			for i := 0; i < 2; i++ {
				go func() {
					for k := 0; k < n/2+1; k++ {
						c <- k
					}
					all.Done()
				}()
				go func() {
					for k := 0; k < n/2+1; k++ {
						<-c
					}
					all.Done()
				}()
			}
			all.Wait()
		})
	}
	measure("with_cancel + cancel", func(n int) {
		for i := 0; i < n; i++ {
			_, cancel := context.WithCancel(live)
			cancel()
		}
	})
	measure("with_timeout + cancel", func(n int) {
		for i := 0; i < n; i++ {
			_, cancel := context.WithTimeout(live, time.Hour)
			cancel()
		}
	})
	measure("group of 1000", func(n int) {
		for i := 0; i < n; i++ {
			var g sync.WaitGroup
			g.Add(1000)
			for k := 0; k < 1000; k++ {
				go func() { g.Done() }()
			}
			g.Wait()
		}
	})
	measure("spawn + join", func(n int) {
		for i := 0; i < n; i++ {
			done := make(chan int, 1)
			go func() { done <- 1 }()
			sink += <-done
		}
	})
	measure("await of another thread", func(n int) {
		questions := make(chan *future, 1)
		go func() {
			for f := range questions {
				f.value = 1
				close(f.done)
			}
		}()
		for i := 0; i < n; i++ {
			f := &future{done: make(chan struct{})}
			questions <- f
			sink += f.await(live)
		}
		close(questions)
	})
}
