// A queue with a limit that can be closed: push waits for room and throws once the queue is closed, pop waits for an
// item and returns nothing once the queue is closed and empty.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

template <class T> class ClosableQueue {
public:
  explicit ClosableQueue(std::size_t limit = 16) : limit_(limit) {}
  void push(T item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return items_.size() < limit_ || closed_; });
    if (closed_)
      throw std::logic_error("push into a closed queue");
    items_.push_back(std::move(item));
    filled_.notify_one();
  }
  bool offer(T item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return items_.size() < limit_ || closed_; });
    if (closed_)
      return false;
    items_.push_back(std::move(item));
    filled_.notify_one();
    return true;
  }
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return !items_.empty() || closed_; });
    if (items_.empty())
      return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    room_.notify_one();
    return item;
  }
  void close() {
    std::lock_guard lock(mutex_);
    if (closed_)
      throw std::logic_error("closed twice");
    closed_ = true;
    filled_.notify_all();
    room_.notify_all();
  }

private:
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::deque<T> items_;
  bool closed_ = false;
};
