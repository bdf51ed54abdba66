// A queue with a limit: push waits for room, pop waits for an item.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

template <class T> class BoundedQueue {
public:
  explicit BoundedQueue(std::size_t limit = 16) : limit_(limit) {}
  void push(T item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return items_.size() < limit_; });
    items_.push_back(std::move(item));
    filled_.notify_one();
  }
  bool try_push(T item) {
    std::lock_guard lock(mutex_);
    if (items_.size() >= limit_)
      return false;
    items_.push_back(std::move(item));
    filled_.notify_one();
    return true;
  }
  T pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return !items_.empty(); });
    T item = std::move(items_.front());
    items_.pop_front();
    room_.notify_one();
    return item;
  }

private:
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::deque<T> items_;
};
