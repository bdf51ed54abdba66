// RUN: %verify %s heddle-unsynchronized-task-write -- -std=c++20
// Known misses: the limits that the page names.
#include <thread>

int next();

// The member that writes is called while the task of another member runs.
class FN_TwoMembers {
public:
  void start() {
    thread_ = std::thread([this] { total_ += next(); });
  }
  void add(int n) { total_ += n; }
  ~FN_TwoMembers() { thread_.join(); }

private:
  int total_ = 0;
  std::thread thread_;
};
