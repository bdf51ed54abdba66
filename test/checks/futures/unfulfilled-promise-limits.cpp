// RUN: %verify %s heddle-unfulfilled-promise -- -std=c++20
// Known misses: the limits that the page names.
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

void log(const std::string &);
struct Client {
  void onBody(std::function<void(std::string)>);
  void onError(std::function<void(std::error_code)>);
};

// Each callable may leave the promise to the other; here neither fulfils it after an error.
std::future<std::string> FN_left_to_the_other(Client &client) {
  auto p = std::make_shared<std::promise<std::string>>();
  auto f = p->get_future();
  client.onBody([p](std::string body) { p->set_value(std::move(body)); });
  client.onError([p](std::error_code ec) { log(ec.message()); });
  return f;
}

// The destructor only logs.
struct Request {
  ~Request() { log("done"); }
  std::promise<int> answer;
};
void FN_struct_with_a_destructor(bool open) {
  Request r;
  auto f = r.answer.get_future();
  if (!open)
    return;
  r.answer.set_value(1);
}
