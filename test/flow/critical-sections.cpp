// What is done while a lock is held, by the body that takes it and by what it calls.
// RUN: %verify --word under %s heddle-dev-under-locks -- -std=c++20
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <poll.h>
#include <semaphore>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>
using namespace std::chrono_literals;

// ---- what waits ----
class Waits {
public:
  void kinds(std::future<int> &f, std::counting_semaphore<> &s, int fd) {
    std::lock_guard l(m_);
    std::this_thread::sleep_for(1ms); // under: m_ waits for time
    t_.join();                        // under: m_ waits for a task
    f.get();                          // under: m_ waits for a result
    s.acquire();                      // under: m_ waits for permit
    recv(fd, buf_, 1, 0);             // under: m_ waits for outside
    write(fd, buf_, 1);               // under: m_ waits for a file
    flag_.wait(false);                // under: m_ waits for notification
  }
  void not_kinds(std::future<int> &f, std::vector<std::future<int>> &all, int fd, pollfd *p) {
    std::lock_guard l(m_);
    recv(fd, buf_, 1, MSG_DONTWAIT);
    const int flags = MSG_PEEK | MSG_DONTWAIT;
    recv(fd, buf_, 1, flags);
    poll(p, 1, 0);
    f.wait_for(0s);
    f.wait_for(std::chrono::seconds::zero());
    for (auto &one : all)
      if (one.wait_for(0s) == std::future_status::ready)
        one.get();
  }
  void bounded(std::future<int> &f, std::chrono::milliseconds t, pollfd *p, int ms) {
    std::lock_guard l(m_);
    f.wait_for(10ms); // under: m_ waits for a result
    f.wait_for(t);    // under: m_ waits for a result
    poll(p, 1, ms);   // it may be zero
    poll(p, 1, -1);   // under: m_ waits for outside
  }

private:
  std::mutex m_;
  std::thread t_;
  std::atomic<bool> flag_;
  char buf_[1];
};

// ---- a condition gives its own lock back ----
class Conditions {
public:
  void own() {
    std::unique_lock l(m_);
    cv_.wait(l, [this] { return ready_; });
  }
  void other() {
    std::lock_guard o(other_);
    std::unique_lock l(m_); // under: other_ takes m_
    while (!ready_)
      cv_.wait(l); // under: other_ waits for notification
  }
  void through(bool twice) {
    std::unique_lock l(m_);
    wait(l);
    if (twice)
      waitHere();
  }
  void foreign() {
    std::lock_guard o(other_);
    own(); // under: other_ waits for notification, other_ takes m_
  }

private:
  void wait(std::unique_lock<std::mutex> &held) {
    while (!ready_)
      cv_.wait(held);
  }
  void waitHere() {
    std::unique_lock l(m_, std::adopt_lock);
    cv_.wait(l);
    l.release();
  }
  std::mutex m_, other_;
  std::condition_variable cv_;
  bool ready_ = false;
};

/// A condition that knows its mutex.
class Mutex {
public:
  void lock() { m_.lock(); }
  void unlock() { m_.unlock(); }

private:
  friend class Condition;
  std::mutex m_;
};
class Condition {
public:
  explicit Condition(Mutex *m) : m_(m) {}
  void wait() {
    std::unique_lock<std::mutex> l(m_->m_, std::adopt_lock);
    cv_.wait(l);
    l.release();
  }

private:
  Mutex *m_;
  std::condition_variable cv_;
};
class KnowsItsMutex {
public:
  void wait() {
    std::lock_guard<Mutex> l(m_);
    cv_.wait();
  }

private:
  Mutex m_;
  Condition cv_{&m_};
};

// ---- calls, and what they give back ----
class Chains {
public:
  void direct() {
    std::lock_guard l(m_);
    step(); // under: m_ waits for time
  }
  void unlocked() {
    std::unique_lock l(m_);
    l.unlock();
    step();
    l.lock();
  }
  void unlocked_inside() {
    std::unique_lock l(m_);
    pause(l);
  }
  void unlocked_by_member() {
    m_.lock();
    pauseHere();
    m_.unlock();
  }
  void by_lambda() {
    std::lock_guard l(m_);
    auto wait = [&] { nap(); };
    wait(); // under: m_ waits for time
  }
  void not_tried() {
    if (!m_.try_lock()) {
      nap();
      return;
    }
    nap(); // under: m_ waits for time
    m_.unlock();
  }
  void deferred() {
    std::unique_lock a(m_, std::defer_lock), b(n_, std::defer_lock);
    nap();
    std::lock(a, b);
    nap(); // under: m_ waits for time, n_ waits for time
  }
  void nested() {
    std::lock_guard l(m_);
    std::lock_guard k(n_); // under: m_ takes n_
    again();               // under: m_ takes m_, n_ takes m_
  }
  void spawned() {
    std::lock_guard l(m_);
    std::thread([this] { nap(); }).detach();
  }

private:
  void step() { nap(); }
  void again() { std::lock_guard l(m_); }
  static void nap() { std::this_thread::sleep_for(1ms); }
  void pause(std::unique_lock<std::mutex> &l) {
    l.unlock();
    nap();
    l.lock();
  }
  void pauseHere() {
    m_.unlock();
    nap();
    m_.lock();
  }
  std::mutex m_, n_;
};

// ---- what depends on the caller, and a guard that gives back ----
class ScopeUnlock {
public:
  explicit ScopeUnlock(std::mutex &m) : m_(m) { m_.unlock(); }
  ~ScopeUnlock() { m_.lock(); }

private:
  std::mutex &m_;
};
class Depends {
public:
  void off() {
    std::lock_guard l(m_);
    nap(false);
  }
  void reversed() {
    std::lock_guard l(m_);
    {
      ScopeUnlock u(m_);
      nap();
    }
    nap(); // under: m_ waits for time
  }

private:
  void nap(bool really) {
    if (really)
      std::this_thread::sleep_for(1ms);
  }
  void nap() { std::this_thread::sleep_for(1ms); }
  std::mutex m_;
};

// ---- callbacks ----
class Calls {
public:
  void fire(int n) {
    std::lock_guard l(m_);
    on_(n); // under: m_ calls on_
    for (auto &f : all_)
      f(n); // under: m_ calls f
    later();  // under: m_ calls on_
  }
  void copied(int n) {
    std::function<void(int)> on;
    {
      std::lock_guard l(m_);
      on = on_;
    }
    on(n);
  }
  void given(const std::function<void()> &f) {
    std::lock_guard l(m_);
    f(); // under: m_ calls f
  }

private:
  void later() { on_(1); }
  std::mutex m_;
  std::function<void(int)> on_;
  std::vector<std::function<void(int)>> all_;
};
