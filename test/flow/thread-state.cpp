// State of threads that tasks leave behind, or that coroutines rely on.
// RUN: %verify --word state %s heddle-dev-thread-state -- -std=c++20
#include "Inputs/task.h"
#include "Inputs/thread_pool.h"
#include <pthread.h>
#include <sched.h>
#include <thread>

Task<void> query();
thread_local int level = 0;

void tasks(ThreadPool &pool, int fd, pthread_t other) {
  pool.submit([fd] { setns(fd, 0); });            // state: left on a shared thread
  std::jthread own([fd] { setns(fd, 0); });       // state: left
  pool.submit([fd] {
    setns(fd, 0);
    setns(0, 0);
  });
  pool.submit([other] { pthread_setname_np(other, "x"); });
  pool.submit([] { pthread_setname_np(pthread_self(), "x"); }); // state: left on a shared thread
}
Task<void> coroutine(int fd) {
  setns(fd, 0); // state: suspended
  level = 1;
  co_await query();
  setns(0, 0);
  int n = level; // state: stale level
  level = n;
  co_await query();
}
