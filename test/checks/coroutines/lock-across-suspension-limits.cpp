// RUN: %verify %s heddle-lock-across-suspension -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/task.h"
#include <mutex>

// The caller locks.
Task<> FN_lock_of_the_caller(std::mutex &locked) {
  co_await later();
  locked.unlock();
}
