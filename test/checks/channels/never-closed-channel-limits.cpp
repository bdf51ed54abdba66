// RUN: %verify %s heddle-never-closed-channel -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/channel.h"
#include <string>
#include <thread>
#include <vector>

void show(const std::string &);

// Without any last item nothing closes the channel.
void FN_close_in_a_loop(const std::vector<std::string> &items) {
  Channel<std::string> out;
  std::jthread reader([&out] {
    while (auto item = out.receive())
      show(*item);
  });
  for (const std::string &item : items) {
    out.send(item);
    if (item == "last")
      out.close();
  }
}
