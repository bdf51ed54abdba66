// Calls that yield timers of C libraries.
// RUN: %verify --word maker %s heddle-dev-timer-makers -- -std=c++20
#include <sys/timerfd.h>
#include <unistd.h>

static int plain() { return timerfd_create(CLOCK_MONOTONIC, 0); }
static int started(long seconds) {
  int fd = timerfd_create(CLOCK_MONOTONIC, 0);
  if (fd < 0)
    return -1;
  itimerspec every{{seconds, 0}, {seconds, 0}};
  timerfd_settime(fd, 0, &every, nullptr);
  return fd;
}
static int through() { return started(1); }
static int copy(int fd) { return dup(fd); }
static int either(int fd) { return fd > 0 ? fd : timerfd_create(CLOCK_MONOTONIC, 0); }

struct Ticker {
  Ticker() : fd_(started(2)) {} // maker: fd_
  int fd_;
};
void use() {
  int a = plain(); // maker: a
  int b;
  b = through(); // maker: b
  int c = copy(a);
  int d = either(b);
  (void)c, (void)d;
}
