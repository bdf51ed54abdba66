// REQUIRES: absl
// RUN: %verify %s heddle-callback-under-lock -- -std=c++20
// absl::Mutex and its guards.
#include <absl/synchronization/mutex.h>
#include <functional>
#include <utility>
#include <vector>

class bad_Level {
public:
  void onLow(std::function<void()> f) {
    absl::MutexLock lock(&mutex_);
    low_.push_back(std::move(f));
  }
  void set(int percent) {
    absl::MutexLock lock(&mutex_); // note: 'mutex_' is locked here
    percent_ = percent;
    if (percent_ < 10)
      tell(); // warning: a callback runs while 'mutex_' is held
  }
  void drain() {
    absl::MutexLock lock(&mutex_);
    percent_ = 0;
    tell();
  }
  int percent() {
    absl::MutexLock lock(&mutex_);
    return percent_;
  }

private:
  void tell() {
    for (auto &f : low_)
      f(); // note: the callback is called here
  }
  absl::Mutex mutex_;
  std::vector<std::function<void()>> low_;
  int percent_ = 100;
};

class ok_Level {
public:
  void onLow(std::function<void()> f) {
    absl::MutexLock lock(&mutex_);
    low_ = std::move(f);
  }
  void set(int percent) {
    std::function<void()> low;
    {
      absl::MutexLock lock(&mutex_);
      percent_ = percent;
      low = low_;
    }
    if (low)
      low();
  }

private:
  absl::Mutex mutex_;
  std::function<void()> low_;
  int percent_ = 100;
};
