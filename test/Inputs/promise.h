// A result that one task sets and others wait for; it can be read many times, and only a value completes it.
#pragma once
#include <condition_variable>
#include <mutex>
#include <utility>

template <class T> class Promise {
public:
  void set(T value) {
    std::lock_guard lock(mutex_);
    value_ = std::move(value);
    ready_ = true;
    changed_.notify_all();
  }
  T get() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ready_; });
    return value_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  T value_{};
  bool ready_ = false;
};
