// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// Tasks whose handles come back from a helper of the project, or belong to a promise of theirs.
#include "Inputs/thread_pool.h"

#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

template <typename Work> std::future<void> launch(Work work) { return std::async(std::launch::async, std::move(work)); }
template <typename Work> std::thread start(Work work) { return std::thread(std::move(work)); }

int ok_futures_of_helper() {
  int sum = 0;
  std::vector<std::future<void>> tasks;
  for (int i = 0; i < 4; ++i)
    tasks.push_back(launch([&] { ++sum; }));
  for (auto &task : tasks)
    task.wait();
  return sum;
}
int ok_future_of_helper() {
  int sum = 0;
  auto task = launch([&] { ++sum; });
  task.wait();
  return sum;
}
int ok_threads_of_helper() {
  int sum = 0;
  std::vector<std::thread> tasks;
  for (int i = 0; i < 4; ++i)
    tasks.push_back(start([&] { ++sum; }));
  for (auto &task : tasks)
    task.join();
  return sum;
}
void bad_futures_of_helper(std::vector<std::thread> &tasks) {
  int sum = 0;
  for (int i = 0; i < 4; ++i)
    tasks.push_back(start([&] { ++sum; })); // warning: local 'sum' is passed by reference to a task that may outlive it
}

class Sampler {
public:
  std::vector<float> ok_packaged(int rows) {
    std::vector<float> plane(rows);
    std::vector<std::future<void>> done;
    for (int r = 0; r < rows; ++r) {
      auto task = std::make_shared<std::packaged_task<void()>>([&plane, r] { plane[r] = 1; });
      done.push_back(task->get_future());
      pool_.submit([task] { (*task)(); });
    }
    for (auto &d : done)
      d.wait();
    return plane;
  }
  std::vector<float> bad_packaged(int rows) {
    std::vector<float> plane(rows);
    std::vector<std::future<void>> done;
    for (int r = 0; r < rows; ++r) {
      auto task = std::make_shared<std::packaged_task<void()>>([&plane, r] { plane[r] = 1; }); // warning: 'plane' is passed by reference to a task that may outlive it
      done.push_back(task->get_future());
      pool_.submit([task] { (*task)(); });
    }
    return plane;
  }

private:
  ThreadPool &pool_;
};
