// RUN: %verify %s heddle-overflowing-wait -- -std=c++20
// Where the timeout comes from: getters, virtual functions, callers.
#include <chrono>
#include <condition_variable>
#include <mutex>

using Timeout = std::chrono::milliseconds;

class bad_Poller {
public:
  virtual ~bad_Poller() = default;
  void run() {
    std::unique_lock lock(mutex_);
    while (!done_)
      changed_.wait_for(lock, pause()); // warning: this timeout overflows when the current time is added
  }

protected:
  virtual Timeout pause() const { return Timeout::max(); } // note: it is given this value here

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

class bad_Source {
public:
  virtual ~bad_Source() = default;
  void run() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit()); // warning: this timeout overflows when the current time is added
  }

protected:
  virtual Timeout limit() const = 0;

private:
  std::mutex mutex_;
  std::condition_variable changed_;
};
class Endless : public bad_Source {
  Timeout limit() const override { return Timeout::max(); }
};

bool bad_given(std::timed_mutex &m, Timeout limit) {
  return m.try_lock_for(limit); // warning: this timeout overflows when the current time is added
}
bool choose(std::timed_mutex &m, bool forever) { return bad_given(m, forever ? Timeout::max() : Timeout(50)); }

// ---- silent ---------------------------------------------------------------------------------------------------------

/// Each class that there is says how long.
class ok_Base {
public:
  virtual ~ok_Base() = default;
  void run() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit());
  }

protected:
  virtual Timeout limit() const { return Timeout::max(); }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
};
class Short : public ok_Base {
  Timeout limit() const override { return Timeout(20); }
};

bool ok_asked(std::timed_mutex &m, Timeout limit) {
  if (limit == Timeout::max()) {
    m.lock();
    return true;
  }
  return m.try_lock_for(limit);
}
bool ask(std::timed_mutex &m) { return ok_asked(m, Timeout::max()); }

static Timeout ok_half_a_minute() { return std::chrono::seconds(30); }
bool ok_getter(std::timed_mutex &m) { return m.try_lock_for(ok_half_a_minute()); }
