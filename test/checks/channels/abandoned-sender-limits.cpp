// RUN: %verify %s heddle-abandoned-sender -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/bounded_queue.h"
#include <memory>
#include <string>
#include <thread>

std::string ask(int server);

// Received items are not counted: the slower of the two senders waits forever.
std::string FN_two_senders_one_receive() {
  auto answers = std::make_shared<BoundedQueue<std::string>>(0);
  std::thread([answers] { answers->push(ask(1)); }).detach();
  std::thread([answers] { answers->push(ask(2)); }).detach();
  return answers->pop();
}
