// Which coroutines start at once, what they use behind a suspension, and what becomes of lazy tasks.
// RUN: %verify --word coroutine --header-filter-main-only %s heddle-dev-coroutines -- -std=c++20
#include "Inputs/task.h"
#include <vector>

void use(const int &);

Task<> lazy(const int &n) { // coroutine: lazy; suspended 1; uses n
  use(n);
  co_await later(); // coroutine: task awaited
}
Job eager(const int &before, const int &after) { // coroutine: eager; suspended 1; uses after
  use(before);
  co_await later(); // coroutine: task awaited
  use(after);
}
Task<> plain() { // coroutine: lazy; suspended 0
  co_return;
}
void fates(std::vector<Task<>> &all) {
  plain();                // coroutine: task dropped
  auto t = plain();       // coroutine: task kept
  t = plain();            // coroutine: task kept
  all.push_back(plain()); // coroutine: task kept
  spawn(plain());         // coroutine: task unknown
  (void)plain();          // coroutine: task unknown
}
Task<> handsOn() { return plain(); } // coroutine: task returned

template <class F> void runOnce(F f) { f(); } // coroutine: task dropped
void hands(int n) {
  runOnce([n]() -> Job { // coroutine: handed // coroutine: eager; suspended 1
    co_await later();    // coroutine: task awaited
    use(n);
  });
  runOnce([n]() -> Task<> { // coroutine: lazy; suspended 0
    use(n);
    co_return;
  });
  runOnce([n] { use(n); });
}

std::vector<Task<>> running;
template <class F> void background(F &&f) { running.push_back(f()); } // coroutine: task kept
void handsToKeeper(int n) {
  background([n]() -> Task<> { // coroutine: handed // coroutine: lazy; suspended 0
    use(n);
    co_return;
  });
}
Job turns(const std::vector<int> &all, const std::vector<int> &before) { // coroutine: eager; suspended 1; uses all
  for (int n : before)
    use(n);
  for (int n : all) {
    use(n);
    co_await later(); // coroutine: task awaited
  }
}
Job byReference(const std::vector<int> &all) { // coroutine: eager; suspended 1; uses all
  const int &first = all.front();
  const auto &same = all;
  co_await later(); // coroutine: task awaited
  use(same.front());
}
