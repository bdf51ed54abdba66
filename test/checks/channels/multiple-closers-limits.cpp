// RUN: %verify %s heddle-multiple-closers -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/channel.h"
#include <string>
#include <thread>
#include <vector>

std::string fetch(const std::string &url);
void show(const std::string &);

// The condition elects nobody: each short page closes the channel.
void FN_close_behind_a_condition(const std::vector<std::string> &urls) {
  Channel<std::string> pages;
  std::vector<std::jthread> tasks;
  for (const std::string &url : urls)
    tasks.emplace_back([&pages, url] {
      std::string page = fetch(url);
      const bool last = page.size() < 100;
      pages.send(page);
      if (last)
        pages.close();
    });
  while (auto page = pages.receive())
    show(*page);
}
