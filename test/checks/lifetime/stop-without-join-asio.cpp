// REQUIRES: asio
// RUN: %verify %s heddle-stop-without-join -- -std=c++20
// Handlers of a loop are stopped by the thread that runs it.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <thread>

bool step();

class ok_Checkpoint {
public:
  explicit ok_Checkpoint(boost::asio::io_context &io) : timer_(io) {}
  ~ok_Checkpoint() { stop(); }
  void start() {
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this](const boost::system::error_code &ec) {
      if (ec || stopped_)
        return;
      done_ = step();
      start();
    });
  }
  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

private:
  boost::asio::steady_timer timer_;
  bool stopped_ = false;
  bool done_ = false;
};
class bad_Thread {
public:
  void start() {
    std::thread([this] { // note: the task is started here
      while (!stopped_)
        done_ = step(); // note: it uses 'done_' here
    }).detach();
  }
  ~bad_Thread() { stopped_ = true; } // warning: the task is asked to stop by 'stopped_', but is not waited for

private:
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> done_ = false;
};
