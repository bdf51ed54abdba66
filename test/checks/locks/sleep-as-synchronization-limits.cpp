// RUN: %verify %s heddle-sleep-as-synchronization -- -std=c++20
// Known misses: the limits that the page names.
#include <chrono>
#include <thread>

int search();

class Searcher {
public:
  void start() {
    thread_ = std::thread([this] { best_ = search(); });
  }
  int FN_started_by_another_member() {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return best_;
  }
  ~Searcher() { thread_.join(); }

private:
  int best_ = 0;
  std::thread thread_;
};
