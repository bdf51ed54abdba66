// What a store is computed from, what is tested before it, and which uses of a plain value are atomic.
// RUN: %verify --word use %s heddle-dev-atomic-use -- -std=c++20
#include <atomic>
#include <memory>
#include <mutex>

std::atomic<int> n;
int plain;
int *made;
std::once_flag flag;

void stores(int i) {
  n = i; // use: stored
  n = n + i; // use: stored loaded-before
  n.store(n.load(std::memory_order_relaxed) + i); // use: stored
  if (i > n)
    n = i; // use: stored tested
  if (!made)
    made = new int; // use: stored tested-null
  std::call_once(flag, [] { made = nullptr; }); // use: stored once
  __atomic_fetch_add(&plain, 1, __ATOMIC_RELAXED); // use: atomic
}
