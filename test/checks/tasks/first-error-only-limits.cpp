// RUN: %verify %s heddle-first-error-only -- -std=c++20
// Known misses: the limits that the page names.
#include <future>
#include <stdexcept>
#include <string>

int fetch(const std::string &url) {
  if (url.empty())
    throw std::invalid_argument("no URL");
  return 1;
}

// The error of the first hides that of the second.
int FN_two_named_futures(const std::string &a, const std::string &b) {
  auto first = std::async(std::launch::async, fetch, a);
  auto second = std::async(std::launch::async, fetch, b);
  int sum = first.get();
  return sum + second.get();
}
