// RUN: %verify %s heddle-abandoned-sender -- -std=c++20
// What the page names as limits.
#include "Inputs/bounded_queue.h"
#include <memory>
#include <string>
#include <thread>

std::string ask(int server);

// Under a condition sends are not counted: the slower of the two senders waits forever.
std::string FN_two_senders_one_receive(bool backup) {
  auto answers = std::make_shared<BoundedQueue<std::string>>(0);
  std::thread([answers] { answers->push(ask(1)); }).detach();
  if (backup)
    std::thread([answers] { answers->push(ask(2)); }).detach();
  return answers->pop();
}
