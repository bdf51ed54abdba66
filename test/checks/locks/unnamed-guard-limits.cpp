// RUN: %verify %s heddle-unnamed-guard -- -std=c++20
// Known misses: the limits that the page names.
#include <mutex>

class Account {
public:
  void FN_block_ends_too_early(long cents) {
    { std::lock_guard<std::mutex> lock(mutex_); }
    balance_ += cents;
  }
  template <class T> void FN_template_without_instances(T cents) {
    std::lock_guard<std::mutex>{mutex_};
    balance_ += cents;
  }

private:
  std::mutex mutex_;
  long balance_ = 0;
};
