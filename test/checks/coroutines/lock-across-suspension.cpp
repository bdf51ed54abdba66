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
