// RUN: %verify %s heddle-join-not-started -- -std=c++20
// Known misses: the limits that the page names.
#include <thread>

void work();

// stop() without start(), or twice.
class FN_MemberJoinedByAnotherFunction {
public:
  void start() { thread_ = std::thread(work); }
  void stop() { thread_.join(); }

private:
  std::thread thread_;
};
