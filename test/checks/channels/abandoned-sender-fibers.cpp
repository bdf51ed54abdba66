// A channel that closes itself lets its senders go, unless the sender is waited for first.
// REQUIRES: boost-fiber
// RUN: %verify %s heddle-abandoned-sender -- -std=c++20
#include <boost/fiber/all.hpp>
#include <memory>
#include <thread>

int expensive(int);
bool shortCircuit();
using Results = boost::fibers::unbuffered_channel<int>;

int bad_shared(int x) {
  auto ch = std::make_shared<Results>();
  boost::fibers::fiber([ch, x] { ch->push(expensive(x)); }).detach();
  if (shortCircuit())
    return 0; // warning: nothing is received from 'ch' on this path; the task that sends into it blocks forever
  return ch->value_pop();
}
int bad_joined_before_the_channel_dies(int x) {
  Results ch;
  std::jthread t([&ch, x] { ch.push(expensive(x)); });
  if (shortCircuit())
    return 0; // warning: nothing is received from 'ch' on this path; the task that sends into it blocks, and the end of 't' waits
  return ch.value_pop();
}
int ok_channel_dies_first(int x) {
  Results ch;
  boost::fibers::fiber([&ch, x] { ch.push(expensive(x)); }).detach();
  if (shortCircuit())
    return 0;
  return ch.value_pop();
}
int ok_closed(int x) {
  auto ch = std::make_shared<Results>();
  boost::fibers::fiber([ch, x] { ch->push(expensive(x)); }).detach();
  if (shortCircuit()) {
    ch->close();
    return 0;
  }
  return ch->value_pop();
}
int ok_room(int x) {
  auto ch = std::make_shared<boost::fibers::buffered_channel<int>>(2);
  boost::fibers::fiber([ch, x] { ch->push(expensive(x)); }).detach();
  if (shortCircuit())
    return 0;
  return ch->value_pop();
}
int ok_pattern(int x) {
  auto ch = std::make_shared<Results>();
  boost::fibers::fiber([ch, x] { ch->push(expensive(x)); }).detach();
  int v = 0;
  if (ch->pop(v) == boost::fibers::channel_op_status::success)
    return v;
  return 0;
}
