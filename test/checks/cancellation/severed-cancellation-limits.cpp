// RUN: %verify %s heddle-severed-cancellation -- -std=c++20
// Known misses: the limits that the page names.
#include <stop_token>
#include <string>
#include <utility>

std::string query(std::stop_token token, const std::string &text);

class Client {
public:
  explicit Client(std::stop_token token) : token_(std::move(token)) {}
  std::string FN_token_in_a_member(const std::string &text) { return query(std::stop_token{}, text); }
  bool over() const { return token_.stop_requested(); }

private:
  std::stop_token token_;
};
