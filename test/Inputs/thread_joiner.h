// A guard that joins the threads of a container at the end of its scope.
#pragma once
#include <thread>
#include <vector>

class ThreadJoiner {
public:
  explicit ThreadJoiner(std::vector<std::thread> &threads) : threads_(threads) {}
  ~ThreadJoiner() {
    for (std::thread &t : threads_)
      if (t.joinable())
        t.join();
  }

private:
  std::vector<std::thread> &threads_;
};
