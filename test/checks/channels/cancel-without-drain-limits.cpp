// RUN: %verify %s heddle-cancel-without-drain -- -std=c++20
// Known misses: the limits that the page names.
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

void handle(const std::string &);

// The number of items is only shown; it takes none of them.
class FN_ItemsAreReadElsewhere {
public:
  void add(std::string item) {
    std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    ready_.notify_one();
  }
  std::string first() {
    std::lock_guard lock(mutex_);
    return items_.empty() ? "" : items_.front();
  }

private:
  void run(std::stop_token token) {
    while (!token.stop_requested()) {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, token, [this] { return !items_.empty(); });
      if (token.stop_requested())
        return;
      std::string item = std::move(items_.front());
      items_.pop_front();
      lock.unlock();
      handle(item);
    }
  }
  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<std::string> items_;
  std::jthread thread_{[this](std::stop_token token) { run(token); }};
};
