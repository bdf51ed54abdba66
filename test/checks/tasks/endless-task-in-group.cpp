// RUN: %verify %s heddle-endless-task-in-group -- -std=c++20
// The seed's row (S12: a daemon in a group of requests).
#include "Inputs/event.h"
#include "Inputs/task_group.h"
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

void flush();
void processRequest(std::stop_token);
bool next(std::string &);
void handle(const std::string &);
bool ready();

// ---- S12 ----------------------------------------------------------------------------------------------------------------
void bad_S12(std::stop_token token) {
  TaskGroup group;
  group.run([token] { // warning: this task never returns on its own, but shares 'group' with tasks that do
    while (!token.stop_requested()) { // note: only a stop request ends this loop
      flush();
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  });
  group.run([token] { processRequest(token); }); // note: this task returns on its own
  group.wait();                                  // note: the group is waited for here, before the endless task is stopped
}
void bad_forever() {
  TaskGroup group;
  group.run([] { // warning: this task never returns on its own, but shares 'group' with tasks that do
    for (;;) {   // note: nothing ends this loop
      flush();
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  });
  group.run([] { handle("x"); });
  group.wait();
}
void bad_return_on_stop(std::stop_token token) {
  TaskGroup group;
  group.run([token] { // warning: this task never returns on its own, but shares 'group' with tasks that do
    while (true) {
      if (token.stop_requested())
        return;
      flush();
    }
  });
  group.run([] { handle("x"); });
  group.wait();
}
class Service {
public:
  void bad_run() {
    std::vector<std::thread> all;
    all.emplace_back([this] { ticker(); }); // warning: this task never returns on its own, but shares 'all' with tasks that do
    all.emplace_back([] { handle("x"); });
    for (auto &t : all)
      t.join();
  }
  void ok_run() {
    running_ = true;
    std::vector<std::thread> all;
    all.emplace_back([this] {
      while (running_)
        flush();
    });
    all.emplace_back([this] {
      handle("x");
      running_ = false;
    });
    for (auto &t : all)
      t.join();
  }

private:
  void ticker() {
    while (running_)
      flush();
  }
  std::atomic<bool> running_{true};
};
void bad_futures(std::atomic<bool> &running) {
  std::vector<std::future<void>> all;
  all.push_back(std::async(std::launch::async, [&running] { // warning: this task never returns on its own, but shares 'all' with tasks that do
    while (running)
      flush();
  }));
  all.push_back(std::async(std::launch::async, [] { handle("x"); }));
  for (auto &f : all)
    f.get();
}

// ---- correct code that looks similar ----------------------------------------------------------------------------------------
void ok_stopped_before_the_wait() {
  std::stop_source stop;
  TaskGroup group;
  group.run([token = stop.get_token()] {
    while (!token.stop_requested())
      flush();
  });
  group.run([] { handle("x"); });
  handle("y");
  stop.request_stop();
  group.wait();
}
void ok_a_task_stops_it() {
  std::stop_source stop;
  TaskGroup group;
  group.run([token = stop.get_token()] {
    while (!token.stop_requested())
      flush();
  });
  group.run([&stop] {
    handle("x");
    stop.request_stop();
  });
  group.wait();
}
void ok_groups_of_their_own(std::stop_token token) {
  std::jthread daemon([](std::stop_token own) {
    while (!own.stop_requested())
      flush();
  });
  TaskGroup group;
  group.run([token] { processRequest(token); });
  group.run([] { handle("x"); });
  group.wait();
}
void ok_all_are_daemons(std::stop_token token) {
  TaskGroup group;
  for (int i = 0; i < 2; ++i)
    group.run([token] {
      while (!token.stop_requested())
        flush();
    });
  group.wait();
}
void ok_ends_with_its_input(std::stop_token token) {
  TaskGroup group;
  group.run([] {
    std::string item;
    while (next(item))
      handle(item);
  });
  group.run([token] { processRequest(token); });
  group.wait();
}
void ok_breaks(std::stop_token token) {
  TaskGroup group;
  group.run([token] {
    for (;;) {
      if (ready())
        break;
      flush();
    }
  });
  group.run([] { handle("x"); });
  group.wait();
}
void ok_counted() {
  TaskGroup group;
  group.run([] {
    for (int i = 0; i < 10; ++i)
      flush();
  });
  group.run([] { handle("x"); });
  group.wait();
}
void ok_throws_in_the_end() {
  TaskGroup group;
  group.run([] {
    while (true) {
      if (!ready())
        throw 1;
      flush();
    }
  });
  group.run([] { handle("x"); });
  group.wait();
}
void ok_flag_is_cleared() {
  std::atomic<bool> running{true};
  TaskGroup group;
  group.run([&] {
    while (running)
      flush();
  });
  group.run([] { handle("x"); });
  handle("y");
  running = false;
  group.wait();
}

// The daemon waits for a sign between its turns, and a helper starts it.
class Race {
public:
  void signAfterTheWait() {
    bad_startClock();
    group_.run([] { flush(); });
    group_.wait();
    over_.set();
  }
  void ok_sign_before_the_wait() {
    group_.run([this] {
      while (!over_.wait_for(std::chrono::milliseconds(100)))
        flush();
    });
    group_.run([] { flush(); });
    over_.set();
    group_.wait();
  }
  void bad_own_condition() {
    group_.run([this] { // warning: this task never returns on its own, but shares 'group_' with tasks that do
      std::unique_lock lock(mutex_);
      while (!changed_.wait_for(lock, std::chrono::milliseconds(100), [this] { return done_; }))
        flush();
    });
    group_.run([] { flush(); });
    group_.wait();
    done_ = true;
  }
  void ok_own_condition() {
    group_.run([this] {
      std::unique_lock lock(mutex_);
      while (!changed_.wait_for(lock, std::chrono::milliseconds(100), [this] { return done_; }))
        flush();
    });
    group_.run([] { flush(); });
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    group_.wait();
  }

private:
  void bad_startClock() {
    group_.run([this] { tick(); }); // warning: this task never returns on its own, but shares 'group_' with tasks that do
  }
  void tick() {
    while (!over_.wait_for(std::chrono::milliseconds(100)))
      flush();
  }
  Event over_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  TaskGroup group_;
};

/// What it looks at it is given.
struct Ticker {
  std::atomic<bool> *over;
  void operator()() const {
    while (!over->load())
      flush();
  }
};
void bad_functor() {
  TaskGroup group;
  std::atomic<bool> over{false};
  group.run(Ticker{&over}); // warning: this task never returns on its own, but shares 'group' with tasks that do
  group.run([] { flush(); });
  group.wait();
}
void ok_functor_is_told() {
  TaskGroup group;
  std::atomic<bool> over{false};
  group.run(Ticker{&over});
  group.run([] { flush(); });
  over.store(true);
  group.wait();
}

// ---- members that add, and members that wait ------------------------------------------------------------------------
struct Tile {
  int x = 0;
};
void draw(const Tile &);

class Farm {
public:
  void perform() {
    bad_engage();
    gather();
  }
  void ok_perform() {
    bad_engage();
    over_ = true;
    gather();
  }
  void ok_work_only() {
    crew_.run([this] { takeAll(); });
    gather();
  }

private:
  void bad_engage() {
    crew_.run([this] { beat(); }); // warning: this task never returns on its own, but shares 'crew_' with tasks that do
    crew_.run([this] { takeAll(); });
  }
  void gather() { crew_.wait(); }
  void beat() {
    while (!over_) {
      flush();
      std::this_thread::sleep_for(std::chrono::seconds(5));
    }
  }
  bool take(Tile &tile) {
    std::lock_guard lock(mutex_);
    if (tiles_.empty())
      return false;
    tile = tiles_.back();
    tiles_.pop_back();
    return true;
  }
  void takeAll() { // ends with the tiles: nothing in the loop waits for more
    Tile tile;
    while (take(tile))
      draw(tile);
  }

  std::atomic<bool> over_{false};
  std::mutex mutex_;
  std::vector<Tile> tiles_;
  TaskGroup crew_;
};

/// Both serve until they are stopped.
class Server {
public:
  void ok_serve() {
    crew_.run([this] { beat(); });
    crew_.run([this] { work(); });
    crew_.wait();
  }

private:
  void beat() {
    for (;;)
      flush();
  }
  bool take(Tile &tile) {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [this] { return over_ || !tiles_.empty(); });
    if (tiles_.empty())
      return false;
    tile = tiles_.back();
    tiles_.pop_back();
    return true;
  }
  void work() {
    Tile tile;
    while (take(tile))
      draw(tile);
  }

  bool over_ = false;
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<Tile> tiles_;
  TaskGroup crew_;
};
void ok_reads_what_comes() { // whether next() waits nobody sees
  TaskGroup group;
  group.run([] {
    for (;;)
      flush();
  });
  group.run([] {
    std::string item;
    while (next(item))
      handle(item);
  });
  group.wait();
}

// ---- questions for a stop that are written by hand ------------------------------------------------------------------
class Pump {
public:
  bool stopped() const {
    std::lock_guard lock(mutex_);
    return stop_;
  }
  void stop() {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  void bad_run() {
    TaskGroup group;
    group.run([this] { // warning: this task never returns on its own, but shares 'group' with tasks that do
      while (!stopped())
        flush();
    });
    group.run([] { handle("x"); });
    group.wait();
  }
  void bad_set_before_the_start() {
    stop_ = false;
    TaskGroup group;
    group.run([this] { // warning: this task never returns on its own, but shares 'group' with tasks that do
      while (!stopped())
        flush();
    });
    group.run([] { handle("x"); });
    group.wait();
  }
  void ok_run() {
    TaskGroup group;
    group.run([this] {
      while (!stopped())
        flush();
    });
    group.run([this] {
      handle("x");
      stop_ = true;
    });
    group.wait();
  }

private:
  mutable std::mutex mutex_;
  bool stop_ = false;
};
void bad_drains_after_the_stop(std::stop_token token, std::vector<int> &queue) {
  TaskGroup group;
  group.run([&queue, token] { // warning: this task never returns on its own, but shares 'group' with tasks that do
    while (!token.stop_requested() || !queue.empty())
      flush();
  });
  group.run([] { handle("x"); });
  group.wait();
}
enum class Phase { running, ended };
void bad_phase(std::atomic<Phase> &phase) {
  TaskGroup group;
  group.run([&phase] { // warning: this task never returns on its own, but shares 'group' with tasks that do
    while (phase == Phase::running)
      flush();
  });
  group.run([] { handle("x"); });
  group.wait();
}
void ok_until_the_queue_is_empty(std::stop_token token, std::vector<int> &queue) {
  TaskGroup group;
  group.run([&queue, token] {
    while (!token.stop_requested() && !queue.empty())
      queue.pop_back();
  });
  group.run([] { handle("x"); });
  group.wait();
}
void ok_address_is_given_away(std::atomic<bool> &over, void (*raiseLater)(std::atomic<bool> *)) {
  TaskGroup group;
  group.run([&over] {
    while (!over)
      flush();
  });
  raiseLater(&over);
  group.run([] { handle("x"); });
  group.wait();
}
void ok_the_stop_is_a_copy(bool over) { // nobody else sees it
  TaskGroup group;
  group.run([over]() mutable {
    while (!over)
      over = ready();
  });
  group.run([] { handle("x"); });
  group.wait();
}
