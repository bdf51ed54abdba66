// Results of a task that a member reads before it waits for the task.
// RUN: %verify --word early %s heddle-dev-early -- -std=c++20
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

int fetch(int);

class Reads {
public:
  void start() {
    thread_ = std::thread([this] {
      values_.push_back(fetch(1));
      sum_ += fetch(2);
      found_ = true;
    });
  }
  long here() {
    long n = sum_ + long(size()); // early: sum_ in here // early: values_ in here
    if (found_)
      ++n;
    finish();
    return n + sum_;
  }

private:
  std::size_t size() const { return values_.size(); }
  void finish() { thread_.join(); }
  std::vector<int> values_;
  long sum_ = 0;
  bool found_ = false;
  std::thread thread_;
};
class WaitsSometimes {
public:
  void start() { task_ = std::async(std::launch::async, [this] { sum_ = fetch(1); }); }
  long get(bool wait) {
    long n = sum_;
    if (wait)
      task_.get();
    return n;
  }

private:
  long sum_ = 0;
  std::future<void> task_;
};
class TakesALock {
public:
  void start() { thread_ = std::thread([this] { add(); }); }
  long get() {
    long n = sum_;
    thread_.join();
    return n;
  }

private:
  void add() {
    std::lock_guard l(mutex_);
    sum_ = fetch(1);
  }
  std::mutex mutex_;
  long sum_ = 0;
  std::thread thread_;
};
