// A channel without room: send waits until its item is taken.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

template <class T> class Rendezvous {
public:
  void send(T item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !item_.has_value(); });
    item_ = std::move(item);
    changed_.notify_all();
    changed_.wait(lock, [this] { return !item_.has_value(); });
  }
  T receive() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return item_.has_value(); });
    T item = std::move(*item_);
    item_.reset();
    changed_.notify_all();
    return item;
  }
  std::optional<T> receive_for(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, limit, [this] { return item_.has_value(); }))
      return std::nullopt;
    std::optional<T> item = std::move(item_);
    item_.reset();
    changed_.notify_all();
    return item;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> item_;
};
