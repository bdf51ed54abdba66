// REQUIRES: uv, asio
// RUN: %verify %s heddle-loop-affinity -- -std=c++20
// Objects with a loop and a thread of their own, whose members run on the thread of whoever calls them.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>
#include <uv.h>

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;
int measure();
static void onTick(uv_timer_t *);

struct bad_armed_by_the_caller {
  class Blinker {
  public:
    Blinker() {
      uv_loop_init(&loop_);
      uv_timer_init(&loop_, &timer_); // note: it is set up for the loop here
      thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); }); // note: the thread of the loop is started here
    }
    void blink(int ms) {
      uv_timer_start(&timer_, onTick, 0, ms); // warning: 'timer_' belongs to the thread of its event loop, and this runs on that of the caller; the loop may use it at the same time, or never notice; post the call to the loop
    }

  private:
    uv_loop_t loop_;
    uv_timer_t timer_;
    std::thread thread_;
  };
};
struct bad_behind_a_helper {
  class Heater {
  public:
    explicit Heater(uv_loop_t *loop) : loop_(loop) {
      uv_timer_init(loop_, &timer_);
      thread_ = std::thread(&Heater::run, this);
    }
    void warmUp() { rearm(measure()); }
    void coolDown() { rearm(0); }

  private:
    void run() { uv_run(loop_, UV_RUN_DEFAULT); }
    void rearm(int ms) {
      uv_timer_start(&timer_, onTick, ms, 0); // warning: 'timer_' belongs to the thread of its event loop, and this runs on that of the caller
    }
    uv_loop_t *loop_;
    uv_timer_t timer_;
    std::thread thread_;
  };
};
struct bad_handler_arms_it_too {
  class Poller {
  public:
    Poller() : timer_(io_), thread_([this] { io_.run(); }) {}
    void poll(std::chrono::milliseconds every) {
      every_ = every;
      next();
    }

  private:
    void next() {
      timer_.expires_after(every_); // warning: 'timer_' belongs to the thread of its event loop, and this runs on that of the caller
      timer_.async_wait([this](const error_code &ec) {
        if (!ec && measure())
          next();
      });
    }
    asio::io_context io_;
    asio::steady_timer timer_;
    std::chrono::milliseconds every_{0};
    std::thread thread_;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_wakes_the_loop {
public:
  ok_wakes_the_loop() {
    uv_loop_init(&loop_);
    uv_timer_init(&loop_, &timer_);
    uv_async_init(&loop_, &wake_, onWake);
    wake_.data = this;
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  }
  void blink(int ms) {
    ms_ = ms;
    uv_async_send(&wake_);
  }

private:
  static void onWake(uv_async_t *wake) { static_cast<ok_wakes_the_loop *>(wake->data)->rearm(); }
  void rearm() { uv_timer_start(&timer_, onTick, 0, ms_); }
  uv_loop_t loop_;
  uv_timer_t timer_;
  uv_async_t wake_;
  std::atomic<int> ms_{0};
  std::thread thread_;
};
class ok_posted {
public:
  ok_posted() : timer_(io_), thread_([this] { io_.run(); }) {}
  void poll() {
    asio::post(io_, [this] { next(); });
  }

private:
  void next() {
    timer_.expires_after(1s);
    timer_.async_wait([this](const error_code &ec) {
      if (!ec)
        next();
    });
  }
  asio::io_context io_;
  asio::steady_timer timer_;
  std::thread thread_;
};
class ok_before_the_thread {
public:
  ok_before_the_thread() {
    uv_timer_init(&loop_, &timer_);
    arm();
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  }

private:
  void arm() { uv_timer_start(&timer_, onTick, 0, 100); }
  uv_loop_t loop_;
  uv_timer_t timer_;
  std::thread thread_;
};
extern "C" void on_socket_change(void *handle, ...);
class ok_armed_by_a_callback_of_c { // whoever has the function calls it on the thread of the loop
public:
  ok_armed_by_a_callback_of_c() {
    uv_loop_init(&loop_);
    uv_timer_init(&loop_, &timer_);
    on_socket_change(this, changed);
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  }

private:
  static void changed(ok_armed_by_a_callback_of_c *self) { self->again(); }
  void again() { uv_timer_start(&timer_, onTick, 100, 0); }
  uv_loop_t loop_;
  uv_timer_t timer_;
  std::thread thread_;
};
class ok_armed_before_and_by_its_handler {
public:
  ok_armed_before_and_by_its_handler() : timer_(io_) {
    next();
    thread_ = std::thread([this] { io_.run(); });
  }

private:
  void next() {
    timer_.expires_after(10ms);
    timer_.async_wait([this](const error_code &ec) { turn(ec); });
  }
  void turn(const error_code &ec) {
    if (!ec && measure())
      next();
  }
  asio::io_context io_;
  asio::steady_timer timer_;
  std::thread thread_;
};
struct bad_armed_before_and_by_a_member {
  class Poller {
  public:
    Poller() : timer_(io_) {
      next();
      thread_ = std::thread([this] { io_.run(); });
    }
    void again() { next(); }

  private:
    void next() {
      timer_.expires_after(10ms); // warning: 'timer_' belongs to the thread of its event loop, and this runs on that of the caller
      timer_.async_wait([this](const error_code &ec) {
        if (!ec && measure())
          next();
      });
    }
    asio::io_context io_;
    asio::steady_timer timer_;
    std::thread thread_;
  };
};
class ok_asks_for_the_thread {
public:
  ok_asks_for_the_thread() : timer_(io_), thread_([this] { io_.run(); }) {}
  void poll() {
    if (std::this_thread::get_id() == thread_.get_id())
      next();
    else
      asio::post(io_, [this] { next(); });
  }

private:
  void next() {
    timer_.expires_after(1s);
    timer_.async_wait([this](const error_code &ec) {
      if (!ec)
        poll();
    });
  }
  asio::io_context io_;
  asio::steady_timer timer_;
  std::thread thread_;
};
class ok_one_lock_for_all {
public:
  ok_one_lock_for_all() {
    uv_timer_init(&loop_, &timer_);
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  }
  void blink() {
    std::lock_guard lock(mutex_);
    uv_timer_start(&timer_, onTick, 0, 100);
  }

private:
  uv_loop_t loop_;
  uv_timer_t timer_;
  std::mutex mutex_;
  std::thread thread_;
};
class ok_loop_of_the_caller { // whoever calls the members may be the one who runs the loop
public:
  explicit ok_loop_of_the_caller(uv_loop_t *loop) {
    uv_timer_init(loop, &timer_);
    thread_ = std::thread([] { measure(); });
  }
  void blink() { uv_timer_start(&timer_, onTick, 0, 100); }

private:
  uv_timer_t timer_;
  std::thread thread_;
};
class ok_nothing_else_uses_it { // the registration itself is thread-safe
public:
  ok_nothing_else_uses_it() : timer_(io_), thread_([this] { io_.run(); }) {}
  void remind() {
    timer_.expires_after(1s);
    timer_.async_wait([](const error_code &) { measure(); });
  }

private:
  asio::io_context io_;
  asio::steady_timer timer_;
  std::thread thread_;
};
