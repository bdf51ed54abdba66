// Values with which the waiters wait on, whoever is notified.
// RUN: %verify %s heddle-condition-modified-unlocked -- -std=c++20
#include <atomic>
#include <bitset>
#include <condition_variable>
#include <mutex>

class Filter {
public:
  void ok_begin() {
    busy_ = true;
    changed_.notify_all();
  }
  void bad_end() {
    busy_ = false; // warning: 'busy_' is changed without 'mutex_' before 'changed_' is notified
    changed_.notify_all();
  }
  void waitIdle() {
    std::unique_lock lock(mutex_);
    while (busy_)
      changed_.wait(lock);
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> busy_{false};
};

class Gate {
public:
  void ok_close() {
    open_ = false;
    changed_.notify_all();
  }
  void bad_open() {
    open_ = true; // warning: 'open_' is changed without 'mutex_' before 'changed_' is notified
    changed_.notify_all();
  }
  void ok_unpause() {
    std::lock_guard lock(mutex_);
    paused_ = false;
    changed_.notify_all();
  }
  void ok_pause() {
    paused_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_ && !paused_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> open_{false}, paused_{false};
};

// Another wait ends with it.
class Both {
public:
  void bad_begin() {
    busy_ = true; // warning: 'busy_' is changed without 'mutex_' before 'changed_' is notified
    changed_.notify_all();
  }
  void waitIdle() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !busy_; });
  }
  void waitBusy() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return busy_.load(); });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> busy_{false};
};

// A value with which the others wait on needs no notification.
class ok_Unpause {
public:
  void unpause() {
    std::lock_guard lock(mutex_);
    paused_ = false;
    work_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return running_ == 0 && paused_; });
  }
  void run() {
    std::unique_lock lock(mutex_);
    work_.wait(lock, [this] { return !paused_; });
    --running_;
    done_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable work_, done_;
  int running_ = 0;
  bool paused_ = false;
};

// An argument of the question is no truth value.
class Slots {
public:
  void bad_choose() {
    slot_ = 0; // warning: 'slot_' is changed without 'mutex_' before 'changed_' is notified
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ready_.test(slot_); });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::bitset<8> ready_;
  std::atomic<unsigned> slot_{7};
};
