// Reads of what a running task stores, which nothing but a sleep has put off.
// RUN: %verify --word slept %s heddle-dev-slept -- -std=c++20
#include <atomic>
#include <chrono>
#include <thread>

using namespace std::chrono_literals;
int compute() noexcept;

class Once {
public:
  int byGetter() {
    start();
    std::this_thread::sleep_for(1s); // slept: for value_
    return value();
  }
  int first() {
    start();
    std::this_thread::sleep_for(1s); // slept: for other_
    return other_ + value_;
  }
  int unknownTime(std::chrono::milliseconds time) {
    start();
    std::this_thread::sleep_for(time);
    return value_;
  }
  int waits() {
    start();
    std::this_thread::sleep_for(1s);
    thread_.join();
    return value_;
  }
  int inLoop() {
    start();
    while (value() == 0)
      std::this_thread::sleep_for(1s);
    return value();
  }
  int notStarted() {
    std::this_thread::sleep_for(1s);
    return value_;
  }

private:
  void start() {
    thread_ = std::jthread([this] {
      value_ = compute();
      other_ = compute();
    });
  }
  int value() const { return value_; }
  std::atomic<int> value_{0}, other_{0};
  std::jthread thread_;
};
