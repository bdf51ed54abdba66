// REQUIRES: asio
// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// Handlers that run later, on whichever thread runs the loop.
#include <boost/asio.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

namespace asio = boost::asio;

void show(const std::string &);

class Session {
public:
  explicit Session(asio::io_context &io) : io_(io), timer_(io) {}

  void bad_posted(int n) {
    std::string text = std::to_string(n); // note: 'text' lives until its scope ends
    asio::post(io_, [&text] { show(text); }); // warning: local 'text' is given by reference to a task that may still run // note: the task is started here, and nothing
  }
  void bad_timer() {
    int fired = 0; // note: 'fired' lives until its scope ends
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([&fired](const boost::system::error_code &) { ++fired; }); // warning: local 'fired' is given by reference to a task that may still // note: the task is started here, and nothing
  }

  void ok_posted_copy(int n) {
    std::string text = std::to_string(n);
    asio::post(io_, [text] { show(text); });
  }
  void ok_posted_shared(int n) {
    auto text = std::make_shared<std::string>(std::to_string(n));
    asio::post(io_, [text] { show(*text); });
  }
  void ok_posted_and_waited(int n) {
    std::string text = std::to_string(n);
    std::promise<void> done;
    asio::post(io_, [&] {
      show(text);
      done.set_value();
    });
    done.get_future().wait();
  }

private:
  asio::io_context &io_;
  asio::steady_timer timer_;
};

void ok_loop_run_here(int n) {
  asio::io_context io;
  std::string text = std::to_string(n);
  asio::post(io, [&text] { show(text); });
  io.run();
}

void ok_pool_joined(int n) {
  std::string text = std::to_string(n);
  asio::thread_pool pool(2);
  asio::post(pool, [&text] { show(text); });
  pool.join();
}

void ok_timer_of_a_loop_run_here() {
  asio::io_context io;
  asio::steady_timer limit(io, std::chrono::seconds(1));
  auto finish = [&] { limit.cancel(); };
  limit.async_wait([&](const boost::system::error_code &) { finish(); });
  io.run();
}
