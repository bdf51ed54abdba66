// RUN: %verify %s heddle-stop-without-join -- -std=c++20
// Known misses: the limits that the page names.
#include <atomic>
#include <string>
#include <thread>

// The owner calls requestStop() and destroys the object.
class FN_StopInAMemberAlone {
public:
  void start() {
    std::thread([this] {
      while (!stop_)
        name_ += ".";
    }).detach();
  }
  void requestStop() { stop_ = true; }

private:
  std::atomic<bool> stop_{false};
  std::string name_;
};
