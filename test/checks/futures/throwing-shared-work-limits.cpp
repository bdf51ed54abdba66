// RUN: %verify %s heddle-throwing-shared-work -- -std=c++20
// Known misses: the limits that the page names.
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>

int load(const std::string &key) {
  if (key.empty())
    throw std::runtime_error("no key");
  return 1;
}

// Entries are erased on request, not when their work failed.
class FN_CacheThatErases {
public:
  std::shared_future<int> get(const std::string &key) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(key);
    if (it == all_.end())
      it = all_.emplace(key, std::async([key] { return load(key); }).share()).first;
    return it->second;
  }
  void forget(const std::string &key) {
    std::lock_guard lock(mutex_);
    all_.erase(key);
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_future<int>> all_;
};
