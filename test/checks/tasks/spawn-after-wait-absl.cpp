// REQUIRES: absl
// RUN: %verify %s heddle-spawn-after-wait -- -std=c++20
#include <absl/synchronization/blocking_counter.h>

#include <thread>
#include <vector>

void work(int);

void bad_counter(int n) {
  absl::BlockingCounter done(n);
  std::vector<std::jthread> workers;
  for (int i = 0; i < n; ++i)
    workers.emplace_back([&done, i] {
      work(i);
      done.DecrementCount();
    });
  done.Wait();
  workers.emplace_back([&done] { done.DecrementCount(); }); // warning: 'done' is single-use, and its count was already waited for
}
void ok_counter(int n) {
  absl::BlockingCounter done(n);
  std::vector<std::jthread> workers;
  for (int i = 0; i < n; ++i)
    workers.emplace_back([&done, i] {
      work(i);
      done.DecrementCount();
    });
  done.Wait();
}
