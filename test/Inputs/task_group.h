// A group of threads written by hand; its destructor waits.
#pragma once
#include <thread>
#include <utility>
#include <vector>

class TaskGroup {
public:
  ~TaskGroup() { wait(); }
  template <class F> void run(F task) { threads_.emplace_back(std::move(task)); }
  void wait() {
    for (std::thread &t : threads_)
      t.join();
    threads_.clear();
  }

private:
  std::vector<std::thread> threads_;
};
