// RUN: %verify %s heddle-fixed-buffer-fan-out -- -std=c++20
// The seed's row (L5: a constant capacity for as many senders as there are items).
#include "Inputs/bounded_queue.h"
#include "Inputs/rendezvous.h"
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

int compute(int);

// ---- the seed, and where it goes wrong ----
std::vector<int> ok_all(const std::vector<int> &items) {
  BoundedQueue<int> ch(100);
  std::vector<std::jthread> tasks;
  for (int i : items)
    tasks.emplace_back([&ch, i] { ch.push(compute(i)); });
  std::vector<int> results;
  for (std::size_t n = 0; n != items.size(); ++n)
    results.push_back(ch.pop());
  return results;
}
std::optional<int> bad_first_negative(const std::vector<int> &items) {
  BoundedQueue<int> ch(100); // warning: 'ch' has room for 100 items, but the number of sending tasks is known only at run time; when receiving stops early, the others block forever, and so does the end of 'tasks'
  std::vector<std::jthread> tasks;
  for (int i : items)
    tasks.emplace_back([&ch, i] { ch.push(compute(i)); }); // note: the tasks are started here
  for (std::size_t n = 0; n != items.size(); ++n) {
    int result = ch.pop();
    if (result < 0)
      return result; // note: receiving stops here
  }
  return std::nullopt;
}
int bad_first(const std::vector<int> &mirrors) {
  auto ch = std::make_shared<BoundedQueue<int>>(8); // warning: 'ch' has room for 8 items
  for (int m : mirrors)
    std::thread([ch, m] { ch->push(compute(m)); }).detach();
  return ch->pop();
}
bool bad_breaks(const std::vector<int> &items) {
  constexpr std::size_t Room = 16;
  BoundedQueue<int> ch(Room); // warning: 'ch' has room for 16 items
  std::vector<std::jthread> tasks;
  for (std::size_t i = 0; i < items.size(); ++i)
    tasks.emplace_back([&ch, &items, i] { ch.push(compute(items[i])); });
  bool found = false;
  for (std::size_t n = 0; n < items.size(); ++n)
    if (ch.pop() == 0) {
      found = true;
      break;
    }
  return found;
}

// ---- silent ----
int ok_room_for_all(const std::vector<int> &mirrors) {
  auto ch = std::make_shared<BoundedQueue<int>>(mirrors.size());
  for (int m : mirrors)
    std::thread([ch, m] { ch->push(compute(m)); }).detach();
  return ch->pop();
}
int ok_constant_number() {
  auto ch = std::make_shared<BoundedQueue<int>>(4);
  for (int m = 0; m != 4; ++m)
    std::thread([ch, m] { ch->push(compute(m)); }).detach();
  return ch->pop();
}
int ok_tries(const std::vector<int> &mirrors) {
  auto ch = std::make_shared<BoundedQueue<int>>(1);
  for (int m : mirrors)
    std::thread([ch, m] { ch->try_push(compute(m)); }).detach();
  return ch->pop();
}
int ok_drained(const std::vector<int> &items) {
  BoundedQueue<int> ch(16);
  std::vector<std::jthread> tasks;
  for (int i : items)
    tasks.emplace_back([&ch, i] { ch.push(compute(i)); });
  std::size_t n = 0;
  int first = 0;
  for (; n < items.size(); ++n) {
    first = ch.pop();
    if (first < 0)
      break;
  }
  for (++n; n < items.size(); ++n)
    ch.pop();
  return first;
}
