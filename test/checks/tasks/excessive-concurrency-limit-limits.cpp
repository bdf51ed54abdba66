// RUN: %verify %s heddle-excessive-concurrency-limit -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/thread_pool.h"
#include <cstddef>

std::size_t fromConfiguration();
void process();

void FN_computed() {
  ThreadPool pool(1000 * std::thread::hardware_concurrency());
  pool.submit(process);
}
void FN_configured() {
  ThreadPool pool(fromConfiguration());
  pool.submit(process);
}
