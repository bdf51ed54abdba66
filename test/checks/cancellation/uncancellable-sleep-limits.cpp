// RUN: %verify %s heddle-uncancellable-sleep -- -std=c++20
// Known misses: the limits that the page names.
#include <atomic>
#include <chrono>
#include <thread>

void poll();

class FN_SleepFourCallsBelowTheLoop {
public:
  void start() {
    thread_ = std::thread([this] {
      while (!stop_)
        first();
    });
  }
  ~FN_SleepFourCallsBelowTheLoop() {
    stop_ = true;
    thread_.join();
  }

private:
  void first() { second(); }
  void second() { third(); }
  void third() { fourth(); }
  void fourth() {
    poll();
    std::this_thread::sleep_for(std::chrono::seconds(60));
  }
  std::atomic<bool> stop_{false};
  std::thread thread_;
};
