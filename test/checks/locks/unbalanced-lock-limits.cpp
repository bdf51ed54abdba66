// RUN: %verify %s heddle-unbalanced-lock -- -std=c++20
// Known misses: the limits that the page names.
#include <mutex>
#include <string>

int parseElsewhere(const std::string &text); // throws std::invalid_argument

class Counter {
public:
  void FN_callee_of_another_file_throws(const std::string &text) {
    mutex_.lock();
    n_ += parseElsewhere(text);
    mutex_.unlock();
  }

private:
  std::mutex mutex_;
  int n_ = 0;
};
