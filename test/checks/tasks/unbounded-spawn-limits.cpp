// RUN: %verify %s heddle-unbounded-spawn -- -std=c++20
// Known misses: the limits that the page names.
#include <future>
#include <string>
#include <thread>
#include <vector>

int fetch(const std::string &url);
void show(int);
void log(const std::string &);

// The library may start a thread for each, and libstdc++ does.
void FN_async_without_policy(const std::vector<std::string> &urls) {
  std::vector<std::future<int>> all;
  for (const std::string &url : urls)
    all.push_back(std::async(fetch, url));
  for (auto &f : all)
    show(f.get());
}

// The comparison limits nothing.
void FN_any_comparison_counts_as_a_limit(const std::vector<std::string> &urls) {
  std::vector<std::jthread> all;
  int n = 0;
  for (const std::string &url : urls) {
    if (++n > 1000)
      log("many");
    all.emplace_back([url] { show(fetch(url)); });
  }
}
