// REQUIRES: absl
// RUN: %verify %s heddle-unnamed-guard -- -std=c++20
#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

class Totals {
public:
  void bad_temporary(long x) {
    absl::MutexLock{&mu_}; // warning: the guard is a temporary: it gives 'mu_' back
    sum_ += x;
  }
  long bad_reader() {
    absl::ReaderMutexLock{&mu_}; // warning: the guard is a temporary
    return sum_;
  }

  void ok_named(long x) {
    absl::MutexLock lock(&mu_);
    sum_ += x;
  }
  long ok_reader() {
    absl::ReaderMutexLock lock(&mu_);
    return sum_;
  }

private:
  absl::Mutex mu_;
  long sum_ = 0;
};
