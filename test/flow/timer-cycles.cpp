// Handlers of timers that schedule themselves again, and the returns on which they do not.
// REQUIRES: asio, uv
// RUN: %verify --word timer %s heddle-dev-timer-cycles -- -std=c++20
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <uv.h>

using boost::system::error_code;
bool work();

struct Poller {
  boost::asio::steady_timer timer;
  void start() { arm(); }
  void arm() {
    timer.async_wait([this](const error_code &e) { // timer: runs again; started by 1 others
      if (e)
        return; // timer: ends here
      if (!work())
        return; // timer: ends here
      arm(); // timer: runs again; started by 1 others
    });
  }
};

struct ByMember {
  boost::asio::steady_timer timer;
  void tick(const error_code &) {
    if (!work())
      return; // timer: ends here
    timer.async_wait([this](const error_code &e) { tick(e); }); // timer: runs again // timer: runs again
  }
};

struct OnSomePaths {
  boost::asio::steady_timer timer;
  void tick() {
    if (!work())
      return;
    if (work())
      timer.async_wait([this](const error_code &) { tick(); }); // timer: runs again // timer: runs again
  }
};

struct Both {
  boost::asio::steady_timer timer;
  void tick() {
    if (!work()) {
      arm(); // timer: runs again
      return;
    }
    work();
    arm(); // the last of two
  }
  void arm() {
    timer.async_wait([this](const error_code &) { tick(); }); // timer: runs again // timer: runs again
  }
};

struct Scheduler {
  void after(std::chrono::milliseconds, std::function<void()>);
};
struct ByScheduler {
  Scheduler &scheduler;
  void tick() {
    if (!work())
      return; // timer: ends here
    scheduler.after(std::chrono::seconds(1), [this] { tick(); }); // timer: runs again // timer: runs again
  }
};

static void onTime(uv_timer_t *t) {
  if (!work())
    return; // timer: ends here
  uv_timer_start(t, onTime, 10, 0); // timer: runs again
}
