// REQUIRES: event
// RUN: %verify %s heddle-unstopped-timer -- -std=c++20
// libevent: a timer runs until it is deleted.
#include <event2/event.h>
#include <string>
#include <sys/time.h>

void publish(const std::string &);

class bad_Beat {
public:
  void start(event_base *base) {
    tick_ = event_new(base, -1, EV_PERSIST, &bad_Beat::onTick, this);
    timeval every{1, 0};
    event_add(tick_, &every); // warning: no member stops the timer 'tick_'
  }

private:
  static void onTick(evutil_socket_t, short, void *self) { publish(static_cast<bad_Beat *>(self)->name_); }
  std::string name_;
  event *tick_ = nullptr;
};
class ok_Beat {
public:
  ~ok_Beat() {
    if (tick_)
      event_free(tick_);
  }
  void start(event_base *base) {
    tick_ = event_new(base, -1, EV_PERSIST, &ok_Beat::onTick, this);
    timeval every{1, 0};
    event_add(tick_, &every);
  }

private:
  static void onTick(evutil_socket_t, short, void *self) { publish(static_cast<ok_Beat *>(self)->name_); }
  std::string name_;
  event *tick_ = nullptr;
};
class ok_Given { // whoever made it deletes it
public:
  explicit ok_Given(event *tick) : tick_(tick) {}
  void start() {
    timeval every{1, 0};
    event_add(tick_, &every);
  }

private:
  event *tick_;
};
