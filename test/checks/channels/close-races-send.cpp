// RUN: %verify %s heddle-close-races-send -- -std=c++20
// The seeds' rows: shutdown closes the channel into which submit sends (P21, L10).
#include "Inputs/channel.h"
#include "Inputs/closable_queue.h"
#include <utility>
#include <set>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <stdexcept>
#include <thread>
#include <vector>

using Job = std::function<void()>;

// ---- the seeds ----
class bad_Service {
public:
  void start() {
    worker_ = std::jthread([this] {
      while (auto job = jobs_.pop())
        (*job)();
    });
  }
  void submit(Job job) {
    jobs_.push(std::move(job)); // warning: this sends into 'jobs_' while 'shutdown' may close it; when the close comes first, it throws or terminates the program
  }
  void shutdown() {
    jobs_.close(); // note: 'jobs_' is closed here
    worker_.join();
  }

private:
  ClosableQueue<Job> jobs_;
  std::jthread worker_;
};
class ok_Service {
public:
  void start() {
    worker_ = std::jthread([this] {
      while (auto job = jobs_.pop())
        (*job)();
    });
  }
  bool submit(Job job) {
    std::lock_guard lock(mutex_);
    if (closed_)
      return false;
    jobs_.push(std::move(job));
    return true;
  }
  void shutdown() {
    {
      std::lock_guard lock(mutex_);
      if (std::exchange(closed_, true))
        return;
      jobs_.close();
    }
    worker_.join();
  }

private:
  std::mutex mutex_;
  bool closed_ = false;
  ClosableQueue<Job> jobs_;
  std::jthread worker_;
};
class bad_CheckedOutside {
public:
  bool submit(Job job) {
    if (closed_.load())
      return false;
    jobs_->push(std::move(job)); // warning: this sends into 'jobs_' while 'close' may close it
    return true;
  }
  void close() {
    if (!closed_.exchange(true))
      jobs_->close();
  }

private:
  std::atomic<bool> closed_{false};
  std::unique_ptr<ClosableQueue<Job>> jobs_ = std::make_unique<ClosableQueue<Job>>(8);
};
class bad_Ignored {
public:
  void submit(Job job) { jobs_.offer(std::move(job)); } // warning: this sends into 'jobs_' while 'close' may close it
  void close() { jobs_.close(); }

private:
  ClosableQueue<Job> jobs_;
};
class bad_Kept {
public:
  void log(int line) { lines_.send(line); } // warning: this sends into 'lines_' while 'stop' may close it
  void stop() { finish(); }

private:
  void finish() { lines_.close(); } // note: 'lines_' is closed here
  Channel<int> lines_;
};

// ---- silent ----
class ok_Reports {
public:
  bool submit(Job job) { return jobs_.offer(std::move(job)); }
  void close() { jobs_.close(); }

private:
  ClosableQueue<Job> jobs_;
};
class ok_ClosedByItsEnd {
public:
  ~ok_ClosedByItsEnd() { jobs_.close(); }
  void submit(Job job) { jobs_.push(std::move(job)); }

private:
  ClosableQueue<Job> jobs_;
};
class ok_Prepared {
public:
  bool submit(Job job) {
    try {
      jobs_.push(std::move(job));
      return true;
    } catch (const std::logic_error &) {
      return false;
    }
  }
  void close() { jobs_.close(); }

private:
  ClosableQueue<Job> jobs_;
};
class ok_OneMember {
public:
  void run(const std::vector<int> &all) {
    for (int i : all)
      numbers_.push(i);
    numbers_.close();
  }
  std::optional<int> next() { return numbers_.pop(); }

private:
  ClosableQueue<int> numbers_;
};

// ---- queues without a class of their own ----
struct bad_pool { class Pool {
public:
  Pool() : worker_([this] { run(); }) {}
  ~Pool() { stop(); }
  void post(Job job) {
    if (stopping_) // warning: 'stopping_' is tested before 'mutex_' is locked, and 'stop' may set it in between
      throw std::runtime_error("stopped");
    {
      std::lock_guard lock(mutex_);
      jobs_.push(std::move(job)); // note: the item is put in here
    }
    wake_.notify_one();
  }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true; // note: 'stopping_' is set here
    }
    wake_.notify_all();
    if (worker_.joinable())
      worker_.join();
  }

private:
  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_ && jobs_.empty())
        return;
      Job job = std::move(jobs_.front());
      jobs_.pop();
      lock.unlock();
      job();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::queue<Job> jobs_;
  std::atomic<bool> stopping_{false};
  std::thread worker_;
}; };
class ok_Pool {
public:
  ok_Pool() : worker_([this] { run(); }) {}
  ~ok_Pool() { stop(); }
  void post(Job job) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_)
        throw std::runtime_error("stopped");
      jobs_.push(std::move(job));
    }
    wake_.notify_one();
  }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (worker_.joinable())
      worker_.join();
  }

private:
  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_ && jobs_.empty())
        return;
      Job job = std::move(jobs_.front());
      jobs_.pop();
      lock.unlock();
      job();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::queue<Job> jobs_;
  std::atomic<bool> stopping_{false};
  std::thread worker_;
};
class ok_AskedTwice {
public:
  ok_AskedTwice() : worker_([this] { run(); }) {}
  bool post(Job job) {
    if (stopping_) // spares the lock
      return false;
    std::lock_guard lock(mutex_);
    if (stopping_)
      return false;
    jobs_.push(std::move(job));
    wake_.notify_one();
    return true;
  }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    worker_.join();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty())
        continue;
      Job job = std::move(jobs_.front());
      jobs_.pop();
      lock.unlock();
      job();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::queue<Job> jobs_;
  std::atomic<bool> stopping_{false};
  std::thread worker_;
};

// ---- a ring that is never put into after its end, as it says itself ----
class Ring {
public:
  bool offer(int value) {
    std::lock_guard lock(mutex_);
    if (ended_)
      std::abort();
    if (count_ == 8)
      return false;
    values_[(first_ + count_++) % 8] = value;
    filled_.notify_one();
    return true;
  }
  void end() {
    std::lock_guard lock(mutex_);
    ended_ = true;
    filled_.notify_all();
  }
  bool take(int &value) {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return ended_ || count_ > 0; });
    if (count_ == 0)
      return false;
    value = values_[first_];
    first_ = (first_ + 1) % 8;
    --count_;
    return true;
  }

private:
  std::mutex mutex_;
  std::condition_variable filled_;
  int values_[8] = {};
  unsigned first_ = 0, count_ = 0;
  bool ended_ = false;
};
struct bad_ring {
  class Meter {
  public:
    bool report(int value) { return ring_.offer(value); } // warning: this sends into 'ring_' while 'finish' may close it; when the close comes first, it throws or terminates the program
    void finish() { ring_.end(); }

  private:
    Ring ring_;
  };
};
class ok_Meter {
public:
  bool report(int value) {
    std::lock_guard lock(state_);
    return open_ && ring_.offer(value);
  }
  void finish() {
    std::lock_guard lock(state_);
    open_ = false;
    ring_.end();
  }

private:
  std::mutex state_;
  bool open_ = true;
  Ring ring_;
};

// ---- registries whose elements a stop tells ----------------------------------------------------------------------------
struct Session {
  void start();
  void close();
};
class bad_Sessions {
public:
  void accept(std::shared_ptr<Session> s) {
    if (stopping_) // warning: 'stopping_' is tested before 'mutex_' is locked, and 'stop' may set it in between
      return;
    s->start();
    std::lock_guard lock(mutex_);
    sessions_.insert(std::move(s)); // note: the item is put in here
  }
  void stop() {
    stopping_ = true; // note: 'stopping_' is set here
    std::lock_guard lock(mutex_);
    for (auto &s : sessions_) // note: the elements are stopped here
      s->close();
  }

private:
  std::mutex mutex_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::atomic<bool> stopping_{false};
};
class bad_HandlersUnderOneOfTwoLocks {
public:
  bool add(Session *s) {
    {
      std::lock_guard lock(state_);
      if (over_) // warning: 'over_' is tested before 'mutex_' is locked, and 'shutdown' may set it in between
        return false;
    }
    std::lock_guard lock(mutex_);
    sessions_.push_back(s);
    return true;
  }
  void shutdown() {
    {
      std::lock_guard lock(state_);
      over_ = true;
    }
    std::lock_guard lock(mutex_);
    for (Session *s : sessions_)
      s->close();
    sessions_.clear();
  }

private:
  std::mutex state_, mutex_;
  std::vector<Session *> sessions_;
  bool over_ = false;
};
class ok_SessionsTestedUnderTheLock {
public:
  void accept(std::shared_ptr<Session> s) {
    std::lock_guard lock(mutex_);
    if (stopping_)
      return;
    sessions_.insert(std::move(s));
  }
  void stop() {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto &s : sessions_)
      s->close();
  }

private:
  std::mutex mutex_;
  std::set<std::shared_ptr<Session>> sessions_;
  bool stopping_ = false;
};
class ok_SessionsTestedAgain {
public:
  void accept(std::shared_ptr<Session> s) {
    if (stopping_)
      return;
    std::lock_guard lock(mutex_);
    if (stopping_)
      return;
    sessions_.insert(std::move(s));
  }
  void stop() {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto &s : sessions_)
      s->close();
  }

private:
  std::mutex mutex_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::atomic<bool> stopping_{false};
};
class ok_TheStopJoinsWhoAdds {
public:
  void start() {
    acceptor_ = std::thread([this] {
      while (!stopping_)
        accept(std::make_shared<Session>());
    });
  }
  void stop() {
    stopping_ = true;
    acceptor_.join();
    std::lock_guard lock(mutex_);
    for (auto &s : sessions_)
      s->close();
  }

private:
  void accept(std::shared_ptr<Session> s) {
    if (stopping_)
      return;
    std::lock_guard lock(mutex_);
    sessions_.insert(std::move(s));
  }
  std::thread acceptor_;
  std::mutex mutex_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::atomic<bool> stopping_{false};
};
class ok_CountedOnly {
public:
  void add(int sample) {
    if (frozen_)
      return;
    std::lock_guard lock(mutex_);
    samples_.push_back(sample);
  }
  int freeze() {
    frozen_ = true;
    std::lock_guard lock(mutex_);
    int sum = 0;
    for (int s : samples_)
      sum += s;
    return sum;
  }

private:
  std::mutex mutex_;
  std::vector<int> samples_;
  std::atomic<bool> frozen_{false};
};

/// A mask of levels is set bit by bit: it closes nothing.
class ok_Log {
public:
  ok_Log() : writer_([this] { run(); }) {}
  ~ok_Log() {
    stop_ = true;
    writer_.join();
  }
  void setLevels(bool debug, bool info) {
    levels_ = 0;
    if (debug)
      levels_ |= 1;
    if (info)
      levels_ |= 2;
  }
  void log(int level, int line) {
    if ((level & levels_) == 0)
      return;
    std::lock_guard lock(mutex_);
    lines_.push_back(line);
  }

private:
  void run() {
    while (!stop_ && levels_) {
      std::lock_guard lock(mutex_);
      if (!lines_.empty())
        lines_.pop_front();
    }
  }
  std::atomic<bool> stop_{false};
  int levels_ = 3;
  std::mutex mutex_;
  std::deque<int> lines_;
  std::thread writer_;
};
