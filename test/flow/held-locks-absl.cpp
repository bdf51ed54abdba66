// A condition of Abseil is asked with the lock held.
// REQUIRES: absl
// RUN: %verify --word locks %s heddle-dev-locks -- -std=c++20
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

void heddle_locks();

class Buffer {
public:
  void await() {
    absl::MutexLock l(&mu_); // locks: takes mu_, a shared-mutex
    auto full = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      heddle_locks(); // locks: mu_
      return n_ > 0;
    };
    mu_.Await(absl::Condition(&full));
  }
  void await_named() {
    auto some = [this] {
      heddle_locks(); // locks: mu_
      return n_ > 0;
    };
    absl::Condition cond(&some);
    absl::MutexLock l(&mu_, cond); // locks: takes mu_, a shared-mutex
  }
  void await_member() {
    mu_.LockWhen(absl::Condition(this, &Buffer::full));
    mu_.Unlock();
  }
  bool await_function() {
    absl::MutexLock l(&mu_); // locks: takes mu_, a shared-mutex
    return mu_.AwaitWithTimeout(absl::Condition(&isFull, this), absl::Seconds(1));
  }
  int take() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

private:
  bool full() const {
    heddle_locks(); // locks: mu_
    return n_ > 0;
  }
  static bool isFull(Buffer *b) {
    heddle_locks(); // locks: b.mu_
    return b->n_ > 0;
  }
  absl::Mutex mu_;
  int n_ ABSL_GUARDED_BY(mu_) = 0;
};
int Buffer::take() {
  heddle_locks(); // locks: mu_
  return n_--;
}
