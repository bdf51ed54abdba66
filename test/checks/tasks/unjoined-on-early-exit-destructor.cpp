// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
// Members that are joined in code that the destructor calls, behind a call that throws.
#include <atomic>
#include <exception>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

class Session {
public:
  bool exit(int code);
  void quietly() noexcept;
  void unknown();
};
class Server {
public:
  void stop() {
    stopping_ = true;
    if (!session_.exit(0))
      throw std::runtime_error("could not end the session"); // note: 'std::runtime_error' is thrown here
  }
  void tell() { session_.quietly(); }
  void tryToStop() {
    try {
      stop();
    } catch (const std::exception &e) {
      std::cerr << e.what();
    }
  }
  void ask() { session_.unknown(); }
  void run();

private:
  std::atomic<bool> stopping_{false};
  Session session_;
};
template <class F> void quietly(F &&f) noexcept {
  try {
    std::forward<F>(f)();
  } catch (...) {
  }
}

class BadMount {
public:
  ~BadMount() {
    quietly([this] { stop(); });
  }
  void stop() {
    server_.stop(); // warning: 'thread_' is not joined when this throws, and the destructor of 'BadMount' relies on it
    if (thread_.joinable())
      thread_.join(); // note: this join is skipped, and there is no other
  }

private:
  Server server_;
  std::thread thread_{[this] { server_.run(); }}; // note: it is started here
};
class BadPlainDestructor {
public:
  void start() {
    thread_ = std::thread([this] { server_.run(); });
  }
  ~BadPlainDestructor() { close(); }

private:
  void close() {
    if (!thread_.joinable())
      return;
    server_.stop(); // warning: 'thread_' is not joined when this throws, and the destructor of 'BadPlainDestructor' relies on it
    thread_.join();
  }
  Server server_;
  std::thread thread_;
};

class OkJoinsFirst {
public:
  ~OkJoinsFirst() {
    quietly([this] { stop(); });
  }
  void stop() {
    if (thread_.joinable())
      thread_.join();
    server_.stop();
  }

private:
  Server server_;
  std::thread thread_{[this] { server_.run(); }};
};
class OkCatchesBetween {
public:
  ~OkCatchesBetween() { stop(); }
  void stop() {
    try {
      server_.stop();
    } catch (const std::exception &e) {
      std::cerr << e.what();
    }
    thread_.join();
  }

private:
  Server server_;
  std::thread thread_{[this] { server_.run(); }};
};
class OkJoinsInTheDestructorAsWell {
public:
  ~OkJoinsInTheDestructorAsWell() {
    quietly([this] { stop(); });
    if (thread_.joinable())
      thread_.join();
  }
  void stop() {
    server_.stop();
    thread_.join();
  }

private:
  Server server_;
  std::thread thread_{[this] { server_.run(); }};
};
class OkNothingThrows {
public:
  ~OkNothingThrows() { stop(); }
  void stop() {
    server_.tell();
    server_.tryToStop();
    server_.ask(); // nobody knows what it does
    thread_.join();
  }

private:
  Server server_;
  std::thread thread_{[this] { server_.run(); }};
};
class OkJoinsByItself {
public:
  ~OkJoinsByItself() {
    quietly([this] { stop(); });
  }
  void stop() {
    server_.stop();
    thread_.join();
  }

private:
  Server server_;
  std::jthread thread_{[this] { server_.run(); }};
};
