// RUN: %verify %s heddle-never-closed-channel -- -std=c++20
// The seed's row (P6: a task ranges over a channel that nobody closes).
#include "Inputs/channel.h"
#include "Inputs/closable_queue.h"
#include <memory>
#include <optional>
#include <thread>
#include <vector>

void process(int);
bool ready();
int next();

// ---- the seed ----
void bad_seed() {
  Channel<int> ch;
  std::jthread worker([&] { // note: a task that receives from 'ch' is started here
    while (auto v = ch.receive()) // warning: the loop ends when 'ch' is closed, but it is never closed; the task waits forever, and the end of 'worker' waits for that task
      process(*v);
  });
  for (int i = 0; i != 10; ++i)
    ch.send(i);
}
void ok_seed() {
  Channel<int> ch;
  std::jthread worker([&] {
    while (auto v = ch.receive())
      process(*v);
  });
  for (int i = 0; i != 10; ++i)
    ch.send(i);
  ch.close();
}

// ---- other shapes ----
void bad_drain(Channel<int> &from) {
  for (;;) {
    auto v = from.receive(); // warning: the loop ends when 'ch' is closed, but it is never closed
    if (!v)
      break;
    process(*v);
  }
}
void starts_drains() {
  Channel<int> ch;
  std::vector<std::jthread> workers;
  for (int i = 0; i != 4; ++i)
    workers.emplace_back([&ch] { bad_drain(ch); });
  for (int i = 0; i != 10; ++i)
    ch.send(i);
}
void bad_early_return() {
  ClosableQueue<int> queue;
  std::thread worker([&queue] {
    while (auto v = queue.pop()) // note: it receives here until the channel is closed
      process(*v);
  });
  if (!ready()) {
    worker.join();
    return; // warning: 'queue' is not closed on this path; the task that receives waits forever
  }
  queue.push(next());
  queue.close();
  worker.join();
}
void bad_shared() {
  auto queue = std::make_shared<ClosableQueue<int>>();
  std::thread([queue] {
    for (auto v = queue->pop(); v; v = queue->pop()) // warning: the loop ends when 'queue' is closed, but it is never closed; the task that receives waits forever
      process(*v);
  }).detach();
  queue->push(1);
}
struct bad_member { class Printer {
public:
  Printer()
      : worker_([this] { // note: the task is started here
          while (auto v = queue_.pop()) // warning: the loop ends when 'queue_' is closed, but it is never closed
            process(*v);
        }) {}
  ~Printer() { worker_.join(); }
  void add(int v) { queue_.push(v); }

private:
  ClosableQueue<int> queue_;
  std::thread worker_;
}; };

struct FN_shared_member { // what a task does with its own pointer
  class Printer {
  public:
    Printer()
        : queue_(std::make_shared<ClosableQueue<int>>(8)), worker_([q = queue_] {
            while (auto v = q->pop()) 
              process(*v);
          }) {}
    ~Printer() { worker_.join(); }

  private:
    std::shared_ptr<ClosableQueue<int>> queue_;
    std::thread worker_;
  };
};

// ---- silent ----
class ok_Member {
public:
  ok_Member()
      : worker_([this] {
          while (auto v = queue_.pop())
            process(*v);
        }) {}
  ~ok_Member() {
    queue_.close();
    worker_.join();
  }
  void add(int v) { queue_.push(v); }

private:
  ClosableQueue<int> queue_;
  std::thread worker_;
};
class ok_Handed {
public:
  ClosableQueue<int> &queue() { return queue_; } // whoever has it may close it
  ~ok_Handed() { worker_.join(); }

private:
  void run() {
    while (auto v = queue_.pop())
      process(*v);
  }
  ClosableQueue<int> queue_;
  std::thread worker_{[this] { run(); }};
};
void ok_sentinel() {
  Channel<int> ch;
  std::jthread worker([&] {
    while (auto v = ch.receive()) {
      if (*v < 0)
        return;
      process(*v);
    }
  });
  ch.send(1);
  ch.send(-1);
}
void ok_counted() {
  Channel<int> ch;
  std::jthread worker([&] {
    for (int i = 0; i != 10; ++i)
      if (auto v = ch.receive())
        process(*v);
  });
  for (int i = 0; i != 10; ++i)
    ch.send(i);
}
void ok_producer_closes() {
  Channel<int> ch;
  std::jthread worker([&] {
    while (auto v = ch.receive())
      process(*v);
  });
  std::jthread producer([&] {
    ch.send(next());
    ch.close();
  });
}
struct Closer {
  Channel<int> &ch;
  ~Closer() { ch.close(); }
};
void ok_guard() {
  Channel<int> ch;
  std::jthread worker([&] {
    while (auto v = ch.receive())
      process(*v);
  });
  Closer closes{ch};
  if (!ready())
    return;
  ch.send(1);
}
void finish(Channel<int> &ch) { ch.close(); }
void ok_helper_closes() {
  Channel<int> ch;
  std::jthread worker([&] { bad_drain(ch); });
  ch.send(1);
  finish(ch);
}
void ok_closed_in_a_turn(const std::vector<int> &all) {
  ClosableQueue<int> ch;
  std::jthread worker([&] {
    while (auto v = ch.pop())
      process(*v);
  });
  for (int v : all) {
    ch.push(v);
    if (v == 0) {
      ch.close();
      break;
    }
  }
}
void keep(Channel<int> &);
void ok_known_elsewhere() {
  Channel<int> ch;
  std::jthread worker([&] {
    while (auto v = ch.receive())
      process(*v);
  });
  keep(ch);
}
