// RUN: %verify %s heddle-relock -- -std=c++20
// Known misses: the limits that the page names.
#include <mutex>

class Counter {
public:
  void FN_callee_locks_by_its_argument() {
    mutex_.lock();
    add(true);
    mutex_.unlock();
  }

private:
  void add(bool locks) {
    if (locks)
      mutex_.lock();
    ++n_;
    if (locks)
      mutex_.unlock();
  }
  std::mutex mutex_;
  int n_ = 0;
};
