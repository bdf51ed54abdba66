// RUN: %verify %s heddle-exception-escapes-task -- -std=c++20
// Hand-written pools and helpers: their bodies determine whether they carry exceptions of tasks.
#include "Inputs/thread_pool.h"
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

int decode(const std::string &frame) {
  if (frame.empty())
    throw std::runtime_error("empty frame"); // note: 'std::runtime_error' is thrown here
  return int(frame.size());
}

/// The same, but its workers survive.
class CarefulPool {
public:
  CarefulPool() : worker_([this] { work(); }) {}
  ~CarefulPool() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
    worker_.join();
  }
  void submit(std::function<void()> f) {
    {
      std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(f));
    }
    filled_.notify_one();
  }

private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      filled_.wait(lock, [this] { return closed_ || !tasks_.empty(); });
      if (tasks_.empty())
        return;
      auto f = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      try {
        f();
      } catch (...) {
        ++failed_;
      }
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> tasks_;
  int failed_ = 0;
  bool closed_ = false;
  std::thread worker_;
};

/// Hands out futures: what a task throws goes there.
class FuturePool {
public:
  FuturePool() : worker_([this] { work(); }) {}
  ~FuturePool() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
    worker_.join();
  }
  template <class F> auto submit(F f) -> std::future<decltype(f())> {
    auto task = std::make_shared<std::packaged_task<decltype(f())()>>(std::move(f));
    auto result = task->get_future();
    {
      std::lock_guard lock(mutex_);
      tasks_.push_back([task] { (*task)(); });
    }
    filled_.notify_one();
    return result;
  }

private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      filled_.wait(lock, [this] { return closed_ || !tasks_.empty(); });
      if (tasks_.empty())
        return;
      auto f = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      f();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> tasks_;
  bool closed_ = false;
  std::thread worker_;
};

void bad_pool(ThreadPool &pool, std::string frame) {
  pool.submit([frame] { decode(frame); }); // warning: 'std::runtime_error' may escape the entry function of this task
}
void ok_careful_pool(CarefulPool &pool, std::string frame) {
  pool.submit([frame] { decode(frame); });
}
void ok_future_pool(FuturePool &pool, std::string frame) {
  auto n = pool.submit([frame] { return decode(frame); });
  try {
    n.get();
  } catch (const std::exception &) {
  }
}
void ok_task_catches(ThreadPool &pool, std::string frame) {
  pool.submit([frame] {
    try {
      decode(frame);
    } catch (const std::exception &) {
    }
  });
}

/// A helper that catches for all its threads.
void startGuarded(std::function<void()> f) {
  std::thread([f = std::move(f)] {
    try {
      f();
    } catch (...) {
    }
  }).detach();
}
void ok_guarded_helper(std::string frame) {
  startGuarded([frame] { decode(frame); });
}

/// A member that is called by the thread of its class.
class Ticker {
public:
  explicit Ticker(std::function<void()> tick) : tick_(std::move(tick)) {}
  void bad_start() {
    thread_ = std::thread([this] { tick_(); }); // warning: 'std::runtime_error' may escape the entry function of this task
  }
  ~Ticker() { thread_.join(); }

private:
  std::function<void()> tick_;
  std::thread thread_;
};
void useTicker(const std::string &frame) {
  Ticker t([frame] { decode(frame); });
  t.bad_start();
}

class QuietTicker {
public:
  explicit QuietTicker(std::function<void()> tick) : tick_(std::move(tick)) {}
  void ok_start() {
    thread_ = std::thread([this] { tick_(); });
  }
  ~QuietTicker() { thread_.join(); }

private:
  std::function<void()> tick_;
  std::thread thread_;
};
void useQuietTicker(int &n) {
  QuietTicker t([&n] { ++n; });
  t.ok_start();
}
