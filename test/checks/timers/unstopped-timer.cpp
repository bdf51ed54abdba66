// RUN: %verify %s heddle-unstopped-timer -- -std=c++20
// The seed's row (P22: a ticker that nobody stops): timers of the system.
#include <csignal>
#include <cstdint>
#include <ctime>
#include <sys/timerfd.h>
#include <unistd.h>

void publish();
bool shouldStop();

void bad_P22() {
  int fd = timerfd_create(CLOCK_MONOTONIC, 0); // warning: nothing stops the timer 'fd'; it keeps firing, and leaks, after its owner is destroyed; delete or close it in the destructor
  itimerspec every{{1, 0}, {1, 0}};
  timerfd_settime(fd, 0, &every, nullptr);
  std::uint64_t ticks;
  while (read(fd, &ticks, sizeof ticks) > 0) {
    publish();
    if (shouldStop())
      return;
  }
}
void ok_P22() {
  int fd = timerfd_create(CLOCK_MONOTONIC, 0);
  itimerspec every{{1, 0}, {1, 0}};
  timerfd_settime(fd, 0, &every, nullptr);
  std::uint64_t ticks;
  while (!shouldStop() && read(fd, &ticks, sizeof ticks) > 0)
    publish();
  close(fd);
}
void bad_timer(sigevent &event) {
  timer_t timer;
  timer_create(CLOCK_MONOTONIC, &event, &timer); // warning: nothing stops the timer 'timer'
  itimerspec every{{1, 0}, {1, 0}};
  timer_settime(timer, 0, &every, nullptr);
}
class bad_member {
public:
  void start(sigevent &event) {
    timer_create(CLOCK_MONOTONIC, &event, &timer_); // warning: no member stops the timer 'timer_'
    itimerspec every{{1, 0}, {1, 0}};
    timer_settime(timer_, 0, &every, nullptr);
  }

private:
  timer_t timer_; // note: it belongs to the object
};

class bad_deleted_on_failure_only {
public:
  bool start(sigevent &event) {
    if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) // warning: no member stops the timer 'timer_'
      return false;
    itimerspec every{{1, 0}, {1, 0}};
    if (timer_settime(timer_, 0, &every, nullptr) != 0) {
      timer_delete(timer_);
      return false;
    }
    return running_ = true;
  }
  void stop() { running_ = false; }

private:
  bool running_ = false;
  timer_t timer_{};
};
class bad_closed_on_failure_only {
public:
  void start() {
    fd_ = timerfd_create(CLOCK_MONOTONIC, 0); // warning: no member stops the timer 'fd_'
    itimerspec every{{1, 0}, {1, 0}};
    if (timerfd_settime(fd_, 0, &every, nullptr) < 0)
      close(fd_);
  }

private:
  int fd_ = -1;
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_member {
public:
  ~ok_member() { timer_delete(timer_); }
  void start(sigevent &event) {
    timer_create(CLOCK_MONOTONIC, &event, &timer_);
    itimerspec every{{1, 0}, {1, 0}};
    timer_settime(timer_, 0, &every, nullptr);
  }

private:
  timer_t timer_;
};
class ok_end_is_not_seen {
public:
  ok_end_is_not_seen() {
    fd_ = timerfd_create(CLOCK_MONOTONIC, 0);
    itimerspec every{{1, 0}, {1, 0}};
    if (timerfd_settime(fd_, 0, &every, nullptr) < 0)
      close(fd_);
  }
  ~ok_end_is_not_seen() { stop(); }

private:
  void stop(); // in another file
  int fd_ = -1;
};
class ok_ends_where_it_begins {
public:
  void run() {
    fd_ = timerfd_create(CLOCK_MONOTONIC, 0);
    std::uint64_t ticks;
    while (!shouldStop() && read(fd_, &ticks, sizeof ticks) > 0)
      publish();
    close(fd_);
  }

private:
  int fd_ = -1;
};
void keep(int fd);
void ok_handed_on() {
  int fd = timerfd_create(CLOCK_MONOTONIC, 0);
  keep(fd);
}
int ok_returned() {
  int fd = timerfd_create(CLOCK_MONOTONIC, 0);
  itimerspec every{{1, 0}, {1, 0}};
  timerfd_settime(fd, 0, &every, nullptr);
  return fd;
}
struct File {
  int fd;
  ~File() { close(fd); }
};
void ok_owned() {
  int fd = timerfd_create(CLOCK_MONOTONIC, 0);
  File file{fd};
  publish();
}
class ok_closed_by_a_helper {
public:
  ~ok_closed_by_a_helper() { stop(); }
  void start() { fd_ = timerfd_create(CLOCK_MONOTONIC, 0); }

private:
  void stop() {
    if (fd_ >= 0)
      close(fd_);
    fd_ = -1;
  }
  int fd_ = -1;
};
timer_t ok_out(sigevent &event) {
  timer_t timer;
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  return timer;
}
