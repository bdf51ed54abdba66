// REQUIRES: asio
// RUN: %verify %s heddle-loop-affinity -- -std=c++20
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <thread>

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;
int measure();

struct bad_cancelled {
  class Watch {
  public:
    explicit Watch(asio::io_context &io) : timer_(io) {
      timer_.expires_after(5s);
      timer_.async_wait([](const error_code &) { measure(); });
      thread_ = std::thread([this] {
        if (measure())
          timer_.cancel(); // warning: 'timer_' belongs to the thread of its event loop, and this runs on another one
      });
    }

  private:
    asio::steady_timer timer_;
    std::thread thread_;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_posted {
public:
  explicit ok_posted(asio::io_context &io) : io_(io), timer_(io) {
    timer_.async_wait([](const error_code &) { measure(); });
    thread_ = std::thread([this] {
      if (measure())
        asio::post(io_, [this] { timer_.cancel(); });
    });
  }

private:
  asio::io_context &io_;
  asio::steady_timer timer_;
  std::thread thread_;
};
class ok_runs_it {
public:
  ok_runs_it() : timer_(io_) {
    timer_.async_wait([](const error_code &) { measure(); });
    thread_ = std::thread([this] {
      timer_.expires_after(1s);
      io_.run();
      timer_.cancel();
    });
  }

private:
  asio::io_context io_;
  asio::steady_timer timer_;
  std::thread thread_;
};
