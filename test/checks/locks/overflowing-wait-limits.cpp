// RUN: %verify %s heddle-overflowing-wait -- -std=c++20
// Known misses: the limits that the page names.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

class Gate {
public:
  void FN_value_of_a_library_function(std::optional<std::chrono::seconds> limit) {
    std::unique_lock lock(mutex_);
    while (!open_)
      opened_.wait_for(lock, limit.value_or(std::chrono::seconds::max()));
  }
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
