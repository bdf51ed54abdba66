// RUN: %verify %s heddle-multiple-closers -- -std=c++20
// The seeds' rows: each of the tasks closes the channel (P9), a reader closes it (L7).
#include "Inputs/channel.h"
#include "Inputs/closable_queue.h"
#include <atomic>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

int next();
void process(int);

/// Tells the senders that it was closed; may be closed again.
class Belt {
public:
  bool push(int item) {
    std::lock_guard lock(mutex_);
    if (closed_)
      return false;
    items_.push_back(item);
    moved_.notify_one();
    return true;
  }
  std::optional<int> pop() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] { return closed_ || !items_.empty(); });
    if (items_.empty())
      return std::nullopt;
    int item = items_.front();
    items_.pop_front();
    return item;
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    moved_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::deque<int> items_;
  bool closed_ = false;
};

// ---- the seeds ----
void bad_each_closes() {
  ClosableQueue<int> ch(5);
  std::vector<std::jthread> tasks;
  for (int i = 0; i != 5; ++i)
    tasks.emplace_back([&ch, i] { // note: the tasks are started here
      ch.push(i);
      ch.close(); // warning: each of the tasks that are started there closes 'ch'; the second close throws or terminates the program; close it once, when all senders have ended
    });
}
void ok_last_closes() {
  ClosableQueue<int> ch(5);
  std::atomic<int> left{5};
  std::vector<std::jthread> tasks;
  for (int i = 0; i != 5; ++i)
    tasks.emplace_back([&ch, &left, i] {
      ch.push(i);
      if (left.fetch_sub(1) == 1)
        ch.close();
    });
}
class bad_Reader {
public:
  void start(int readers) {
    for (int i = 0; i != readers; ++i)
      readers_.emplace_back([this](std::stop_token stop) { run(stop); }); // note: the tasks are started here
  }

private:
  void run(std::stop_token stop) {
    for (;;) {
      if (stop.stop_requested()) {
        in_.close(); // warning: each of the tasks that are started there closes 'in_'; the second close throws or terminates the program
        return;
      }
      in_.push(next());
    }
  }
  ClosableQueue<int> in_;
  std::vector<std::jthread> readers_;
};
class ok_Reader {
public:
  void start() {
    reader_ = std::jthread([this](std::stop_token stop) { run(stop); });
  }

private:
  void run(std::stop_token stop) {
    for (;;) {
      if (stop.stop_requested()) {
        in_.close();
        return;
      }
      in_.push(next());
    }
  }
  ClosableQueue<int> in_;
  std::jthread reader_;
};
class ok_Once {
public:
  void start(int readers) {
    for (int i = 0; i != readers; ++i)
      readers_.emplace_back([this](std::stop_token stop) { run(stop); });
  }

private:
  void run(std::stop_token stop) {
    while (!stop.stop_requested())
      in_.push(next());
    std::call_once(once_, [this] { in_.close(); });
  }
  ClosableQueue<int> in_;
  std::once_flag once_;
  std::vector<std::jthread> readers_;
};

// ---- other shapes ----
void bad_lost() {
  Channel<int> ch;
  std::vector<std::thread> tasks;
  for (int i = 0; i != 5; ++i)
    tasks.emplace_back([&ch, i] {
      ch.send(i);
      ch.close(); // warning: each of the tasks that are started there closes 'ch'; after the first, items of the others are lost
    });
  for (std::thread &t : tasks)
    t.join();
}
void bad_one_of_two() {
  ClosableQueue<int> ch(5);
  std::jthread a([&ch] {
    for (int i = 0; i != 3; ++i)
      ch.push(i);
    ch.close(); // warning: one of several senders closes 'ch' without waiting for the others; after that the sends of the others throw or terminate the program
  });
  std::jthread b([&ch] {
    for (int i = 0; i != 3; ++i)
      ch.push(i);
  });
}
void bad_receiver_closes() {
  ClosableQueue<int> ch(5);
  std::jthread a([&ch] {
    while (auto v = ch.pop())
      if (*v < 0)
        break;
    ch.close(); // warning: a task that does not send closes 'ch'
  });
  std::jthread b([&ch] {
    for (int i = 0; i != 3; ++i)
      ch.push(i);
  });
}
void bad_twice(ClosableQueue<int> &ch, bool failed) {
  if (failed)
    ch.close(); // note: 'ch' is closed here first
  ch.close();   // warning: 'ch' is closed a second time on this path; the second close throws or terminates the program
}

// ---- the others learn of it, and still have to send ----
void bad_two_of_one_lambda() {
  Belt belt;
  const auto unload = [&belt](int crates) {
    while (crates-- > 0)
      if (!belt.push(next()))
        break;
    belt.close(); // warning: one of several senders closes 'belt' without waiting for the others; after that the others end, whatever they still have to send; close it once, when all senders have ended
  };
  std::thread west(unload, 1);
  std::thread east(unload, 2);
  west.join();
  east.join();
}
void bad_many() {
  Belt belt;
  std::vector<std::jthread> tasks;
  for (int i = 0; i != 3; ++i)
    tasks.emplace_back([&belt] {
      for (int n = next(); n; n = next())
        if (!belt.push(n))
          return;
      belt.close(); // warning: each of the tasks that are started there closes 'belt'; after the first, the others end, whatever they still have to send
    });
}
class bad_Merge {
public:
  void start(int readers) {
    for (int i = 0; i != readers; ++i)
      readers_.emplace_back([this] { run(); });
  }

private:
  void run() {
    while (int n = next())
      if (!belt_.push(n))
        break;
    belt_.close(); // warning: each of the tasks that are started there closes 'belt_'; after the first, the others end
  }
  Belt belt_;
  std::vector<std::jthread> readers_;
};
void ok_first_answer_wins() {
  Belt belt;
  std::vector<std::jthread> tasks;
  for (int i = 0; i != 3; ++i)
    tasks.emplace_back([&belt] {
      if (belt.push(next()))
        belt.close();
    });
}
void ok_first_of_all_ends_it() { // each has but one to send
  Belt belt;
  const auto ask = [&belt] {
    if (!belt.push(next()))
      return;
    belt.close();
  };
  std::thread west(ask);
  std::thread east(ask);
  west.join();
  east.join();
}
void ok_closed_behind_the_joins() {
  Belt belt;
  const auto unload = [&belt](int crates) {
    while (crates-- > 0)
      if (!belt.push(next()))
        break;
  };
  std::thread west(unload, 1);
  std::thread east(unload, 2);
  west.join();
  east.join();
  belt.close();
}

// ---- silent ----
void ok_idempotent_twice(Channel<int> &ch, bool failed) {
  if (failed)
    ch.close();
  ch.close();
}
void ok_returns(ClosableQueue<int> &ch, bool failed) {
  if (failed) {
    ch.close();
    return;
  }
  ch.close();
}
void ok_closer_joins() {
  ClosableQueue<int> ch(5);
  std::vector<std::thread> producers;
  for (int i = 0; i != 3; ++i)
    producers.emplace_back([&ch, i] { ch.push(i); });
  std::jthread closer([&] {
    for (std::thread &t : producers)
      t.join();
    ch.close();
  });
  while (auto v = ch.pop())
    process(*v);
}
void ok_receiver_says_enough() {
  ClosableQueue<int> ch(5);
  std::jthread a([&ch] {
    while (auto v = ch.pop())
      if (*v < 0)
        break;
    ch.close();
  });
  std::jthread b([&ch] {
    for (int i = 0; i != 3; ++i)
      if (!ch.offer(i))
        return;
  });
}
void ok_each_its_own() {
  std::vector<std::jthread> tasks;
  for (int i = 0; i != 5; ++i) {
    auto ch = std::make_shared<ClosableQueue<int>>(1);
    tasks.emplace_back([ch, i] {
      ch->push(i);
      ch->close();
    });
  }
}

// ---- started elsewhere, closed by a guard ----
class FN_Shared { // its run() is taken for the channel's own operation
public:
  void run(std::stop_token stop) {
    while (true) {
      if (stop.stop_requested()) {
        lines_.close();
        return;
      }
      lines_.push(next());
    }
  }

private:
  ClosableQueue<int> lines_;
};
void starts(FN_Shared &shared, std::vector<std::jthread> &all) {
  for (int i = 0; i != 2; ++i)
    all.emplace_back([&shared](std::stop_token stop) { shared.run(stop); });
}
class ok_Own {
public:
  void run() {
    lines_.push(next());
    lines_.close();
  }

private:
  ClosableQueue<int> lines_;
};
void starts_each_its_own(std::vector<std::jthread> &all) {
  for (int i = 0; i != 2; ++i) {
    auto own = std::make_shared<ok_Own>();
    all.emplace_back([own] { own->run(); });
  }
}
struct Closes {
  ClosableQueue<int> &channel;
  ~Closes() { channel.close(); } // warning: each of the tasks that are started there closes 'ch'
};
void starts_with_guard() {
  ClosableQueue<int> ch(5);
  std::vector<std::jthread> tasks;
  for (int i = 0; i != 5; ++i)
    tasks.emplace_back([&ch, i] {
      Closes guard{ch};
      ch.push(i);
    });
}
void ok_send_loop_is_another_checks(const std::vector<int> &all) {
  ClosableQueue<int> ch(5);
  for (int i : all) {
    ch.push(i);
    if (i == 0)
      ch.close();
  }
}
