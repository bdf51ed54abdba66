// RUN: %verify %s heddle-dropped-task -- -std=c++20
#include "Inputs/task.h"
#include <vector>

Task<> save(int);
Task<int> load();
Job fire();

Task<> bad_forgotten() {
  save(1); // warning: the task of 'save' is discarded; the coroutine is lazy and never runs; co_await it, or pass it to a function that starts it
  co_await later();
}
void bad_in_function(bool wanted) {
  if (wanted)
    save(2); // warning: the task of 'save' is discarded
}
void bad_variable() {
  auto task = load(); // warning: the task of 'load' goes into 'task' and is never awaited
}
struct bad_Store {
  Task<> flush();
  void close() { flush(); } // warning: the task of 'flush' is discarded
};
void bad_lambda() {
  auto work = [](int n) -> Task<> {
    co_await later();
    (void)n;
  };
  work(1); // warning: the task of the coroutine is discarded
}
void bad_loop(const std::vector<int> &all) {
  for (int i : all)
    save(i); // warning: the task of 'save' is discarded
}

// ---- silent ----
Task<> ok_awaited() {
  co_await save(1);
  int n = co_await load();
  auto task = save(n);
  co_await std::move(task);
}
void ok_spawned() { spawn(save(1)); }
void ok_eager() { fire(); }
Task<> ok_returned() { return save(1); }
void ok_kept(std::vector<Task<>> &all) {
  all.push_back(save(1));
  all.emplace_back(save(2));
}
void ok_deliberate() { (void)save(1); }
void ok_variable() {
  auto task = save(1);
  spawn(std::move(task));
}
struct ok_Holder {
  Task<> task;
  ok_Holder() : task(save(1)) {}
  void again() { task = save(2); }
};
