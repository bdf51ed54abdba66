// RUN: %verify %s heddle-unstoppable-task -- -std=c++20
// Known misses: the limits that the page names.
#include <thread>

bool poll();
bool always() { return true; }

// The condition never changes, but it is a condition.
class FN_LoopWithACondition {
public:
  void start() {
    thread_ = std::thread([] {
      while (always())
        poll();
    });
  }
  ~FN_LoopWithACondition() { thread_.join(); }

private:
  std::thread thread_;
};
