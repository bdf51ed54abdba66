// Primitives as people write them, and classes that only look like them.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <queue>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

// ---- channels ----
template <class T> class Queue {
public:
  void push(T v) {
    {
      std::lock_guard l(m_);
      items_.push_back(std::move(v));
    }
    cv_.notify_one();
  }
  bool pop(T &out) {
    std::unique_lock l(m_);
    cv_.wait(l, [this] { return closed_ || !items_.empty(); });
    if (items_.empty())
      return false;
    out = std::move(items_.front());
    items_.pop_front();
    return true;
  }
  std::optional<T> poll() {
    std::lock_guard l(m_);
    if (items_.empty())
      return std::nullopt;
    T v = std::move(items_.front());
    items_.pop_front();
    return v;
  }
  void close() {
    std::lock_guard l(m_);
    closed_ = true;
    cv_.notify_all();
  }
  bool empty() const {
    std::lock_guard l(m_);
    return items_.empty();
  }

private:
  mutable std::mutex m_;
  std::condition_variable cv_;
  std::deque<T> items_;
  bool closed_ = false;
};

class Bounded {
public:
  explicit Bounded(std::size_t n) : capacity_(n) {}
  void push(int v) {
    std::unique_lock l(m_);
    while (items_.size() == capacity_)
      not_full_.wait(l);
    items_.push(v);
    not_empty_.notify_one();
  }
  bool push_for(int v, std::chrono::milliseconds t) {
    std::unique_lock l(m_);
    if (!not_full_.wait_for(l, t, [this] { return items_.size() < capacity_; }))
      return false;
    items_.push(v);
    not_empty_.notify_one();
    return true;
  }
  bool try_push(int v) {
    std::lock_guard l(m_);
    if (items_.size() == capacity_)
      return false;
    items_.push(v);
    not_empty_.notify_one();
    return true;
  }
  int pop() {
    std::unique_lock l(m_);
    not_empty_.wait(l, [this] { return !items_.empty(); });
    int v = items_.front();
    items_.pop();
    not_full_.notify_one();
    return v;
  }

private:
  std::mutex m_;
  std::condition_variable not_full_, not_empty_;
  std::queue<int> items_;
  std::size_t capacity_;
};

/// The wait and the wake stand in helpers.
class Helpers {
public:
  void send(int v) {
    std::lock_guard l(m_);
    add(v);
  }
  int receive() {
    std::unique_lock l(m_);
    await(l);
    int v = items_.front();
    items_.pop_front();
    return v;
  }

private:
  void add(int v) {
    items_.push_back(v);
    cv_.notify_one();
  }
  void await(std::unique_lock<std::mutex> &l) {
    cv_.wait(l, [this] { return !items_.empty(); });
  }
  std::mutex m_;
  std::condition_variable cv_;
  std::deque<int> items_;
};

/// Nobody waits: a list under a lock.
class Log {
public:
  void push(int v) {
    std::lock_guard l(m_);
    items_.push_back(v);
  }
  int pop() {
    std::lock_guard l(m_);
    int v = items_.back();
    items_.pop_back();
    return v;
  }

private:
  std::mutex m_;
  std::vector<int> items_;
};
/// The condition is about something else.
class Cache {
public:
  void insert(int k, int v) {
    std::lock_guard l(m_);
    items_[k] = v;
  }
  void start() {
    std::lock_guard l(m_);
    started_ = true;
    cv_.notify_all();
  }
  void wait_started() {
    std::unique_lock l(m_);
    cv_.wait(l, [this] { return started_; });
  }
  void drop(int k) {
    std::lock_guard l(m_);
    items_.erase(k);
  }

private:
  std::mutex m_;
  std::condition_variable cv_;
  std::map<int, int> items_;
  bool started_ = false;
};

// ---- counters ----
class WaitGroup {
public:
  void add(int n = 1) {
    std::lock_guard l(m_);
    count_ += n;
  }
  void done() {
    std::lock_guard l(m_);
    if (--count_ == 0)
      cv_.notify_all();
  }
  void wait() {
    std::unique_lock l(m_);
    cv_.wait(l, [this] { return count_ == 0; });
  }

private:
  std::mutex m_;
  std::condition_variable cv_;
  int count_ = 0;
};
class AtomicGroup {
public:
  void add() { count_.fetch_add(1); }
  void done() {
    if (count_.fetch_sub(1) == 1) {
      std::lock_guard l(m_);
      cv_.notify_all();
    }
  }
  void wait() {
    std::unique_lock l(m_);
    while (count_.load() != 0)
      cv_.wait(l);
  }

private:
  std::mutex m_;
  std::condition_variable cv_;
  std::atomic<int> count_{0};
};
/// Whoever waited takes what it waited for.
class Permits {
public:
  explicit Permits(int n) : free_(n) {}
  void acquire() {
    std::unique_lock l(m_);
    cv_.wait(l, [this] { return free_ > 0; });
    --free_;
  }
  void release() {
    std::lock_guard l(m_);
    ++free_;
    cv_.notify_one();
  }

private:
  std::mutex m_;
  std::condition_variable cv_;
  int free_;
};

// ---- promises ----
class Slot {
public:
  void set(int v) {
    std::lock_guard l(m_);
    value_ = v;
    ready_ = true;
    cv_.notify_all();
  }
  bool try_set(int v) {
    std::lock_guard l(m_);
    if (ready_)
      return false;
    value_ = v;
    ready_ = true;
    cv_.notify_all();
    return true;
  }
  int get() {
    std::unique_lock l(m_);
    cv_.wait(l, [this] { return ready_; });
    return value_;
  }

private:
  std::mutex m_;
  std::condition_variable cv_;
  int value_ = 0;
  bool ready_ = false;
};
/// It may be set again: an event.
class Event {
public:
  void set() {
    std::lock_guard l(m_);
    set_ = true;
    cv_.notify_all();
  }
  void reset() {
    std::lock_guard l(m_);
    set_ = false;
  }
  void wait() {
    std::unique_lock l(m_);
    cv_.wait(l, [this] { return set_; });
  }

private:
  std::mutex m_;
  std::condition_variable cv_;
  bool set_ = false;
};
/// A flag that goes up once: a count of one.
class Signal {
public:
  void raise() {
    {
      std::lock_guard l(m_);
      up_ = true;
    }
    cv_.notify_all();
  }
  void wait() {
    std::unique_lock l(m_);
    cv_.wait(l, [this] { return up_; });
  }
  bool wait_for(std::chrono::milliseconds d) {
    std::unique_lock l(m_);
    return cv_.wait_for(l, d, [this] { return up_; });
  }

private:
  std::mutex m_;
  std::condition_variable cv_;
  bool up_ = false;
};
/// The same flag beside other things: it tells a worker to go.
class Periodic {
public:
  void stop() {
    {
      std::lock_guard l(m_);
      stopped_ = true;
    }
    cv_.notify_all();
  }
  void run() {
    std::unique_lock l(m_);
    cv_.wait(l, [this] { return stopped_; });
    last_ = "stopped";
  }

private:
  std::mutex m_;
  std::condition_variable cv_;
  bool stopped_ = false;
  std::string last_;
};
/// The value comes and goes: a mailbox.
class Mailbox {
public:
  void put(int v) {
    std::lock_guard l(m_);
    value_ = v;
    full_ = true;
    cv_.notify_one();
  }
  int take() {
    std::unique_lock l(m_);
    cv_.wait(l, [this] { return full_; });
    full_ = false;
    return value_;
  }

private:
  std::mutex m_;
  std::condition_variable cv_;
  int value_ = 0;
  bool full_ = false;
};

// ---- pools ----
class Pool {
public:
  explicit Pool(unsigned n) {
    for (unsigned i = 0; i < n; ++i)
      threads_.emplace_back([this] { work(); });
  }
  ~Pool() {
    {
      std::lock_guard l(m_);
      stop_ = true;
    }
    cv_.notify_all();
    for (auto &t : threads_)
      t.join();
  }
  void submit(std::function<void()> f) {
    {
      std::lock_guard l(m_);
      ++pending_;
      jobs_.push(std::move(f));
    }
    cv_.notify_one();
  }
  void wait_idle() {
    std::unique_lock l(m_);
    idle_.wait(l, [this] { return pending_ == 0; });
  }
  unsigned size() const { return threads_.size(); }

private:
  void work() {
    for (;;) {
      std::function<void()> f;
      {
        std::unique_lock l(m_);
        cv_.wait(l, [this] { return stop_ || !jobs_.empty(); });
        if (jobs_.empty())
          return;
        f = std::move(jobs_.front());
        jobs_.pop();
      }
      f();
      std::lock_guard l(m_);
      if (--pending_ == 0)
        idle_.notify_all();
    }
  }
  std::mutex m_;
  std::condition_variable cv_, idle_;
  std::queue<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  int pending_ = 0;
  bool stop_ = false;
};

// Workers are started when there is work, let go, and counted.
class DetachingPool {
public:
  ~DetachingPool() {
    std::unique_lock l(m_);
    idle_.wait(l, [this] { return running_ == 0; });
  }
  void add(std::function<void()> f) {
    std::lock_guard l(m_);
    jobs_.push_back(std::move(f));
    ++pending_;
    if (running_ < 4) {
      ++running_;
      std::thread([this] { work(); }).detach();
    }
  }
  void wait_all() {
    std::unique_lock l(m_);
    idle_.wait(l, [this] { return pending_ == 0; });
  }

private:
  void work() {
    std::unique_lock l(m_);
    while (!jobs_.empty()) {
      std::function<void()> f = std::move(jobs_.front());
      jobs_.pop_front();
      l.unlock();
      f();
      l.lock();
      --pending_;
      idle_.notify_all();
    }
    --running_;
    idle_.notify_all();
  }
  std::mutex m_;
  std::condition_variable idle_;
  std::deque<std::function<void()>> jobs_;
  int pending_ = 0, running_ = 0;
};

// No condition: who waits works along, and joins.
class HelpingPool {
public:
  void limit(std::size_t n) {
    std::lock_guard l(m_);
    limit_ = n;
  }
  void run(std::function<void()> f) {
    std::lock_guard l(m_);
    jobs_.push_back(std::move(f));
    if (threads_.size() < limit_)
      threads_.emplace_back([this] { work(); });
  }
  void finish() {
    work();
    std::vector<std::thread> all;
    {
      std::lock_guard l(m_);
      all.swap(threads_);
    }
    for (auto &t : all)
      t.join();
  }

private:
  void work() {
    for (;;) {
      std::function<void()> f;
      {
        std::lock_guard l(m_);
        if (jobs_.empty())
          return;
        f = std::move(jobs_.front());
        jobs_.pop_front();
      }
      f();
    }
  }
  std::mutex m_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t limit_ = 4;
};

// Callables that members call when something happens: no threads, no pool.
class Listeners {
public:
  void add(std::function<void()> f) {
    std::lock_guard l(m_);
    all_.push_back(std::move(f));
  }
  void fire() {
    std::deque<std::function<void()>> now;
    {
      std::lock_guard l(m_);
      now.swap(all_);
    }
    for (auto &f : now)
      f();
  }

private:
  std::mutex m_;
  std::deque<std::function<void()>> all_;
};

// ---- locks ----
class CLock {
public:
  CLock() { pthread_mutex_init(&m_, nullptr); }
  void lock() { pthread_mutex_lock(&m_); }
  void unlock() { pthread_mutex_unlock(&m_); }
  bool try_lock() { return pthread_mutex_trylock(&m_) == 0; }

private:
  pthread_mutex_t m_;
};
/// Does its work under its own lock: no lock.
class Store {
public:
  void lock() { m_.lock(); }
  void unlock() { m_.unlock(); }
  void add(int v) {
    std::lock_guard l(m_);
    items_.push_back(v);
  }

private:
  std::mutex m_;
  std::vector<int> items_;
};
class Holder {
public:
  explicit Holder(std::mutex &m) : m_(m) { m_.lock(); }
  ~Holder() { m_.unlock(); }

private:
  std::mutex &m_;
};
class PointerHolder {
public:
  explicit PointerHolder(pthread_mutex_t *m) : m_(m) { pthread_mutex_lock(m_); }
  ~PointerHolder() { pthread_mutex_unlock(m_); }

private:
  pthread_mutex_t *m_;
};
template <class M> class AnyHolder {
public:
  AnyHolder(M &m) : m_(&m) { m_->lock(); }
  ~AnyHolder() { m_->unlock(); }

private:
  M *m_;
};
/// Gives back what somebody else took.
class Releaser {
public:
  explicit Releaser(std::mutex &m) : m_(m) {}
  ~Releaser() { m_.unlock(); }

private:
  std::mutex &m_;
};

// ---- classes that hand on ----
class Tasks {
public:
  void start(std::function<void()> f) { threads_.emplace_back(std::move(f)); }
  void join_all() {
    for (auto &t : threads_)
      if (t.joinable())
        t.join();
  }

private:
  std::vector<std::thread> threads_;
};
class Messages {
public:
  void send(int v) { queue_.push(v); }
  int next() { return queue_.pop(); }

private:
  Bounded queue_{8};
};
/// Starts, and waits for nobody.
class Launcher {
public:
  void start(std::function<void()> f) { threads_.emplace_back(std::move(f)); }
  std::size_t size() const { return threads_.size(); }

private:
  std::vector<std::jthread> threads_;
};
/// Two queues: it is neither.
class Duplex {
public:
  void send(int v) { out_.push(v); }
  int next() { return in_.pop(); }

private:
  Bounded in_{8}, out_{8};
};
