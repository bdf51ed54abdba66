// REQUIRES: event, uv
// RUN: %verify %s heddle-timer-created-in-loop -- -std=c++20
#include <event2/event.h>
#include <uv.h>

#include <memory>
#include <poll.h>
#include <vector>

void onTimeout(evutil_socket_t, short, void *);
void onTick(uv_timer_t *);

void bad_event_new(event_base *base, int messages) {
  timeval limit{1, 0};
  for (;;) {
    pollfd p{messages, POLLIN, 0};
    poll(&p, 1, -1);
    event *e = event_new(base, -1, 0, onTimeout, nullptr); // warning: a timer is created in every iteration of this loop
    event_add(e, &limit);
    event_base_loop(base, EVLOOP_ONCE);
  }
}

void bad_uv_timer(uv_loop_t *loop) {
  while (uv_loop_alive(loop)) {
    auto *timer = new uv_timer_t;
    uv_timer_init(loop, timer); // warning: a timer is created in every iteration of this loop
    uv_timer_start(timer, onTick, 1000, 0);
    uv_run(loop, UV_RUN_ONCE);
  }
}

void ok_event_once(event_base *base, int messages) {
  timeval limit{1, 0};
  event *e = event_new(base, -1, 0, onTimeout, nullptr);
  for (;;) {
    pollfd p{messages, POLLIN, 0};
    poll(&p, 1, -1);
    event_add(e, &limit);
    event_base_loop(base, EVLOOP_ONCE);
  }
}

void ok_uv_timer(uv_loop_t *loop) {
  uv_timer_t timer;
  uv_timer_init(loop, &timer);
  while (uv_loop_alive(loop)) {
    uv_timer_start(&timer, onTick, 1000, 0);
    uv_run(loop, UV_RUN_ONCE);
  }
}

void ok_one_run(event_base *base) {
  timeval limit{1, 0};
  event *e = event_new(base, -1, 0, onTimeout, nullptr);
  event_add(e, &limit);
  event_base_dispatch(base);
  event_free(e);
}
