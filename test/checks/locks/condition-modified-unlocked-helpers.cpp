// RUN: %verify %s heddle-condition-modified-unlocked -- -std=c++20
// The change and the notification stand in different helpers.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <vector>

class bad_Printer {
public:
  void feed() {
    load();
    ring();
  }
  void cancel() {
    cancelled_ = true; // warning: 'cancelled_' is changed without 'mutex_' before 'ready_' is notified
    ring(); // note: it is notified here
  }
  void wait() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return paper_.load() > 0 || cancelled_; });
  }

private:
  void load() { ++paper_; } // warning: 'paper_' is changed without 'mutex_' before 'ready_' is notified
  void ring() { ready_.notify_all(); }
  std::mutex mutex_;
  std::condition_variable ready_;
  std::atomic<int> paper_{0};
  std::atomic<bool> cancelled_{false};
};

struct Latch {
  pthread_mutex_t lock;
  pthread_cond_t opened;
  int open;
};
static void bad_mark(Latch *l) { l->open = 1; } // warning: 'open' is changed without 'lock' before 'opened' is notified
static void wake(Latch *l) { pthread_cond_broadcast(&l->opened); }
void latch_open(Latch *l) {
  bad_mark(l);
  wake(l);
}
void latch_wait(Latch *l) {
  pthread_mutex_lock(&l->lock);
  while (!l->open)
    pthread_cond_wait(&l->opened, &l->lock);
  pthread_mutex_unlock(&l->lock);
}

// ---- silent ---------------------------------------------------------------------------------------------------------

class ok_Printer {
public:
  void feed() {
    std::lock_guard lock(mutex_);
    load();
    ready_.notify_all();
  }
  void feedThenRing() {
    load();
    ring();
  }
  void refund() { load(); } // nobody is told
  void wait() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return paper_.load() > 0; });
  }

private:
  void load() { ++paper_; }
  void ring() {
    { std::lock_guard lock(mutex_); } // whoever has tested it waits by now
    ready_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable ready_;
  std::atomic<int> paper_{0};
};

/// The condition of another object.
class ok_Two {
  struct Side {
    std::mutex mutex;
    std::condition_variable changed;
    std::atomic<bool> up{false};
    void raise() { up = true; }
  };

public:
  void poll() {
    left_.raise();
    right_.changed.notify_one();
  }
  void await(bool left) {
    Side &side = left ? left_ : right_;
    std::unique_lock lock(side.mutex);
    side.changed.wait(lock, [&side] { return side.up.load(); });
  }

private:
  Side left_, right_;
};

/// What the constructor sets.
class ok_Made {
public:
  ok_Made() {
    mark();
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return made_.load(); });
  }

private:
  void mark() { made_ = true; }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> made_{false};
};

// ---- one of many, by a name of its own ---------------------------------------------------------------------------------
struct Lane {
  std::mutex mutex;
  std::condition_variable work;
  std::deque<int> jobs;
};
class Lanes {
public:
  void ok_push(int job) {
    auto &lane = *lanes_[next_++ % lanes_.size()];
    {
      std::lock_guard lock(lane.mutex);
      lane.jobs.push_back(job);
    }
    lane.work.notify_one();
  }
  void bad_push(int job) {
    auto &lane = *lanes_[next_++ % lanes_.size()];
    lane.jobs.push_back(job); // warning: 'jobs' is changed without 'mutex' before 'work' is notified
    lane.work.notify_one();
  }
  int take(Lane &lane) {
    std::unique_lock lock(lane.mutex);
    lane.work.wait(lock, [&lane] { return !lane.jobs.empty(); });
    int job = lane.jobs.front();
    lane.jobs.pop_front();
    return job;
  }

private:
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::size_t next_ = 0;
};

// ---- the lock is acquired and released by calls ----
class ok_Pool {
public:
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }
  void add(int when) {
    if (when < next_) {
      update_ = true;
      wake_.notify_one();
    }
    next_ = when;
  }
  void run() {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait(lock, [this] { return update_; });
    update_ = false;
  }

private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool update_ = false;
  int next_ = 0;
};
/// But not when the object ends.
#include <thread>
class Timers {
public:
  Timers() : thread_([this] { run(); }) {}
  ~Timers() {
    stop_ = true; // warning: 'stop_' is changed without 'mutex_' before 'wake_' is notified
    wake_.notify_one();
    thread_.join();
  }
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }
  void ok_add() {
    update_ = true;
    wake_.notify_one();
  }

private:
  void run() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!stop_) {
      wake_.wait(lock, [this] { return stop_ || update_; });
      update_ = false;
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  bool update_ = false, stop_ = false;
  std::thread thread_;
};
