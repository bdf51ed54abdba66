// RUN: %verify %s heddle-blocking-under-lock -- -std=c++20
// Known misses: the limits that the page names.
#include <mutex>
#include <string>
#include <thread>

void load(const std::string &file);

class Store {
public:
  void FN_destructor_waits(const std::string &file) {
    std::lock_guard lock(mutex_);
    ++loads_;
    std::jthread loader(load, file);
  }
  int loads() {
    std::lock_guard lock(mutex_);
    return loads_;
  }

private:
  std::mutex mutex_;
  int loads_ = 0;
};
