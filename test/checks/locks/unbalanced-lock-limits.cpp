// RUN: %verify %s heddle-unbalanced-lock -- -std=c++20
// Known misses: the limits that the page names.
#include <mutex>
#include <stdexcept>
#include <string>

int parse(const std::string &text) {
  if (text.empty())
    throw std::invalid_argument("no text");
  return 1;
}

class Counter {
public:
  void FN_callee_throws(const std::string &text) {
    mutex_.lock();
    n_ += parse(text);
    mutex_.unlock();
  }

private:
  std::mutex mutex_;
  int n_ = 0;
};
