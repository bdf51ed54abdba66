// Objects of event loops that other threads use.
// REQUIRES: uv
// RUN: %verify --word loop %s heddle-dev-loop-objects -- -std=c++20
#include <thread>
#include <uv.h>

static void tick(uv_timer_t *) {}
struct Poller {
  uv_timer_t timer;
  uv_async_t wake;
  std::thread thread;
  void start(uv_loop_t *at) {
    uv_timer_init(at, &timer); // loop: where it belongs
    thread = std::thread([this] {
      uv_async_send(&wake);
      again();
    });
  }
  void again() {
    uv_timer_start(&timer, tick, 1, 0); // loop: foreign use of timer
    uv_timer_stop(&timer);              // the same object and thread
  }
};
struct Own {
  uv_loop_t loop;
  uv_timer_t timer;
  std::thread thread;
  Own() {
    uv_timer_init(&loop, &timer); // loop: where it belongs
    thread = std::thread([this] { uv_run(&loop, UV_RUN_DEFAULT); });
  }
  void again() {
    uv_timer_start(&timer, tick, 1, 0); // loop: foreign use of timer by the caller
  }
};
