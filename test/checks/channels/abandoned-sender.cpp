// RUN: %verify %s heddle-abandoned-sender -- -std=c++20
// The seeds' rows: nobody reads the result after a short circuit (F1), a cached value is returned before the result is
// received (P5).
#include "Inputs/bounded_queue.h"
#include "Inputs/channel.h"
#include "Inputs/closable_queue.h"
#include "Inputs/rendezvous.h"
#include <array>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <thread>
#include <vector>

int expensive(int);
bool shortCircuit();
void use(int);
std::map<int, int> cache;

// ---- the seeds ----
int bad_computed(int x) {
  Rendezvous<int> ch;
  std::jthread t([&] { ch.send(expensive(x)); }); // note: a task that sends into 'ch' is started here
  if (auto it = cache.find(x); it != cache.end())
    return it->second; // warning: nothing is received from 'ch' on this path; the task that sends into it blocks, and the end of 't' waits for that task forever
  return ch.receive();
}
int ok_computed(int x) {
  Rendezvous<int> ch;
  std::jthread t([&] { ch.send(expensive(x)); });
  if (auto it = cache.find(x); it != cache.end()) {
    ch.receive();
    return it->second;
  }
  return ch.receive();
}
int ok_has_room(int x) {
  BoundedQueue<int> ch(1);
  std::jthread t([&] { ch.push(expensive(x)); });
  if (auto it = cache.find(x); it != cache.end())
    return it->second;
  return ch.pop();
}
std::shared_ptr<Rendezvous<int>> fetchUser(int id) {
  auto out = std::make_shared<Rendezvous<int>>();
  std::thread([out, id] { out->send(expensive(id)); }).detach(); // note: it sends here
  return out;
}
void bad_handler(int id) {
  auto user = fetchUser(id); // note: a task that sends into 'user' is started here
  if (shortCircuit())
    return; // warning: nothing is received from 'user' on this path; the task that sends into it blocks forever; give the channel room
  use(user->receive());
}
void ok_handler(int id) {
  auto user = fetchUser(id);
  if (shortCircuit()) {
    user->receive();
    return;
  }
  use(user->receive());
}
std::shared_ptr<BoundedQueue<int>> fetchBuffered(int id) {
  auto out = std::make_shared<BoundedQueue<int>>(1);
  std::thread([out, id] { out->push(expensive(id)); }).detach();
  return out;
}
void ok_buffered_handler(int id) {
  auto user = fetchBuffered(id);
  if (shortCircuit())
    return;
  use(user->pop());
}

// ---- other shapes ----
int bad_timeout(int x) {
  auto ch = std::make_shared<Rendezvous<int>>();
  std::thread([ch, x] { ch->send(expensive(x)); }).detach();
  if (auto v = ch->receive_for(std::chrono::milliseconds(50)))
    return *v;
  return 0; // warning: nothing is received from 'ch' on this path
}
int bad_timeout_first(int x) {
  auto ch = std::make_shared<Rendezvous<int>>();
  std::thread([out = ch, x] { out->send(expensive(x)); }).detach();
  auto v = ch->receive_for(std::chrono::milliseconds(50));
  if (!v.has_value())
    return -1; // warning: nothing is received from 'ch' on this path
  return *v;
}
int bad_more_than_room(int n) {
  BoundedQueue<int> rows(4);
  auto reader = std::async(std::launch::async, [&] {
    for (int i = 0; i != n; ++i)
      rows.push(expensive(i));
  });
  for (int i = 0; i != n; ++i) {
    int row = rows.pop();
    if (row < 0)
      return row; // warning: nothing more is received from 'rows' on this path; the task that sends into it blocks, and the end of 'reader' waits
  }
  return 0;
}
void producer(Rendezvous<int> &to, int x) { to.send(expensive(x)); }
int bad_function(int x) {
  Rendezvous<int> ch;
  std::jthread t(producer, std::ref(ch), x);
  if (shortCircuit())
    return 0; // warning: nothing is received from 'ch'
  return ch.receive();
}
int bad_joined_by_hand(int x) {
  Rendezvous<int> ch;
  std::thread t([&ch, x] { ch.send(expensive(x)); });
  if (shortCircuit()) {
    t.join();
    return 0; // warning: nothing is received from 'ch'
  }
  int v = ch.receive();
  t.join();
  return v;
}
int bad_throws(int x) {
  Rendezvous<int> ch;
  std::jthread t([&ch, x] { ch.send(expensive(x)); });
  if (x < 0)
    throw 1; // warning: nothing is received from 'ch'
  return ch.receive();
}

// ---- silent ----
int ok_closed(int x) {
  ClosableQueue<int> rows(4);
  std::jthread t([&] {
    for (int i = 0; i != x; ++i)
      if (!rows.offer(expensive(i)))
        return;
  });
  for (int i = 0; i != x; ++i)
    if (auto v = rows.pop(); !v || *v < 0) {
      rows.close();
      return -1;
    }
  return 0;
}
int ok_unbounded(int x) {
  Channel<int> ch;
  std::jthread t([&] { ch.send(expensive(x)); });
  if (shortCircuit())
    return 0;
  return ch.receive().value_or(0);
}
int ok_started_later(int x) {
  Rendezvous<int> ch;
  if (shortCircuit())
    return 0;
  std::jthread t([&] { ch.send(expensive(x)); });
  return ch.receive();
}
int ok_correlated(int x, bool wanted) {
  Rendezvous<int> ch;
  std::jthread t;
  if (wanted)
    t = std::jthread([&] { ch.send(expensive(x)); });
  if (!wanted)
    return 0;
  return ch.receive();
}
int ok_try(int x) {
  BoundedQueue<int> ch(1);
  std::jthread t([&] { ch.try_push(expensive(x)); });
  if (shortCircuit())
    return 0;
  return ch.pop();
}
void consume(Rendezvous<int> &from) { use(from.receive()); }
void ok_other_task_receives(int x) {
  Rendezvous<int> ch;
  std::jthread a([&] { ch.send(expensive(x)); });
  std::jthread b([&] { consume(ch); });
  if (shortCircuit())
    return;
  use(1);
}
void ok_helper_receives(int x) {
  Rendezvous<int> ch;
  std::jthread a([&] { ch.send(expensive(x)); });
  consume(ch);
}
void elsewhere(Rendezvous<int> &);
int ok_known_elsewhere(int x) {
  Rendezvous<int> ch;
  std::jthread a([&] { ch.send(expensive(x)); });
  elsewhere(ch);
  if (shortCircuit())
    return 0;
  return ch.receive();
}
int ok_all_received(int n) {
  BoundedQueue<int> rows(4);
  std::jthread reader([&] {
    for (int i = 0; i != n; ++i)
      rows.push(expensive(i));
  });
  int sum = 0;
  for (int i = 0; i != n; ++i)
    sum += rows.pop();
  return sum;
}
int ok_drained_after(int n) {
  BoundedQueue<int> rows(4);
  std::jthread reader([&] {
    for (int i = 0; i != n; ++i)
      rows.push(expensive(i));
    rows.push(-1);
  });
  int first = 0;
  while (true) {
    first = rows.pop();
    if (first > 10)
      break;
  }
  while (rows.pop() >= 0) {
  }
  return first;
}
int ok_waits_for_room_known_at_run_time(const std::vector<int> &all) {
  BoundedQueue<int> ch(all.size());
  std::vector<std::jthread> tasks;
  for (int x : all)
    tasks.emplace_back([&ch, x] { ch.push(expensive(x)); });
  return ch.pop();
}

// ---- fewer receives than sends ----
int bad_first_of_two(int a, int b) {
  auto ch = std::make_shared<Rendezvous<int>>();
  std::thread([ch, a] { ch->send(expensive(a)); }).detach();
  std::thread([ch, b] { ch->send(expensive(b)); }).detach();
  return ch->receive(); // warning: nothing more is received from 'ch' on this path; the task that sends into it blocks forever
}
int ok_both(int a, int b) {
  auto ch = std::make_shared<Rendezvous<int>>();
  std::thread([ch, a] { ch->send(expensive(a)); }).detach();
  std::thread([ch, b] { ch->send(expensive(b)); }).detach();
  int first = ch->receive();
  return first + ch->receive();
}
int ok_room_for_the_second(int a, int b) {
  auto ch = std::make_shared<BoundedQueue<int>>(1);
  std::thread([ch, a] { ch->push(expensive(a)); }).detach();
  std::thread([ch, b] { ch->push(expensive(b)); }).detach();
  return ch->pop();
}
int ok_alternatives(int a, bool fast) {
  auto ch = std::make_shared<Rendezvous<int>>();
  if (fast)
    std::thread([ch, a] { ch->send(a); }).detach();
  else
    std::thread([ch, a] { ch->send(expensive(a)); }).detach();
  return ch->receive();
}

// ---- an array of senders ----
using Mirrors = std::array<int, 3>;
int bad_first_of_three(const Mirrors &mirrors) {
  auto answers = std::make_shared<BoundedQueue<int>>(1);
  for (int mirror : mirrors)
    std::thread([answers, mirror] { answers->push(expensive(mirror)); }).detach();
  return answers->pop(); // warning: nothing more is received from 'answers' on this path; the task that sends into it blocks forever
}
int ok_room_for_three(const Mirrors &mirrors) {
  auto answers = std::make_shared<BoundedQueue<int>>(3);
  for (int mirror : mirrors)
    std::thread([answers, mirror] { answers->push(expensive(mirror)); }).detach();
  return answers->pop();
}
int ok_one_of_three(const Mirrors &mirrors) {
  auto answers = std::make_shared<BoundedQueue<int>>(1);
  for (int mirror : mirrors)
    if (mirror == 1)
      std::thread([answers, mirror] { answers->push(expensive(mirror)); }).detach();
  return answers->pop();
}
int ok_the_first_alone(const Mirrors &mirrors) {
  auto answers = std::make_shared<BoundedQueue<int>>(1);
  for (int mirror : mirrors) {
    std::thread([answers, mirror] { answers->push(expensive(mirror)); }).detach();
    break;
  }
  return answers->pop();
}
void ok_all_three(const Mirrors &mirrors) {
  auto answers = std::make_shared<BoundedQueue<int>>(1);
  for (int mirror : mirrors)
    std::thread([answers, mirror] { answers->push(expensive(mirror)); }).detach();
  for (unsigned i = 0; i != mirrors.size(); ++i)
    use(answers->pop());
}
