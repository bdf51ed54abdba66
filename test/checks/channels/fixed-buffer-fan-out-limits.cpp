// RUN: %verify %s heddle-fixed-buffer-fan-out -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/bounded_queue.h"
#include <string>
#include <thread>
#include <vector>

std::string ask(const std::string &server);

// The channel is a member, which other code may receive from.
class Race {
public:
  std::string FN_channel_in_a_member(const std::vector<std::string> &servers) {
    for (const std::string &s : servers)
      std::thread([this, s] { answers_.push(ask(s)); }).detach();
    return answers_.pop();
  }

private:
  BoundedQueue<std::string> answers_{2};
};
