// REQUIRES: absl
// RUN: %verify %s heddle-unnamed-guard -- -std=c++20
#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

class Totals {
public:
  void bad_temporary(long x) {
    absl::MutexLock{&mu_}; // warning: the guard is a temporary and releases 'mu_' at the end of this statement
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

/// It waits for the condition, however long that takes.
class Slots {
public:
  void ok_waits_for_a_condition() {
    absl::MutexLock lock(&mu_, absl::Condition(this, &Slots::any));
    --free_;
  }

private:
  bool any() const { return free_ > 0; }
  absl::Mutex mu_;
  int free_ = 1;
};

// Waits for its condition under the lock: it can not come back without it.
class Gate {
public:
  void ok_waits_for_more() {
    absl::MutexLock lock(&mu_, absl::Condition(&open_));
    ++passed_;
  }
  long ok_reader_waits_for_more() {
    absl::ReaderMutexLock lock(&mu_, absl::Condition(&open_));
    return passed_;
  }

private:
  absl::Mutex mu_;
  bool open_ = false;
  long passed_ = 0;
};
