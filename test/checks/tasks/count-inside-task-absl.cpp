// RUN: %verify %s heddle-count-inside-task -- -std=c++20
// REQUIRES: absl
// The condition is a function that is given the count.
#include "Inputs/executors.h"
#include <absl/synchronization/mutex.h>

void render(int tile);

class Pending {
public:
  void enter() {
    absl::MutexLock lock(&mutex_);
    ++count_;
  }
  void leave() {
    absl::MutexLock lock(&mutex_);
    --count_;
  }
  void waitForNone() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(+[](int *count) { return *count == 0; }, &count_)); // note: the wait for zero is here
  }

private:
  absl::Mutex mutex_;
  int count_ = 0;
};

void bad_entered_by_the_task(Executor &executor, Pending &pending, int tile) {
  executor.execute([&pending, tile] { // note: the task is started here, and not counted yet
    pending.enter(); // warning: the task increments 'count_' itself
    render(tile);
    pending.leave();
  });
}
void ok_entered_before(Executor &executor, Pending &pending, int tile) {
  pending.enter();
  executor.execute([&pending, tile] {
    render(tile);
    pending.leave();
  });
}
