// RUN: %verify %s heddle-stored-context -- -std=c++20
// Known misses: the limits that the page names.
#include <memory>
#include <stop_token>
#include <string>

bool fetch(const std::string &, std::stop_token);

class [[clang::annotate("heddle::role context")]] Context {};
bool query(const Context &, const std::string &sql);

// It may belong to an operation that outlives the object.
class FN_by_reference {
public:
  explicit FN_by_reference(const Context &ctx) : ctx_(ctx) {}
  bool find(const std::string &name) const { return query(ctx_, name); }

private:
  const Context &ctx_;
};
// A setter may be called for each request.
class FN_set {
public:
  void use(std::stop_token token) { token_ = token; }
  bool get(const std::string &key) { return fetch(key, token_); }

private:
  std::stop_token token_;
};
