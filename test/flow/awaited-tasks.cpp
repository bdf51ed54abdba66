// Which tasks a wait is for, and for which bodies it may be called.
// RUN: %verify --word awaited %s heddle-dev-awaited -- -std=c++20
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

void work();

// ---- one handle, one task ----
class Pump {
public:
  void start() {
    reader_ = std::thread([this] { read(); });
    writer_ = std::thread([this] { write(); });
  }
  void stop() {
    reader_.join(); // awaited: operator(); may be for operator() read
    writer_.join(); // awaited: operator(); may be for operator() write
  }

private:
  void read() { work(); }
  void write() { work(); }
  std::thread reader_, writer_;
};

// ---- several in one container ----
class Pool {
public:
  void start() {
    all_.emplace_back([this] { first(); });
    all_.emplace_back(&Pool::second, this);
  }
  void stop() {
    for (auto &t : all_)
      t.join(); // awaited: operator() second; may be for operator() first second
  }

private:
  void first() { work(); }
  void second() { work(); }
  std::vector<std::thread> all_;
};

// ---- a task from outside ----
class Adopter {
public:
  void adopt(std::thread t) { thread_ = std::move(t); }
  void stop() { thread_.join(); } // awaited: not known; may be for operator() operator() read write operator() first second operator() operator() serve log operator() blink operator()

private:
  std::thread thread_;
};

// ---- the end of a member ----
class Session {
public:
  void start() {
    thread_ = std::jthread([this] { serve(); });
    other_ = std::thread([this] { log(); });
  }
  void stop() { other_.join(); } // awaited: operator(); may be for operator() log

private:
  void serve() { work(); }
  void log() { work(); }
  std::thread other_;
  std::jthread thread_; // awaited: at the end; may be for operator() serve
};

// ---- not waited for at all ----
class Beacon {
public:
  void start() {
    std::thread([this] { blink(); }).detach(); // awaited: let go
  }

private:
  void blink() { work(); } // awaited: let go
};

// ---- waits that have an end of their own ----
bool bounded() {
  auto f = std::async(std::launch::async, [] { work(); });
  f.wait_for(std::chrono::seconds(1));
  return f.valid();
}
