// Stops that the waiters ask for: tokens, flags of other objects, flags that are tested before the lock is taken.
// RUN: %verify %s heddle-condition-modified-unlocked -- -std=c++20
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

class bad_TokenPool {
public:
  void stop() {
    for (auto &w : workers_)
      w.request_stop(); // warning: the stop is requested without 'mutex_' before 'changed_' is notified
    changed_.notify_all();
    workers_.clear();
  }

private:
  void work(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stop.stop_requested() || !items_.empty(); });
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> items_;
  std::vector<std::jthread> workers_;
};

class ok_TokenUnderLock {
public:
  void stop() {
    {
      std::lock_guard lock(mutex_);
      source_.request_stop();
    }
    changed_.notify_all();
  }

private:
  void work(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stop.stop_requested() || !items_.empty(); });
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> items_;
  std::stop_source source_;
};

class ok_WaitsWithToken {
public:
  void stop() {
    source_.request_stop();
    changed_.notify_all();
  }

private:
  void work(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [&] { return !items_.empty(); });
  }
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<int> items_;
  std::stop_source source_;
};

// The flag is another object's, which knows nothing of the waiters.
class Interrupt {
public:
  void raise() { raised_ = true; }
  explicit operator bool() const { return raised_; }

private:
  std::atomic<bool> raised_{false};
};
class Tips {
public:
  explicit Tips(const Interrupt &interrupt) : interrupt_(interrupt) {}
  void wait(int seen) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return tip_ != seen || interrupt_; });
  }
  void wake() { changed_.notify_all(); }
  void wakeLocked() {
    { std::lock_guard lock(mutex_); }
    changed_.notify_all();
  }

private:
  const Interrupt &interrupt_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int tip_ = 0;
};
struct bad_Node {
  Interrupt interrupt;
  Tips tips{interrupt};
  void shutdown() {
    interrupt.raise(); // warning: 'raised_' is changed without 'mutex_' before 'changed_' is notified
    tips.wake();
  }
};
struct ok_Node {
  Interrupt interrupt;
  Tips tips{interrupt};
  void shutdown() {
    interrupt.raise();
    tips.wakeLocked();
  }
};

// Tested before the lock is taken, and not again.
class bad_StaleFlag {
public:
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
  }
  void run() {
    while (!stop_) {
      std::unique_lock lock(mutex_);
      if (items_.empty())
        changed_.wait(lock); // warning: 'stop_' was tested before the mutex was taken, and is not tested again
      else
        items_.pop_front();
    }
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> items_;
  std::atomic<bool> stop_{false};
};
class ok_TestedAgain {
public:
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
  }
  void run() {
    while (!stop_) {
      std::unique_lock lock(mutex_);
      if (items_.empty() && !stop_)
        changed_.wait(lock);
      else if (!items_.empty())
        items_.pop_front();
    }
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> items_;
  std::atomic<bool> stop_{false};
};

// A flag that is kept in a local decides over the notification.
class bad_LateEdge {
public:
  void start(int n) {
    for (int i = 0; i < n; ++i)
      all_.emplace_back(&bad_LateEdge::run, this);
  }
  void push(int i) {
    bool first = false;
    {
      std::lock_guard lock(mutex_);
      first = items_.empty(); // note: asked here, before the change
      items_.push_back(i);
    }
    if (first)
      added_.notify_one(); // warning: 'added_' is notified only when 'items_' was empty
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    while (items_.empty())
      added_.wait(lock);
    items_.pop_front();
  }
  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<int> items_;
  std::vector<std::jthread> all_;
};

// Nobody calls a member of an object that is being destroyed, but its own threads.
class ok_Destroyed {
public:
  void start() { thread_ = std::thread([this] { run(); }); }
  ~ok_Destroyed() {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    work_.notify_all();
    thread_.join();
  }
  void add(int i) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closing_ || items_.size() < 8; });
    items_.push_back(i);
    work_.notify_one();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      work_.wait(lock, [this] { return closing_ || !items_.empty(); });
      if (closing_)
        return;
      items_.pop_front();
      room_.notify_one();
    }
  }
  std::mutex mutex_;
  std::condition_variable work_, room_;
  std::deque<int> items_;
  bool closing_ = false;
  std::thread thread_;
};

// A loop of the wait's own asks for something else: the stop adds an item.
class ok_LastItem {
public:
  void stop() {
    stop_ = true;
    add(-1);
  }
  void add(int i) {
    std::lock_guard lock(mutex_);
    items_.push_back(i);
    changed_.notify_one();
  }
  void run() {
    while (!stop_) {
      std::unique_lock lock(mutex_);
      while (items_.empty())
        changed_.wait(lock);
      items_.pop_front();
    }
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> items_;
  std::atomic<bool> stop_{false};
};

// Another flag of the predicate is set under the mutex first.
class ok_SecondFlag {
public:
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    requested_ = true;
    changed_.notify_all();
  }
  void run() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || requested_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::atomic<bool> requested_{false};
};
