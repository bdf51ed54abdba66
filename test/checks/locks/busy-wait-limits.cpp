// RUN: %verify %s heddle-busy-wait -- -std=c++20
// Known misses: the limits that the page names.
#include <atomic>

long FN_counts_its_iterations(std::atomic<bool> &done) {
  long spins = 0;
  while (!done)
    ++spins;
  return spins;
}
