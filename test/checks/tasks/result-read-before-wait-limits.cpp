// RUN: %verify %s heddle-result-read-before-wait -- -std=c++20
// Known misses: the limits that the page names.
#include <mutex>
#include <thread>

int search();

class FN_ReadInAnotherMember {
public:
  void start() {
    thread_ = std::thread([this] { best_ = search(); });
  }
  int best() const { return best_; }
  ~FN_ReadInAnotherMember() { thread_.join(); }

private:
  int best_ = 0;
  std::thread thread_;
};

// The lock makes it no data race, but the value is the old one.
int FN_read_under_the_lock() {
  std::mutex mutex;
  int best = 0;
  std::thread t([&] {
    std::lock_guard lock(mutex);
    best = search();
  });
  int seen = 0;
  {
    std::lock_guard lock(mutex);
    seen = best;
  }
  t.join();
  return seen;
}
