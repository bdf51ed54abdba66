// RUN: %verify %s heddle-timer-created-in-loop -- -std=c++20
// POSIX timers, and timers that are threads.
#include "Inputs/blocking_queue.h"
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <poll.h>
#include <string>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
void handle(const std::string &);
void check(const std::string &path);
void expire(int id);

inline void arm(int fd, std::chrono::seconds after) {
  itimerspec when{};
  when.it_value.tv_sec = after.count();
  timerfd_settime(fd, 0, &when, nullptr);
}

// ---- the seeds --------------------------------------------------------------------------------------------------------

void bad_P11_limit_for_each_message(int messages) {
  for (;;) { // note: this loop waits in every iteration
    int limit = timerfd_create(CLOCK_MONOTONIC, 0); // warning: a timer is created in every iteration of this loop
    arm(limit, 1s);
    pollfd both[] = {{messages, POLLIN, 0}, {limit, POLLIN, 0}};
    poll(both, 2, -1);
    if (both[1].revents)
      return;
    handle("message");
  }
}

void bad_L12_watch_file(std::atomic<bool> &stop, const std::string &path) {
  while (!stop) {
    int tick = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC); // warning: a timer is created in every iteration of this loop
    arm(tick, 1s);
    unsigned long fired = 0;
    if (read(tick, &fired, sizeof fired) > 0)
      check(path);
  }
}

void ok_P11_armed_again(int messages) {
  int limit = timerfd_create(CLOCK_MONOTONIC, 0);
  for (;;) {
    arm(limit, 1s);
    pollfd both[] = {{messages, POLLIN, 0}, {limit, POLLIN, 0}};
    poll(both, 2, -1);
    if (both[1].revents)
      break;
    handle("message");
  }
  close(limit);
}

void ok_L12_one_ticker(std::atomic<bool> &stop, const std::string &path) {
  int tick = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  itimerspec every{};
  every.it_value.tv_sec = every.it_interval.tv_sec = 1;
  timerfd_settime(tick, 0, &every, nullptr);
  unsigned long fired = 0;
  while (!stop)
    if (read(tick, &fired, sizeof fired) > 0)
      check(path);
  close(tick);
}

// ---- POSIX ------------------------------------------------------------------------------------------------------------

void bad_timer_create(BlockingQueue<std::string> &messages) {
  while (true) {
    std::string m = messages.pop();
    timer_t watchdog{};
    sigevent event{};
    event.sigev_notify = SIGEV_NONE;
    timer_create(CLOCK_MONOTONIC, &event, &watchdog); // warning: a timer is created in every iteration of this loop
    handle(m);
  }
}

static int limitedTo(std::chrono::seconds s) {
  int fd = timerfd_create(CLOCK_MONOTONIC, 0);
  arm(fd, s);
  return fd;
}

void ok_timer_create_once(BlockingQueue<std::string> &messages) {
  timer_t watchdog{};
  sigevent event{};
  event.sigev_notify = SIGEV_NONE;
  timer_create(CLOCK_MONOTONIC, &event, &watchdog);
  while (true) {
    std::string m = messages.pop();
    itimerspec when{};
    when.it_value.tv_sec = 5;
    timer_settime(watchdog, 0, &when, nullptr);
    handle(m);
  }
}

void ok_one_for_each_object_in_a_counted_loop() {
  int fds[4];
  for (int i = 0; i < 4; ++i) {
    fds[i] = limitedTo(1s);
    std::this_thread::sleep_for(10ms);
  }
  for (int fd : fds)
    close(fd);
}

void ok_loop_that_does_not_wait(const std::vector<std::string> &names, std::map<std::string, int> &timers) {
  for (const std::string &name : names)
    timers[name] = timerfd_create(CLOCK_MONOTONIC, 0);
}

void ok_waits_with_a_limit(std::mutex &mutex, std::condition_variable &wake, bool &ready) {
  std::unique_lock lock(mutex);
  while (!ready)
    wake.wait_for(lock, 1s);
}

struct Connection {
  int socket = -1;
  int idle = -1;
};

void ok_each_connection_owns_one(int listening, std::vector<std::unique_ptr<Connection>> &open) {
  for (;;) {
    pollfd p{listening, POLLIN, 0};
    poll(&p, 1, -1);
    auto c = std::make_unique<Connection>();
    c->idle = timerfd_create(CLOCK_MONOTONIC, 0);
    open.push_back(std::move(c));
  }
}

// ---- a thread that sleeps is a timer ------------------------------------------------------------------------------------

void bad_thread_for_each_message(BlockingQueue<std::string> &messages) {
  for (int id = 0;; ++id) {
    std::string m = messages.pop();
    std::thread([id] { // warning: a timer is created in every iteration of this loop; each is a sleeping thread, and they pile up
      std::this_thread::sleep_for(30s);
      expire(id);
    }).detach();
    handle(m);
  }
}

void ok_deadline_computed(BlockingQueue<std::string> &messages, std::map<int, std::chrono::steady_clock::time_point> &deadlines) {
  for (int id = 0;; ++id) {
    std::string m = messages.pop();
    deadlines[id] = std::chrono::steady_clock::now() + 30s;
    handle(m);
  }
}

void ok_thread_that_works(BlockingQueue<std::string> &messages) {
  while (true) {
    std::string m = messages.pop();
    std::thread([m] { handle(m); }).detach();
  }
}

void ok_slow_call_joined(BlockingQueue<std::string> &messages) {
  while (true) {
    std::string m = messages.pop();
    std::thread slow([m] {
      std::this_thread::sleep_for(1s);
      handle(m);
    });
    slow.join();
  }
}

void ok_periodic_worker(BlockingQueue<std::string> &messages, std::atomic<bool> &stop) {
  std::thread ticker([&stop] {
    while (!stop) {
      std::this_thread::sleep_for(1s);
      handle("tick");
    }
  });
  while (!stop)
    handle(messages.pop());
  ticker.join();
}

// ---- known misses -------------------------------------------------------------------------------------------------------

// A bound in the header, but a big one.
void FN_long_counted_loop(int messages) {
  for (int i = 0; i < 1000000; ++i) {
    int limit = timerfd_create(CLOCK_MONOTONIC, 0);
    arm(limit, 1s);
    pollfd both[] = {{messages, POLLIN, 0}, {limit, POLLIN, 0}};
    poll(both, 2, -1);
  }
}
