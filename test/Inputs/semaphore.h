// A counting semaphore written by hand.
#pragma once
#include <condition_variable>
#include <mutex>

class Semaphore {
public:
  explicit Semaphore(int n) : left_(n) {}
  void acquire() {
    std::unique_lock lock(mutex_);
    free_.wait(lock, [this] { return left_ > 0; });
    --left_;
  }
  void release() {
    std::lock_guard lock(mutex_);
    ++left_;
    free_.notify_one();
  }

private:
  std::mutex mutex_;
  std::condition_variable free_;
  int left_;
};
