// RUN: %verify %s heddle-unbounded-future-cache -- -std=c++20
// Known misses: the limits that the page names.
#include <cstddef>
#include <future>
#include <map>
#include <mutex>
#include <string>

std::string fetch(const std::string &url);
void show(std::size_t);

// The size is read for a statistic, and bounds nothing.
class FN_SizeIsShown {
public:
  std::shared_future<std::string> get(const std::string &url) {
    std::lock_guard lock(mutex_);
    auto it = pages_.find(url);
    if (it == pages_.end())
      it = pages_.emplace(url, std::async(fetch, url).share()).first;
    return it->second;
  }
  void report() {
    std::lock_guard lock(mutex_);
    show(pages_.size());
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_future<std::string>> pages_;
};
