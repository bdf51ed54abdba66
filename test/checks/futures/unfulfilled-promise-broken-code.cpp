// RUN: %verify %s heddle-unfulfilled-promise -- -std=c++20
// Code that does not compile proves nothing; the rest of the file is judged as usual.
#include <future>
#include <memory>

int measure(int);

struct Desk {
  std::future<int> ok_unknown_type(int id) {
    std::promise<int> reply;
    auto result = reply.get_future();
    tellers.submit([reply = std::move(reply), id]() mutable { reply.set_value(measure(id)); });
    return result;
  }
  missing::Pool tellers; // error: use of undeclared identifier 'missing'
};

std::future<int> ok_unknown_name(int id) {
  std::promise<int> reply;
  auto result = reply.get_future();
  answer(std::move(reply), id); // error: use of undeclared identifier 'answer'
  return result;
}

int helper(std::promise<int> p) {
  return finish(std::move(p)); // error: use of undeclared identifier 'finish'
}
std::future<int> ok_broken_callee() {
  std::promise<int> reply;
  auto result = reply.get_future();
  helper(std::move(reply));
  return result;
}

std::future<int> bad_in_the_same_file(bool ready) {
  std::promise<int> reply;
  auto result = reply.get_future();
  if (!ready)
    return result; // warning: promise 'reply'
  reply.set_value(1);
  return result;
}
