// RUN: %verify %s heddle-unobserved-stop -- -std=c++20
// Known misses: the limits that the page names.
#include <chrono>
#include <stop_token>
#include <thread>

void poll();

void FN_mentioned_only(std::stop_token token) {
  (void)token;
  for (;;) {
    poll();
    std::this_thread::sleep_for(std::chrono::seconds(60));
  }
}
