// REQUIRES: absl
// RUN: %verify %s heddle-uncancellable-wait -- -std=c++20
// Whoever gives the lock back has the condition looked at again.
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>
#include <stop_token>

void refresh();

class Refresher {
public:
  void ok_condition_is_set_by_the_callback(std::stop_token stop) {
    while (!stop.stop_requested()) {
      refresh();
      std::stop_callback wake(stop, [this] {
        absl::MutexLock lock(&mutex_);
        stopping_ = true;
      });
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&stopping_), absl::Minutes(5));
    }
  }
  void bad_nobody_sets_it(std::stop_token stop) {
    while (!stop.stop_requested()) { // note: the loop asks for the stop here
      refresh();
      absl::MutexLock lock(&idle_);
      idle_.AwaitWithTimeout(absl::Condition(&always_), absl::Minutes(5)); // warning: 'AwaitWithTimeout' on 'idle_' is not woken when a stop is requested
    }
  }

private:
  absl::Mutex mutex_, idle_;
  bool stopping_ = false, always_ = false;
};
