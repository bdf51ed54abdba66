// RUN: %verify %s heddle-unchecked-lock-upgrade -- -std=c++20
// Known misses: the limits that the page names.
#include <map>
#include <mutex>
#include <string>

int load(const std::string &key);

class Cache {
public:
  // Two threads may both load the value.
  void FN_insertion_whose_result_is_ignored(const std::string &key) {
    {
      std::lock_guard lock(mutex_);
      if (values_.count(key) != 0)
        return;
    }
    int value = load(key);
    std::lock_guard lock(mutex_);
    values_.emplace(key, value);
  }

private:
  std::mutex mutex_;
  std::map<std::string, int> values_;
};
