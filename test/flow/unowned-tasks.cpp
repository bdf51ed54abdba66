// Tasks on an object for which nobody waits; threads that are started under a condition alone.
// RUN: %verify --word unowned %s heddle-dev-unowned -- -std=c++20
#include <atomic>
#include <thread>

class Left {
public:
  Left() {
    std::thread([this] { ++n_; }).detach(); // unowned: by constructor
  }

private:
  int n_ = 0;
};
class Stopped {
public:
  void start() {
    std::thread([this] { // unowned: stopped by over_
      while (!over_)
        ++n_;
    }).detach();
  }
  ~Stopped() { over_ = true; }

private:
  std::atomic<bool> over_{false};
  int n_ = 0;
};
class Joined {
public:
  Joined() : thread_([this] { ++n_; }) {}
  ~Joined() { thread_.join(); }

private:
  int n_ = 0;
  std::thread thread_;
};
class Sometimes {
public:
  void start(bool both) {
    a_ = std::thread([this] { ++n_; });
    if (both)
      b_ = std::thread([] {}); // unowned: conditional b_
  }
  void stop() {
    a_.join();
    b_.join();
  }

private:
  int n_ = 0;
  std::thread a_, b_;
};
