// RUN: %verify %s heddle-unchecked-lock-upgrade -- -std=c++20
// Known misses: the limits that the page names.
#include <map>
#include <mutex>
#include <string>

int load(const std::string &key);

class Cache {
public:
  void FN_test_in_another_function(const std::string &key) {
    if (has(key))
      return;
    int value = load(key);
    std::lock_guard lock(mutex_);
    values_[key] = value;
  }

private:
  bool has(const std::string &key) {
    std::lock_guard lock(mutex_);
    return values_.count(key) != 0;
  }
  std::mutex mutex_;
  std::map<std::string, int> values_;
};
