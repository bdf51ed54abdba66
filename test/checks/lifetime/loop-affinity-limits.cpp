// REQUIRES: asio
// RUN: %verify %s heddle-loop-affinity -- -std=c++20
// Known misses: the limits that the page names.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <thread>

namespace asio = boost::asio;
using boost::system::error_code;

// Whoever calls the member is on another thread than the loop.
class FN_member {
public:
  FN_member() : timer_(io_) {
    timer_.async_wait([](const error_code &) {});
    thread_ = std::thread([this] { io_.run(); });
  }
  void again() { timer_.expires_after(std::chrono::seconds(1)); }

private:
  asio::io_context io_;
  asio::steady_timer timer_;
  std::thread thread_;
};
