// RUN: %verify %s heddle-context-not-propagated -- -std=c++20
// Known misses: the limits that the page names.
#include <chrono>
#include <stop_token>

template <class D> bool pause(D time);
template <class D> bool pause(D time, std::stop_token token);
void work();

void FN_overload_template(std::stop_token token) {
  while (!token.stop_requested()) {
    work();
    pause(std::chrono::seconds(60));
  }
}
