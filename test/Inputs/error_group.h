// A group of threads that keeps the first error (errgroup of Go).
#pragma once
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

class ErrorGroup {
public:
  ~ErrorGroup() { wait(); }
  void go(std::function<std::error_code()> task) {
    threads_.emplace_back([this, task = std::move(task)] {
      if (std::error_code ec = task()) {
        std::lock_guard lock(mutex_);
        if (!first_)
          first_ = ec;
      }
    });
  }
  std::error_code wait() {
    for (std::thread &t : threads_)
      t.join();
    threads_.clear();
    return first_;
  }

private:
  std::mutex mutex_;
  std::error_code first_;
  std::vector<std::thread> threads_;
};
