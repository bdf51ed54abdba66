// RUN: %verify %s heddle-thread-affine-state -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/thread_pool.h"
#include <pthread.h>
#include <sched.h>
#include <string>

void work();

// It is set back on one of two paths.
void FN_on_one_path(ThreadPool &pool, int fd, int home, bool all) {
  pool.submit([=] {
    setns(fd, CLONE_NEWNET);
    if (!all)
      return;
    work();
    setns(home, CLONE_NEWNET);
  });
}
