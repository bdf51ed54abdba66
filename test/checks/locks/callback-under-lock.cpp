// RUN: %verify %s heddle-callback-under-lock -- -std=c++20
// Stored callbacks that run under the lock of their object.
#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

class bad_bus {
public:
  void subscribe(std::function<void(const std::string &)> f) {
    std::lock_guard<std::mutex> lock(mutex_);
    handlers_.push_back(std::move(f));
  }
  void publish(const std::string &text) {
    std::lock_guard<std::mutex> lock(mutex_); // note: 'mutex_' is locked here
    for (const auto &h : handlers_)
      h(text); // warning: a callback runs while 'mutex_' is held; one that calls back into this object waits for 'mutex_' forever (deadlock), and a slow one delays all others; copy the callback, and call it after the lock is released
  }

private:
  std::mutex mutex_;
  std::vector<std::function<void(const std::string &)>> handlers_;
};

class bad_state {
public:
  void onChange(std::function<void(int)> f) {
    std::lock_guard lock(mutex_);
    on_change_ = std::move(f);
  }
  void set(int n) {
    std::unique_lock lock(mutex_); // note: 'mutex_' is locked here
    state_ = n;
    changed(); // note: 'changed' is called here
  }
  void reset() {
    std::scoped_lock lock(mutex_, other_);
    state_ = 0;
    if (on_reset_)
      on_reset_(); // warning: a callback runs while 'mutex_' is held
  }
  void by_hand() {
    mutex_.lock();
    on_reset_(); // warning: a callback runs while 'mutex_' is held
    mutex_.unlock();
  }
  int state() {
    std::shared_lock table(table_);
    std::lock_guard lock(mutex_);
    return state_;
  }
  void keyed(const std::string &key) {
    std::shared_lock lock(table_);
    auto it = by_key_.find(key);
    if (it != by_key_.end())
      it->second(); // warning: a callback runs while 'table_' is held
  }

private:
  void changed() {
    if (on_change_)
      on_change_(state_); // warning: a callback runs while 'mutex_' is held
  }
  std::mutex mutex_, other_;
  std::shared_mutex table_;
  std::function<void(int)> on_change_;
  std::function<void()> on_reset_;
  std::map<std::string, std::function<void()>> by_key_;
  int state_ = 0;
};

class ok_bus {
public:
  void publish(const std::string &text) {
    std::vector<std::function<void(const std::string &)>> all;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      all = handlers_;
    }
    for (const auto &h : all)
      h(text);
  }
  void swapped() {
    std::vector<std::function<void(const std::string &)>> all;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      all.swap(handlers_);
    }
    for (const auto &h : all)
      h("end");
  }
  void unlocked(const std::string &text) {
    std::unique_lock lock(mutex_);
    auto first = handlers_.empty() ? nullptr : handlers_.front();
    lock.unlock();
    if (first)
      first(text);
  }
  void in_turns(const std::string &text) {
    std::unique_lock lock(mutex_);
    for (std::size_t i = 0; i < handlers_.size(); ++i) {
      auto h = handlers_[i];
      lock.unlock();
      h(text);
      lock.lock();
    }
  }

private:
  std::mutex mutex_;
  std::vector<std::function<void(const std::string &)>> handlers_;
};

/// What is asked for a value, or given by the caller, is no callback of others.
class ok_sorted {
public:
  explicit ok_sorted(std::function<bool(int, int)> less) : less_(std::move(less)) {}
  void add(int n) {
    std::lock_guard lock(mutex_);
    all_.insert(std::upper_bound(all_.begin(), all_.end(), n, less_), n);
    if (all_.size() > 1 && less_(all_[1], all_[0]))
      std::swap(all_[0], all_[1]);
  }
  void with(const std::function<void(std::vector<int> &)> &f) {
    std::lock_guard lock(mutex_);
    f(all_);
  }

private:
  std::function<bool(int, int)> less_;
  std::mutex mutex_;
  std::vector<int> all_;
};

class ok_recursive {
public:
  void fire() {
    std::lock_guard lock(mutex_);
    on_fire_();
  }

private:
  std::recursive_mutex mutex_;
  std::function<void()> on_fire_;
};

class ok_worker {
public:
  explicit ok_worker(std::function<void(int)> work) : work_(std::move(work)) {}
  void start() { thread_ = std::thread(&ok_worker::run, this); }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      wake_.wait(lock);
      work_(1); // the one callback of the worker
    }
  }
  std::function<void(int)> work_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
  bool stopping_ = false;
};

/// The lock is for the callback alone: one at a time.
class ok_logger {
public:
  void error(const std::string &text) {
    std::lock_guard lock(mutex_);
    if (log_)
      log_("error: " + text);
  }
  void info(const std::string &text) {
    std::lock_guard lock(mutex_);
    if (log_)
      log_(text);
  }
  void sink(std::function<void(const std::string &)> f) {
    std::lock_guard lock(mutex_);
    log_ = std::move(f);
  }

private:
  std::mutex mutex_;
  std::function<void(const std::string &)> log_;
};

/// The callback is another object's: nobody says that it comes back here.
class Logger {
public:
  void log(const std::string &text) {
    if (sink_)
      sink_(text);
  }

private:
  std::function<void(const std::string &)> sink_;
};
static Logger logger;
class ok_logs {
public:
  void set(int n) {
    std::lock_guard lock(mutex_);
    n_ = n;
    logger.log("set");
  }
  int get() {
    std::lock_guard lock(mutex_);
    return n_;
  }

private:
  std::mutex mutex_;
  int n_ = 0;
};

/// What another file may have made recursive.
class Opaque {
public:
  void lock() { pthread_mutex_lock(&m_); }
  void unlock() { pthread_mutex_unlock(&m_); }
  Opaque();

private:
  pthread_mutex_t m_;
};
class ok_opaque {
public:
  void fire() {
    std::lock_guard lock(mutex_);
    on_fire_();
  }
  void reset() {
    std::lock_guard lock(mutex_);
    n_ = 0;
  }

private:
  Opaque mutex_;
  std::function<void()> on_fire_;
  int n_ = 0;
};
