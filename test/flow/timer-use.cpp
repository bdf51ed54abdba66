// Timers that are members, what runs for each message, and loops with a deadline.
// REQUIRES: asio
// RUN: %verify --word timer %s heddle-dev-timer-use -- -std=c++20
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <thread>

using boost::system::error_code;
using Clock = std::chrono::steady_clock;
bool wait(Clock::time_point until) {
  std::this_thread::sleep_until(until);
  return true;
}

struct Session {
  boost::asio::ip::tcp::socket socket;
  boost::asio::steady_timer idle;  // timer: armed at 2, by 1; put off by a message
  boost::asio::steady_timer limit; // timer: armed at 2, by 2
  char data[9];
  void start() {
    arm();
    limit.expires_after(std::chrono::seconds(1));
    read();
  }
  void other() {
    limit.async_wait([this](const error_code &) { socket.close(); });
  }
  void arm() {
    idle.expires_after(std::chrono::seconds(1));
    idle.async_wait([this](const error_code &) { socket.close(); });
  }
  void read() {
    socket.async_read_some(boost::asio::buffer(data), [this](const error_code &, std::size_t) { // timer: runs for each message
      arm();
      read();
    });
  }
};

void loop() {
  auto until = Clock::now(); // timer: moved at 2
  auto fixed = Clock::now(); // timer: moved at 0
  for (;;) {
    if (wait(until))
      until = Clock::now();
    else
      until += std::chrono::seconds(1);
    wait(fixed);
    auto own = Clock::now();
    wait(own);
  }
}
