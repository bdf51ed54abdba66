// REQUIRES: absl
// RUN: %verify %s heddle-blocking-under-lock -- -std=c++20
// absl::Mutex, its guards and conditions.
#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>
#include <absl/time/clock.h>
#include <string>
#include <vector>

class bad_loader {
public:
  void load() {
    absl::MutexLock lock(&mutex_); // note: 'mutex_' is locked here
    names_.clear();
    absl::SleepFor(absl::Seconds(1)); // warning: this sleeps while 'mutex_' is held
  }
  void ready() {
    mutex_.Lock();
    started_.WaitForNotification(); // warning: this waits for a result while 'mutex_' is held
    mutex_.Unlock();
  }
  void look() const {
    absl::ReaderMutexLock lock(&mutex_);
    absl::SleepFor(absl::Seconds(1)); // warning: this sleeps while 'mutex_' is held
  }
  void two() {
    absl::MutexLock outer(&config_);
    absl::MutexLock lock(&mutex_);
    while (names_.empty())
      filled_.Wait(&mutex_); // warning: this waits for a notification while 'config_' is held
  }

private:
  mutable absl::Mutex mutex_;
  absl::Mutex config_;
  absl::CondVar filled_;
  absl::Notification started_;
  std::vector<std::string> names_;
};

class ok_loader {
public:
  void load() {
    {
      absl::MutexLock lock(&mutex_);
      names_.clear();
    }
    absl::SleepFor(absl::Seconds(1));
  }
  void wait() {
    absl::MutexLock lock(&mutex_);
    while (names_.empty())
      filled_.Wait(&mutex_);
  }
  void await() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &ok_loader::filled));
    names_.clear();
  }
  void when() {
    absl::MutexLock lock(&mutex_, absl::Condition(this, &ok_loader::filled));
    names_.clear();
  }
  void by_hand() {
    mutex_.Lock();
    names_.clear();
    mutex_.Unlock();
    started_.WaitForNotification();
  }

private:
  bool filled() const { return !names_.empty(); }
  absl::Mutex mutex_;
  absl::CondVar filled_;
  absl::Notification started_;
  std::vector<std::string> names_;
};
