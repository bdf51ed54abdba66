// RUN: %verify %s heddle-discarded-future -- -std=c++20
// Known misses: the limits that the page names.
#include <future>
#include <string>
#include <vector>

std::future<void> refreshed(const std::string &host); // in another file: std::async
int lookUp(const std::string &host);
bool ready();

void FN_invisible_function(const std::vector<std::string> &hosts) {
  for (const std::string &h : hosts)
    refreshed(h);
}

int FN_early_return_past_a_container(const std::vector<std::string> &hosts) {
  std::vector<std::future<int>> answers;
  for (const std::string &h : hosts)
    answers.push_back(std::async(std::launch::async, lookUp, h));
  if (!ready())
    return 0;
  int sum = 0;
  for (auto &a : answers)
    sum += a.get();
  return sum;
}
