// RUN: %verify %s heddle-overflowing-wait -- -std=c++20
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <limits>
#include <mutex>
#include <semaphore>
#include <thread>

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;
std::mutex m;
std::condition_variable cv;
std::timed_mutex tm;
bool done();
seconds next();

void bad_direct() {
  std::unique_lock lock(m);
  cv.wait_for(lock, seconds::max()); // warning: this timeout overflows when the current time is added
}
bool bad_predicate() {
  std::unique_lock lock(m);
  return cv.wait_for(lock, std::chrono::hours::max(), [] { return done(); }); // warning: this timeout overflows when the current time is added
}
void bad_variable() {
  std::unique_lock lock(m);
  while (!done()) {
    seconds pause = seconds::max(); // note: it is given this value here
    if (next() < pause)
      pause = next();
    if (pause > 0s)
      cv.wait_for(lock, pause); // warning: this timeout overflows when the current time is added
  }
}
bool bad_default(std::future<int> &f, milliseconds timeout = milliseconds::max()) { // note: it is given this value
  return f.wait_for(timeout) == std::future_status::ready;                          // warning: this timeout overflows when the current time is added
}
bool bad_lock() { return tm.try_lock_for(milliseconds(std::numeric_limits<long>::max())); } // warning: this timeout overflows when the current time is added
void bad_assigned(bool forever) {
  std::unique_lock lock(m);
  auto pause = milliseconds(10);
  if (forever)
    pause = milliseconds::max();
  cv.wait_for(lock, pause); // warning: this timeout overflows when the current time is added
}
void bad_sleep() { std::this_thread::sleep_for(std::chrono::hours::max()); } // warning: this timeout overflows when the current time is added
bool bad_permit(std::counting_semaphore<> &s) { return s.try_acquire_for(seconds::max()); } // warning: this timeout overflows when the current time is added

// ---- silent ---------------------------------------------------------------------------------------------------------

void ok_long() {
  std::unique_lock lock(m);
  cv.wait_for(lock, 24h * 365);
}
void ok_none() {
  std::unique_lock lock(m);
  cv.wait(lock, [] { return done(); });
}
bool ok_asked(std::future<int> &f, milliseconds timeout = milliseconds::max()) {
  if (timeout == milliseconds::max()) {
    f.wait();
    return true;
  }
  return f.wait_for(timeout) == std::future_status::ready;
}
void ok_variable() {
  std::unique_lock lock(m);
  seconds pause = 30s;
  cv.wait_for(lock, pause);
}
void ok_unknown() {
  std::unique_lock lock(m);
  cv.wait_for(lock, next());
}
seconds ok_value() { return seconds::max(); }
void ok_clamped() {
  std::unique_lock lock(m);
  cv.wait_for(lock, std::min<seconds>(next(), 1h));
}
bool ok_zero(std::future<int> &f) { return f.wait_for(0s) == std::future_status::ready; }

// ---- members and their defaults ----
struct Limits {
  milliseconds patience = milliseconds::max(); // note: it is given this value here
  milliseconds pause{10};
};
bool bad_option(const Limits &limits = {}) {
  std::unique_lock lock(m);
  return cv.wait_for(lock, limits.patience, [] { return done(); }); // warning: this timeout overflows when the current time is added
}
class Client {
public:
  bool bad_member(std::future<int> &f) { return f.wait_for(timeout_) == std::future_status::ready; } // warning: this timeout overflows when the current time is added
  void setTimeout(seconds timeout) { timeout_ = timeout; }

private:
  seconds timeout_{seconds::max()};
};
class Server {
public:
  explicit Server(bool patient) {
    if (patient)
      timeout_ = std::chrono::hours::max();
  }
  bool bad_inConstructor() { return tm.try_lock_for(timeout_); } // warning: this timeout overflows when the current time is added

private:
  std::chrono::hours timeout_{1};
};
bool ok_short(const Limits &limits) {
  std::unique_lock lock(m);
  return cv.wait_for(lock, limits.pause, [] { return done(); });
}
bool ok_optionAsked(const Limits &limits) {
  std::unique_lock lock(m);
  if (limits.patience == milliseconds::max()) {
    cv.wait(lock, [] { return done(); });
    return true;
  }
  return cv.wait_for(lock, limits.patience, [] { return done(); });
}
struct OtherLimits {
  milliseconds patience{};
};
bool ok_noDefault(const OtherLimits &limits) {
  std::unique_lock lock(m);
  return cv.wait_for(lock, limits.patience, [] { return done(); });
}
bool ok_clamped(const Limits &limits) {
  std::unique_lock lock(m);
  return cv.wait_for(lock, std::min<milliseconds>(limits.patience, 24h), [] { return done(); });
}
