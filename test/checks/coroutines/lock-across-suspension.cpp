// RUN: %verify %s heddle-lock-across-suspension -- -std=c++20
#include "Inputs/task.h"
#include <mutex>
#include <shared_mutex>

std::mutex m;
std::shared_mutex s;
int counter;
int read();

Task<> bad_guard() {
  std::lock_guard guard(m); // note: 'm' is locked here
  ++counter;
  co_await later(); // warning: 'm' is held while the coroutine is suspended; it blocks other threads until the coroutine resumes, possibly on a thread that does not own it, which is undefined
}
Task<> bad_spelled() {
  std::unique_lock<std::mutex> lock(m);
  int n = co_await number(); // warning: 'm' is held while the coroutine is suspended
  counter = n;
}
Task<> bad_scoped() {
  std::scoped_lock lock(m, s);
  co_await later(); // warning: 'm' is held while the coroutine is suspended
}
Task<> bad_shared() {
  std::shared_lock lock(s);
  co_await later(); // warning: 's' is held while the coroutine is suspended
}
Task<> bad_by_hand() {
  m.lock();
  co_await later(); // warning: 'm' is held while the coroutine is suspended
  m.unlock();
}
struct bad_Member {
  std::mutex mutex;
  Task<> update() {
    std::lock_guard<std::mutex> guard(mutex);
    co_await later(); // warning: 'mutex' is held while the coroutine is suspended
  }
};
auto bad_lambda = []() -> Task<> {
  std::unique_lock lock(m);
  co_await later(); // warning: 'm' is held while the coroutine is suspended
};

// ---- silent ----
Task<> ok_scope() {
  {
    std::lock_guard guard(m);
    ++counter;
  }
  co_await later();
}
Task<> ok_unlocked() {
  std::unique_lock lock(m);
  ++counter;
  lock.unlock();
  co_await later();
  lock.lock();
  ++counter;
}
Task<> ok_before() {
  co_await later();
  std::lock_guard guard(m);
  ++counter;
}
Task<> ok_deferred(bool wanted) {
  std::unique_lock lock(m, std::defer_lock);
  co_await later();
  if (wanted)
    lock.lock();
}
Task<> ok_in_callee() {
  auto add = [] {
    std::lock_guard guard(m);
    ++counter;
  };
  add();
  co_await later();
}

/// A mutex for coroutines: to lock it is to await it.
class AsyncMutex {
public:
  struct Lock {
    AsyncMutex &m;
    bool await_ready() { return m.try_lock(); }
    void await_suspend(std::coroutine_handle<> h) { m.waiter_ = h; }
    void await_resume() {}
  };
  Lock lock() { return {*this}; }
  bool try_lock() {
    std::lock_guard guard(state_);
    return !std::exchange(locked_, true);
  }
  void unlock() {
    std::unique_lock guard(state_);
    locked_ = false;
    if (auto h = std::exchange(waiter_, {})) {
      guard.unlock();
      h.resume();
    }
  }

private:
  std::mutex state_;
  bool locked_ = false;
  std::coroutine_handle<> waiter_;
};
AsyncMutex async;
Task<> ok_async() {
  co_await async.lock();
  co_await later();
  async.unlock();
}
void ok_no_coroutine() {
  std::lock_guard guard(m);
  spawn(later());
}

// ---- the lock is in a part of a local ----
template <class T> class Guarded {
public:
  class Access {
  public:
    explicit Access(Guarded &of) : lock_(of.mutex_), value_(of.value_) {}
    T *operator->() { return &value_; }

  private:
    std::lock_guard<std::mutex> lock_;
    T &value_;
  };
  Access access() { return Access(*this); }

private:
  std::mutex mutex_;
  T value_{};
};
struct Board {
  int points = 0;
};
Task<> bad_part_of_a_local(Guarded<Board> &board) {
  auto open = board.access(); // note: 'board.mutex_' is locked here
  ++open->points;
  co_await later(); // warning: 'board.mutex_' is held while the coroutine is suspended
}
class Session {
public:
  explicit Session(std::mutex &m) : hold_(m) {}
  void say();

private:
  std::unique_lock<std::mutex> hold_;
};
Task<> bad_session(std::mutex &m) {
  Session session(m);
  session.say();
  co_await later(); // warning: 'm' is held while the coroutine is suspended
}
Task<> ok_inner_scope(Guarded<Board> &board) {
  {
    auto open = board.access();
    ++open->points;
  }
  co_await later();
}
Task<> ok_temporary(Guarded<Board> &board) {
  board.access()->points = 3;
  co_await later();
}
class Early {
public:
  explicit Early(std::mutex &m) : hold_(m) {}
  void done() { hold_.unlock(); }

private:
  std::unique_lock<std::mutex> hold_;
};
Task<> ok_given_back(std::mutex &m) {
  Early early(m);
  early.done();
  co_await later();
}
class Deferred {
public:
  explicit Deferred(std::mutex &m) : hold_(m, std::defer_lock) {}

private:
  std::unique_lock<std::mutex> hold_;
};
Task<> ok_not_taken(std::mutex &m) {
  Deferred later_on(m);
  co_await later();
}
