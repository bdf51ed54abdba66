// RUN: %verify %s heddle-mixed-atomic-access -- -std=c++20
// Known misses: the limits that the page names.
#include <atomic>
#include <mutex>

class Counter {
public:
  void add() { total_.fetch_add(1); }
  // add() does not hold the lock.
  void FN_store_under_a_lock() {
    std::lock_guard lock(mutex_);
    int n = total_.load();
    total_.store(n + 1);
  }

private:
  std::mutex mutex_;
  std::atomic<int> total_{0};
};
