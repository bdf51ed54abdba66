// A group of threads with a limit, which must not change while tasks run (SetLimit of Go's errgroup).
#pragma once
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

class LimitedTaskGroup {
public:
  ~LimitedTaskGroup() { wait(); }
  void setLimit(int n) {
    std::lock_guard lock(mutex_);
    if (active_ > 0)
      throw std::logic_error("limit changed while tasks run");
    limit_ = n;
  }
  template <class F> void go(F task) {
    std::unique_lock lock(mutex_);
    free_.wait(lock, [this] { return limit_ == 0 || active_ < limit_; });
    ++active_;
    threads_.emplace_back([this, task = std::move(task)] {
      task();
      std::lock_guard lock(mutex_);
      --active_;
      free_.notify_one();
    });
  }
  void wait() {
    for (std::thread &t : threads_)
      t.join();
    threads_.clear();
  }

private:
  std::mutex mutex_;
  std::condition_variable free_;
  int limit_ = 0, active_ = 0;
  std::vector<std::thread> threads_;
};
