// RUN: %verify %s heddle-dangling-coroutine-capture -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/task.h"
#include <string>

void show(const std::string &);

// The closure dies with the function, the task runs on.
void FN_named_closure(const std::string &text) {
  auto work = [text]() -> Task<> {
    co_await later();
    show(text);
  };
  spawn(work());
}
