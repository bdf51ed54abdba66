// RUN: %verify %s heddle-guarded-reference-escapes -- -std=c++20
// Known misses: the limits that the page names.
#include <mutex>
#include <string>
#include <vector>

struct Cursor {
  const std::string *line = nullptr;
};

class Lines {
public:
  void add(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  void FN_stored_in_another_object(Cursor &cursor) {
    std::lock_guard lock(mutex_);
    cursor.line = &lines_.front();
  }

private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};
