// Loops that take something in each iteration, also through a helper.
// RUN: %verify --word taken %s heddle-dev-taking -- -std=c++20
#include <deque>
#include <mutex>

struct Worker {
  void run() {
    while (!stop) {
      std::lock_guard lock(mutex);
      if (jobs.empty())
        break;
      jobs.pop_front(); // taken: in a loop with 2 exits
    }
  }
  void loop() {
    int job;
    while (next(job))
      last = job;
  }
  bool next(int &job) {
    std::lock_guard lock(mutex);
    if (jobs.empty())
      return false;
    job = jobs.front();
    jobs.pop_front(); // taken: in a loop through a helper with 1 exits
    return true;
  }
  void once() {
    std::lock_guard lock(mutex);
    jobs.pop_front();
  }
  std::mutex mutex;
  std::deque<int> jobs;
  int last = 0;
  bool stop = false;
};
