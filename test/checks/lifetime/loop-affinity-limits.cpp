// REQUIRES: asio
// RUN: %verify %s heddle-loop-affinity -- -std=c++20
// Known misses: the limits that the page names.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <thread>

namespace asio = boost::asio;
using boost::system::error_code;

// The thread of the loop is started by a member: the other members may be meant for the time before.
class FN_member {
public:
  FN_member() : timer_(io_) {}
  void start() {
    next();
    thread_ = std::thread([this] { io_.run(); });
  }
  void again() { next(); }

private:
  void next() {
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this](const error_code &e) {
      if (!e)
        next();
    });
  }
  asio::io_context io_;
  asio::steady_timer timer_;
  std::thread thread_;
};
