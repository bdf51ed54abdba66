// REQUIRES: asio
// RUN: %verify %s heddle-constructor-spawns-unowned -- -std=c++20
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;

struct bad_thread_runs_the_loop {
  class Service {
  public:
    Service() {
      std::thread([this] { io_.run(); }).detach(); // warning: the constructor starts a task on the object that no member waits for; it uses 'io_' after the object is destroyed
    }

  private:
    asio::io_context io_;
  };
};
struct ok_handler { // it runs where the loop does
  class Session {
  public:
    explicit Session(asio::io_context &io) : timer_(io) {
      timer_.async_wait([this](const boost::system::error_code &e) {
        if (!e)
          names_.clear();
      });
      asio::post(io, [this] { names_.push_back("x"); });
    }

  private:
    asio::steady_timer timer_;
    std::vector<std::string> names_;
  };
};
