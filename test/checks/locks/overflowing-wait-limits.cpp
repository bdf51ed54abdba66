// RUN: %verify %s heddle-overflowing-wait -- -std=c++20
// Known misses: the limits that the page names.
#include <chrono>
#include <condition_variable>
#include <mutex>

class Gate {
public:
  void FN_time_of_the_caller(std::chrono::seconds limit) {
    std::unique_lock lock(mutex_);
    while (!open_)
      opened_.wait_for(lock, limit);
  }
  void pass() { FN_time_of_the_caller(std::chrono::seconds::max()); }
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};
