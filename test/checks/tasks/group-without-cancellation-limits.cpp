// RUN: %verify %s heddle-group-without-cancellation -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/error_group.h"
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

std::error_code fetch(const std::string &url, std::stop_token);

// The token is a member, not a parameter.
class Loader {
public:
  explicit Loader(std::stop_token token) : token_(std::move(token)) {}
  std::error_code FN_token_in_a_member(const std::vector<std::string> &urls) {
    ErrorGroup group;
    for (const std::string &url : urls)
      group.go([this, &url] { return fetch(url, token_); });
    return group.wait();
  }

private:
  std::stop_token token_;
};
