// REQUIRES: asio
// RUN: %verify %s heddle-timer-created-in-loop -- -std=c++20
// Timers behind a class or a helper.
#include <boost/asio.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <poll.h>
#include <string>
#include <sys/timerfd.h>
#include <unistd.h>
#include <vector>

namespace asio = boost::asio;

// ---- a class that is a timer ----
class Alarm {
public:
  explicit Alarm(int seconds) : fd_(timerfd_create(CLOCK_MONOTONIC, 0)) {
    itimerspec at{{0, 0}, {seconds, 0}};
    timerfd_settime(fd_, 0, &at, nullptr);
  }
  ~Alarm() { close(fd_); }
  int fd() const { return fd_; }

private:
  int fd_;
};
int next(int socket) {
  Alarm alarm(5); // note: it is created here, in 'next'
  pollfd fds[2] = {{socket, POLLIN, 0}, {alarm.fd(), POLLIN, 0}};
  return poll(fds, 2, -1);
}
void bad_class_in_helper(int socket) {
  while (next(socket) > 0) // warning: a timer is created in every iteration of this loop
    continue;
}
void bad_class_in_loop(int socket) {
  for (;;) {
    Alarm alarm(5); // warning: a timer is created in every iteration of this loop
    pollfd fds[2] = {{socket, POLLIN, 0}, {alarm.fd(), POLLIN, 0}};
    if (poll(fds, 2, -1) < 0)
      return;
  }
}
void ok_one_for_the_loop(int socket) {
  Alarm alarm(5);
  for (;;) {
    pollfd fds[2] = {{socket, POLLIN, 0}, {alarm.fd(), POLLIN, 0}};
    if (poll(fds, 2, -1) < 0)
      return;
  }
}
// A connection has a timer among other things.
struct Connection {
  explicit Connection(int s) : socket(s), idle(60) {}
  int socket;
  Alarm idle;
};
void serve(Connection &);
int wait_for_client(int);
void ok_owner_of_a_timer(int listener) {
  for (;;) {
    Connection c(wait_for_client(listener));
    serve(c);
  }
}

// ---- a chain of handlers that calls a helper ----
class bad_Probe : public std::enable_shared_from_this<bad_Probe> {
public:
  void receive() {
    socket_.async_receive(asio::buffer(data_), [self = shared_from_this()](boost::system::error_code e, std::size_t n) { self->received(e, n); });
  }
  void received(boost::system::error_code e, std::size_t n) {
    if (e)
      return;
    if (n > 0)
      heard(); // note: each call creates a timer
    receive();
  }
  void heard() {
    auto t = std::make_shared<asio::steady_timer>(socket_.get_executor(), std::chrono::seconds(9)); // warning: a timer is created for every message
    t->async_wait([self = shared_from_this(), t](boost::system::error_code) { self->silent(); });
  }
  void silent();

private:
  asio::ip::udp::socket socket_;
  std::uint8_t data_[64];
};
// Each request has a time of its own, and each failure a pause that ends the chain.
class ok_Requests : public std::enable_shared_from_this<ok_Requests> {
public:
  void receive() {
    socket_.async_receive(asio::buffer(data_), [self = shared_from_this()](boost::system::error_code e, std::size_t n) { self->received(e, n); });
  }
  void received(boost::system::error_code e, std::size_t n) {
    if (e) {
      pause();
      return;
    }
    limit(n);
    receive();
  }
  void limit(std::size_t id) {
    auto t = std::make_shared<asio::steady_timer>(socket_.get_executor(), std::chrono::seconds(9));
    t->async_wait([self = shared_from_this(), t, id](boost::system::error_code) { self->expire(id); });
  }
  void pause() {
    auto t = std::make_shared<asio::steady_timer>(socket_.get_executor(), std::chrono::seconds(9));
    t->async_wait([self = shared_from_this(), t](boost::system::error_code) { self->expire(0); });
  }
  void expire(std::size_t);

private:
  asio::ip::udp::socket socket_;
  std::uint8_t data_[64];
};

// ---- a member function that replaces the timer, and a factory ----
int wait_on(int socket, int timer);
class bad_Poller {
public:
  void run(int socket) {
    for (;;) {
      restart(); // warning: a timer is created in every iteration of this loop
      if (wait_on(socket, timer_) < 0)
        return;
      poll(nullptr, 0, -1);
    }
  }

private:
  void restart() {
    timer_ = timerfd_create(CLOCK_MONOTONIC, 0); // note: it is created here, in 'restart'
  }
  int timer_ = -1;
};
class ok_Poller {
public:
  void run(int socket) {
    for (;;) {
      ensure();
      poll(nullptr, 0, -1);
    }
  }

private:
  void ensure() {
    if (!timer_)
      timer_ = std::make_unique<Alarm>(5);
  }
  std::unique_ptr<Alarm> timer_;
};
std::unique_ptr<asio::steady_timer> later(asio::io_context &io) {
  auto t = std::make_unique<asio::steady_timer>(io); // note: it is created here, in 'later'
  t->expires_after(std::chrono::seconds(5));
  return t;
}
void bad_factory(asio::io_context &io, int socket) {
  for (;;) {
    auto limit = later(io); // warning: a timer is created in every iteration of this loop
    poll(nullptr, 0, -1);
    limit->cancel();
  }
}
void ok_factory_before_the_loop(asio::io_context &io) {
  auto limit = later(io);
  for (;;) {
    limit->expires_after(std::chrono::seconds(5));
    poll(nullptr, 0, -1);
  }
}
void ok_factory_for_others(asio::io_context &io, std::vector<std::unique_ptr<asio::steady_timer>> &all) {
  for (;;) {
    poll(nullptr, 0, -1);
    all.push_back(later(io)); // one for each request, whose owner keeps it
  }
}
void ok_made_when_it_is_missing(asio::io_context &io) {
  std::unique_ptr<asio::steady_timer> limit;
  for (;;) {
    if (!limit)
      limit = std::make_unique<asio::steady_timer>(io);
    poll(nullptr, 0, -1);
  }
}
// The pause after a failure ends the chain.
class ok_Pauses : public std::enable_shared_from_this<ok_Pauses> {
public:
  void receive() {
    socket_.async_receive(asio::buffer(data_), [self = shared_from_this()](boost::system::error_code e, std::size_t) {
      if (!e)
        self->receive();
      else
        self->pause();
    });
  }
  void pause() {
    auto t = std::make_shared<asio::steady_timer>(socket_.get_executor(), std::chrono::seconds(9));
    t->async_wait([self = shared_from_this(), t](boost::system::error_code) { self->closed(); });
  }
  void closed();

private:
  asio::ip::udp::socket socket_;
  std::uint8_t data_[64];
};
