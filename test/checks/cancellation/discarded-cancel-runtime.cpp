// RUN: %verify %s heddle-discarded-cancel -- -std=c++20 -Wno-unused-result -I %repository/lib/runtime/include
#include <heddle/context.h>

#include <chrono>
#include <string>
#include <utility>

using namespace std::chrono_literals;
heddle::result<std::string> fetchUrl(const heddle::context &ctx, const std::string &url);

heddle::result<std::string> bad_discarded(const heddle::context &parent, const std::string &url) {
  heddle::with_timeout(parent, 5s); // warning: the handle that cancels the derived context is discarded // fixed: auto scope = heddle::with_timeout(parent, 5s);
  return fetchUrl(parent, url);
}

heddle::result<std::string> ok_named(const heddle::context &parent, const std::string &url) {
  heddle::cancel_scope limit = heddle::with_timeout(parent, 5s);
  return fetchUrl(limit, url);
}

heddle::cancel_scope ok_returned(const heddle::context &parent) { return heddle::with_cancel(parent); }

class ok_member {
public:
  explicit ok_member(const heddle::context &parent) : scope_(heddle::with_cancel(parent)) {}

private:
  heddle::cancel_scope scope_;
};
