// A count of running tasks and a wait until it is zero (sync.WaitGroup of Go).
#pragma once
#include <condition_variable>
#include <mutex>

class WaitGroup {
public:
  void add(int n = 1) {
    std::lock_guard lock(mutex_);
    count_ += n;
  }
  void done() {
    std::lock_guard lock(mutex_);
    if (--count_ == 0)
      zero_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    zero_.wait(lock, [this] { return count_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable zero_;
  int count_ = 0;
};
