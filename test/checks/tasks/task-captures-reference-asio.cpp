// REQUIRES: asio
// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// Handlers that run later, on whichever thread runs the loop.
#include <boost/asio.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;

void show(const std::string &);

class Session {
public:
  explicit Session(asio::io_context &io) : io_(io), timer_(io) {}

  void bad_posted(int n) {
    std::string text = std::to_string(n); // note: 'text' lives until its scope ends
    asio::post(io_, [&text] { show(text); }); // warning: local 'text' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  }
  void bad_timer() {
    int fired = 0; // note: 'fired' lives until its scope ends
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([&fired](const boost::system::error_code &) { ++fired; }); // warning: local 'fired' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
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
class ok_Blocking {
public:
  explicit ok_Blocking(asio::io_context &io) : io_(io), limit_(io) {}
  bool wait(std::chrono::seconds most) {
    boost::system::error_code error;
    limit_.async_wait([&](const boost::system::error_code &e) { error = e; });
    runFor(most);
    return !error;
  }

private:
  void runFor(std::chrono::seconds most) {
    io_.restart();
    io_.run_for(most);
    if (!io_.stopped()) {
      limit_.cancel();
      io_.run();
    }
  }
  asio::io_context &io_;
  asio::steady_timer limit_;
};
class NotRunHere {
public:
  explicit NotRunHere(asio::io_context &io) : io_(io), limit_(io) {}
  bool bad_wait() {
    boost::system::error_code error;
    limit_.async_wait([&](const boost::system::error_code &e) { error = e; }); // warning: local 'error' is passed by reference
    restart();
    return !error;
  }

private:
  void restart() { io_.restart(); }
  asio::io_context &io_;
  asio::steady_timer limit_;
};
// ---- threads of this scope run the loop ----
void ok_thread_runs_the_loop(int n) {
  asio::io_context io;
  std::string text = std::to_string(n);
  asio::post(io, [&text] { show(text); });
  std::thread runner([&io] { io.run(); });
  runner.join();
}
void ok_joining_thread_runs_the_loop(int n) {
  asio::io_context io;
  std::string text = std::to_string(n);
  asio::post(io, [&text] { show(text); });
  std::jthread runner([&io] { io.run(); });
}
void ok_threads_run_the_loop(int n) {
  asio::io_context io;
  asio::signal_set signals(io, 2, 15);
  bool stopped = false;
  signals.async_wait([&](const boost::system::error_code &, int) {
    stopped = true;
    io.stop();
  });
  std::vector<std::thread> runners;
  for (int i = 0; i != n; ++i)
    runners.emplace_back([&] { io.run(); });
  for (std::thread &runner : runners)
    runner.join();
}
void bad_thread_goes_on(asio::io_context &io, int n) {
  std::string text = std::to_string(n); // note: 'text' lives until its scope ends
  asio::post(io, [&text] { show(text); }); // warning: local 'text' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  std::thread runner([&io] { io.run(); });
  runner.detach();
}
void bad_another_thread_is_joined(asio::io_context &io, int n) {
  std::string text = std::to_string(n); // note: 'text' lives until its scope ends
  asio::post(io, [&text] { show(text); }); // warning: local 'text' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  std::thread other([n] { show(std::to_string(n)); });
  other.join();
}

// ---- the starter runs the loop itself until the handler has said that it is done ----
void received(const boost::system::error_code &e, std::size_t n, boost::system::error_code *error, std::size_t *length, bool *done) {
  *error = e;
  *length = n;
  *done = true;
}
class Receiver {
public:
  void ok_polls_until_done() {
    for (;;) {
      boost::system::error_code error;
      std::size_t length = 0;
      bool done = false;
      socket_.async_receive(asio::buffer(buffer_), std::bind(&received, std::placeholders::_1, std::placeholders::_2, &error, &length, &done));
      while (!done) {
        io_.poll_one();
        io_.restart();
      }
      if (error || length == 0)
        return;
    }
  }
  void bad_polls_once() {
    std::size_t length = 0;
    bool done = false;
    boost::system::error_code error;
    socket_.async_receive(asio::buffer(buffer_), std::bind(&received, std::placeholders::_1, std::placeholders::_2, &error, &length, &done)); // warning: local 'error' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
    if (!done)
      return;
    show(std::to_string(length));
  }
  void start() {
    thread_ = std::thread(&Receiver::ok_polls_until_done, this);
  }
  ~Receiver() { thread_.join(); }

private:
  asio::io_context io_;
  asio::ip::udp::socket socket_{io_};
  std::array<char, 100> buffer_;
  std::thread thread_;
};
