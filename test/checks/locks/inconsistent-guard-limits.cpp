// RUN: %verify %s heddle-inconsistent-guard -- -std=c++20
// Known misses: the limits that the page names.
#include <mutex>
#include <string>
#include <vector>

void show(const std::string &);

class Lines {
public:
  void add(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  void clear() {
    std::lock_guard lock(mutex_);
    lines_.clear();
  }
  void FN_locks_for_the_first_use_only() {
    {
      std::lock_guard lock(mutex_);
      lines_.emplace_back("end");
    }
    for (const std::string &line : lines_)
      show(line);
  }

private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};
