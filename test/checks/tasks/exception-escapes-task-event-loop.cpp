// REQUIRES: boost, asio
// RUN: %verify %s heddle-exception-escapes-task -- -std=c++20
// An exception escapes the handler and then the thread that runs the event loop.
#include <boost/asio.hpp>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

namespace asio = boost::asio;
void complain(const char *) noexcept;
int parse(const std::string &text) {
  if (text.empty())
    throw std::invalid_argument("empty");
  return static_cast<int>(text.size());
}

class Meter {
public:
  Meter() : timer_(loop_) {
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Meter() {
    loop_.stop();
    thread_.join();
  }
  void bad_wait() {
    timer_.async_wait([this](const boost::system::error_code &) {
      last_ = parse(text_); // warning: 'std::invalid_argument' may escape this handler and the thread of its event loop
      ++count_;
    });
  }
  void waitHere() {
    timer_.async_wait([this](const boost::system::error_code &ec) { bad_fired(ec); });
  }

private:
  void bad_fired(const boost::system::error_code &) {
    last_ = parse(text_); // warning: 'std::invalid_argument' may escape this handler and the thread of its event loop
  }
  asio::io_context loop_;
  asio::steady_timer timer_;
  std::string text_;
  int last_ = 0, count_ = 0;
  std::thread thread_;
};

class ok_MeterThatCatches {
public:
  ok_MeterThatCatches() : timer_(loop_) {
    timer_.async_wait([this](const boost::system::error_code &) {
      try {
        last_ = parse(text_);
      } catch (const std::exception &e) {
        complain(e.what());
      }
    });
    thread_ = std::thread([this] { loop_.run(); });
  }

private:
  asio::io_context loop_;
  asio::steady_timer timer_;
  std::string text_;
  int last_ = 0;
  std::thread thread_;
};

class ok_LoopCatches {
public:
  ok_LoopCatches() : timer_(loop_) {
    timer_.async_wait([this](const boost::system::error_code &) { last_ = parse(text_); });
    thread_ = std::thread([this] {
      for (;;)
        try {
          loop_.run();
          return;
        } catch (const std::exception &e) {
          complain(e.what());
        }
    });
  }

private:
  asio::io_context loop_;
  asio::steady_timer timer_;
  std::string text_;
  int last_ = 0;
  std::thread thread_;
};

/// Who runs this loop is not seen.
class ok_LoopOfOthers {
public:
  explicit ok_LoopOfOthers(asio::io_context &loop) : timer_(loop) {}
  void begin() {
    timer_.async_wait([this](const boost::system::error_code &) { last_ = parse(text_); });
  }

private:
  asio::steady_timer timer_;
  std::string text_;
  int last_ = 0;
};

// ---- what is made from a loop that its constructor is given ----

class Discovery {
public:
  Discovery(asio::io_context &io) : timer_(io) {}
  void bad_wait() {
    timer_.async_wait([this](const boost::system::error_code &) {
      last_ = parse(text_); // warning: 'std::invalid_argument' may escape this handler and the thread of its event loop
      ++count_;
    });
  }

private:
  asio::steady_timer timer_;
  std::string text_;
  int last_ = 0, count_ = 0;
};
class RunsDiscovery {
public:
  RunsDiscovery() : discovery_(io_) {
    thread_ = std::thread([this] { runLoop(); });
  }
  ~RunsDiscovery() {
    io_.stop();
    thread_.join();
  }

private:
  void runLoop() { io_.run(); }
  asio::io_context io_;
  Discovery discovery_;
  std::thread thread_;
};
class ok_GivenAnotherLoop {
public:
  ok_GivenAnotherLoop(asio::io_context &io) : timer_(io) {}
  void wait() {
    timer_.async_wait([this](const boost::system::error_code &) {
      last_ = parse(text_);
      ++count_;
    });
  }

private:
  asio::steady_timer timer_;
  std::string text_;
  int last_ = 0, count_ = 0;
};
