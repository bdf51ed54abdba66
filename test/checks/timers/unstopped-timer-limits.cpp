// RUN: %verify %s heddle-unstopped-timer -- -std=c++20
// Known misses: the limits that the page names.
#include <ctime>
#include <sys/timerfd.h>

void watch(int fd); // in another file: does not close it

void FN_passed_on() {
  int fd = timerfd_create(CLOCK_MONOTONIC, 0);
  itimerspec every{{1, 0}, {1, 0}};
  timerfd_settime(fd, 0, &every, nullptr);
  watch(fd);
}
