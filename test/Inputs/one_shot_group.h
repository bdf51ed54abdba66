// A group of threads that accepts no task once it was waited for.
#pragma once
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

class OneShotGroup {
public:
  ~OneShotGroup() { wait(); }
  template <class F> bool run(F task) {
    std::lock_guard lock(mutex_);
    if (closed_)
      return false;
    threads_.emplace_back(std::move(task));
    return true;
  }
  void wait() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    for (std::thread &t : threads_)
      if (t.joinable())
        t.join();
  }

private:
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};
