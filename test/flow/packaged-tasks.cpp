// What a packaged task runs stays the same when its future is taken.
// RUN: %verify --word op %s heddle-dev-ops -- -std=c++20
#include <future>
#include <thread>
#include <utility>

void work();
void taken() {
  std::packaged_task<void()> task([] { work(); });
  auto result = task.get_future(); // op: get-future task
  std::jthread one(                // op: spawn one {lambda}
      std::move(task));            // op: (move) task
}
void given() {
  std::packaged_task<int(int)> task([](int n) { return n; });
  auto result = task.get_future(); // op: get-future task
  std::jthread one(                // op: spawn one {lambda}
      std::move(task), 3);         // op: (move) task
}
void another(std::packaged_task<void()> other) {
  std::packaged_task<void()> task([] { work(); });
  task =                // op: (escape) task
      std::move(other); // op: (move) other
  std::jthread one(     // op: spawn one {?}
      std::move(task)); // op: (move) task
}
