// Who sends, receives and closes, how much room there is, and what comes too late.
// RUN: %verify --word channel %s heddle-dev-channels -- -std=c++20
#include "Inputs/bounded_queue.h"
#include "Inputs/channel.h"
#include "Inputs/closable_queue.h"
#include "Inputs/rendezvous.h"
#include <memory>
#include <thread>
#include <vector>

int compute();
void process(int);

void one_task() {
  Rendezvous<int> ch; // channel: room 0; send in a task waits; receive waits
  std::jthread t([&] { ch.send(compute()); });
  process(ch.receive());
}
void many_tasks(const std::vector<int> &items) {
  BoundedQueue<int> ch(4); // channel: room 4; send in tasks waits; receive again waits
  std::vector<std::jthread> all;
  for (int i : items)
    all.emplace_back([&ch, i] { ch.push(i); });
  for (std::size_t i = 0; i != items.size(); ++i)
    process(ch.pop());
}
void consumer() {
  ClosableQueue<int> ch(8); // channel: room 8; receive in a task again waits until closed; send again waits late:refuses; send waits late:reports asked; close once
  std::jthread t([&] {
    while (auto v = ch.pop())
      process(*v);
  });
  for (int i = 0; i != 3; ++i)
    ch.push(i);
  if (!ch.offer(4))
    return;
  ch.close();
}
void leaves(ClosableQueue<int> &q) {
  while (true) {
    auto v = q.pop();
    if (!v)
      break;
    process(*v);
  }
}
void through_calls() {
  ClosableQueue<int> ch; // channel: room 16; receive in a task again waits until closed; send waits late:refuses
  std::jthread t([&] { leaves(ch); });
  ch.push(1);
}
void with_sentinel() {
  ClosableQueue<int> ch(2); // channel: room 2; receive in a task again waits
  std::jthread t([&] {
    while (auto v = ch.pop()) {
      if (*v == 0)
        break;
      process(*v);
    }
  });
}
void kept() {
  Channel<int> ch; // channel: room unknown; send late:keeps; close
  ch.send(1);
  ch.close();
}
std::shared_ptr<Rendezvous<int>> fetch() {
  auto ch = std::make_shared<Rendezvous<int>>(); // channel: room 0; send in a task waits; known elsewhere
  std::thread([ch] { ch->send(compute()); }).detach();
  return ch;
}
void fetched() {
  auto ch = fetch(); // channel: room 0; send in a task waits; receive waits
  process(ch->receive());
}
void of_init_capture(std::size_t n) {
  auto ch = std::make_shared<BoundedQueue<int>>(n); // channel: room number; send in a task again waits
  std::thread([q = ch] {
    for (int i = 0; i != 9; ++i)
      q->push(i);
  }).detach();
}
