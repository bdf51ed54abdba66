// RUN: %verify %s heddle-spawn-after-wait -- -std=c++20
// The seed's row (F9): a single-use group in two waves; latches, and hand-written groups.
#include "Inputs/one_shot_group.h"
#include "Inputs/task_group.h"
#include <barrier>
#include <condition_variable>
#include <functional>
#include <latch>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct User {
  std::string id;
};
void fetch(const std::string &id);
bool ready();

/// Its wait ends what the tasks look at: a second wave would be cancelled from the start.
class ErrGroup {
public:
  ~ErrGroup() { wait(); }
  template <class F> void go(F task) {
    threads_.emplace_back([task = std::move(task), token = stop_.get_token()]() mutable { task(token); });
  }
  void wait() {
    for (std::thread &t : threads_)
      t.join();
    threads_.clear();
    stop_.request_stop();
  }

private:
  std::stop_source stop_;
  std::vector<std::thread> threads_;
};

// ---- F9 -----------------------------------------------------------------------------------------------------------------
void bad_F9_fetchAll(const std::vector<std::string> &ids) {
  OneShotGroup group;
  group.run([&] { fetch(ids[0]); });
  group.wait(); // note: 'group' is waited for here
  for (std::size_t i = 1; i < ids.size(); ++i)
    group.run([&ids, i] { fetch(ids[i]); }); // warning: 'group' is single-use, and its wait is over
  group.wait();
}
void bad_F9_cancelled(const std::vector<std::string> &ids) {
  ErrGroup group;
  group.go([&](std::stop_token) { fetch(ids[0]); });
  group.wait();
  group.go([&](std::stop_token) { fetch(ids[1]); }); // warning: 'group' is single-use, and its wait is over
  group.wait();
}
void ok_F9_all_first(const std::vector<std::string> &ids) {
  OneShotGroup group;
  for (const std::string &id : ids)
    group.run([&id] { fetch(id); });
  group.wait();
}
void ok_F9_group_per_wave(const std::vector<std::vector<std::string>> &waves) {
  for (const auto &ids : waves) {
    OneShotGroup group;
    for (const std::string &id : ids)
      group.run([&id] { fetch(id); });
    group.wait();
  }
}
void bad_wait_in_the_loop(const std::vector<std::string> &ids) {
  OneShotGroup group;
  for (const std::string &id : ids) {
    group.run([&id] { fetch(id); }); // warning: 'group' is single-use, and its wait is over
    group.wait();
  }
}
void startAll(OneShotGroup &group, const std::vector<std::string> &ids) {
  for (const std::string &id : ids)
    group.run([&id] { fetch(id); });
}
void bad_through_helpers(const std::vector<std::string> &ids) {
  OneShotGroup group;
  startAll(group, ids);
  group.wait();
  startAll(group, ids); // warning: 'group' is single-use, and its wait is over
}

// ---- latches ------------------------------------------------------------------------------------------------------------
void bad_second_wave(int n) {
  std::latch done(n);
  std::vector<std::jthread> workers;
  for (int i = 0; i < n; ++i)
    workers.emplace_back([&done] { done.count_down(); });
  done.wait(); // note: 'done' is waited for here
  for (int i = 0; i < n; ++i)
    workers.emplace_back([&done] { done.count_down(); }); // warning: 'done' is single-use, and its count was already waited for
  done.wait();
}
void bad_phases(std::latch &phase, int n) {
  for (int i = 0; i < n; ++i) {
    fetch("x");
    phase.arrive_and_wait(); // warning: 'phase' is single-use, and its count was already waited for
  }
}
class Step {
public:
  void bad_run() {
    start_.wait();
    start_.count_down(); // warning: 'start_' is single-use, and its count was already waited for
  }
  void ok_run() {
    start_.count_down();
    start_.wait();
  }

private:
  std::latch start_{2};
};
void ok_barrier(std::barrier<> &phase, int n) {
  for (int i = 0; i < n; ++i) {
    fetch("x");
    phase.arrive_and_wait();
  }
}
void ok_latch_per_wave(int waves, int n) {
  std::vector<std::jthread> workers;
  for (int w = 0; w < waves; ++w) {
    std::latch done(n);
    for (int i = 0; i < n; ++i)
      workers.emplace_back([&done] { done.count_down(); });
    done.wait();
  }
}
void ok_waited_twice(std::latch &done) {
  done.wait();
  done.wait();
}
void ok_gate_and_done(std::latch &gate, std::latch &done) {
  gate.wait();
  fetch("x");
  done.count_down();
}

// ---- correct code that looks similar ----------------------------------------------------------------------------------------
void ok_reusable(const std::vector<std::vector<std::string>> &waves) {
  TaskGroup crew;
  for (const auto &ids : waves) {
    for (const std::string &id : ids)
      crew.run([&id] { fetch(id); });
    crew.wait();
  }
}
void ok_either(const std::vector<std::string> &ids) {
  OneShotGroup group;
  if (ready()) {
    group.wait();
    return;
  }
  group.run([&] { fetch(ids[0]); });
  group.wait();
}
void ok_another(const std::vector<std::string> &ids) {
  OneShotGroup first, second;
  first.run([&] { fetch(ids[0]); });
  first.wait();
  second.run([&] { fetch(ids[1]); });
  second.wait();
}

/// Its workers are made once; waiting for them ends them.
class Kitchen {
public:
  explicit Kitchen(int cooks) {
    for (int i = 0; i < cooks; ++i)
      cooks_.emplace_back([this] { cook(); });
  }
  ~Kitchen() { close(); }
  void order(std::function<void()> dish) {
    std::lock_guard lock(mutex_);
    dishes_.push_back(std::move(dish));
    bell_.notify_one();
  }
  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    bell_.notify_all();
    for (std::thread &c : cooks_)
      if (c.joinable())
        c.join();
  }

private:
  void cook() {
    std::unique_lock lock(mutex_);
    while (true) {
      bell_.wait(lock, [this] { return closed_ || !dishes_.empty(); });
      if (dishes_.empty())
        return;
      auto dish = std::move(dishes_.back());
      dishes_.pop_back();
      lock.unlock();
      dish();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable bell_;
  std::vector<std::function<void()>> dishes_;
  bool closed_ = false;
  std::vector<std::thread> cooks_;
};

void bad_order_after_closing() {
  Kitchen kitchen(2);
  kitchen.order([] { fetch("soup"); });
  kitchen.close(); // note: 'kitchen' is waited for here
  kitchen.order([] { fetch("cake"); }); // warning: 'kitchen' is single-use, and its wait is over
}
void ok_a_kitchen_for_each_meal() {
  for (const char *meal : {"lunch", "dinner"}) {
    Kitchen kitchen(2);
    kitchen.order([meal] { fetch(meal); });
    kitchen.close();
  }
}

/// Makes new workers when it is opened again.
class Shifts {
public:
  ~Shifts() { close(); }
  void open() {
    closed_ = false;
    for (int i = 0; i < 2; ++i)
      workers_.emplace_back([this] { work(); });
  }
  void order(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    bell_.notify_one();
  }
  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    bell_.notify_all();
    for (std::thread &w : workers_)
      w.join();
    workers_.clear();
  }

private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      bell_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
      if (jobs_.empty())
        return;
      auto job = std::move(jobs_.back());
      jobs_.pop_back();
      lock.unlock();
      job();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable bell_;
  std::vector<std::function<void()>> jobs_;
  bool closed_ = false;
  std::vector<std::thread> workers_;
};
void ok_opened_again() {
  Shifts shifts;
  shifts.open();
  shifts.order([] { fetch("a"); });
  shifts.close();
  shifts.open();
  shifts.order([] { fetch("b"); });
  shifts.close();
}

// What a helper is given has a part that serves once.
struct Round {
  std::latch done{2};
  int hits = 0;
};
class Match {
public:
  void bad_one_round_for_all(int rounds) {
    Round round;
    for (int i = 0; i < rounds; ++i)
      play(round); // warning: 'round.done' is single-use, and its count was already waited for
  }
  void ok_its_own_round(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      Round round;
      play(round);
    }
  }

private:
  void play(Round &round) {
    for (const char *player : {"a", "b"})
      pool_.push_back(std::jthread([this, &round, player] { shoot(round, player); }));
    round.done.wait();
  }
  void shoot(Round &round, const char *player) noexcept {
    fetch(player);
    if (++shots_ > 10) // both ways lead to the count: nobody is chosen here
      fetch("late");
    round.done.count_down();
  }
  int shots_ = 0;
  std::vector<std::jthread> pool_;
};

// The task that comes last is the only one that counts: a winner is chosen.
class Last {
public:
  void ok_one_winner() {
    std::latch all(1);
    submit(all);
    all.wait();
    submit(all);
  }

private:
  void submit(std::latch &all) {
    pool_.push_back(std::jthread([this, &all] {
      bool first = false;
      {
        std::lock_guard lock(mutex_);
        if (!done_) {
          done_ = true;
          first = true;
        }
      }
      if (first)
        all.count_down();
    }));
  }
  std::mutex mutex_;
  bool done_ = false;
  std::vector<std::jthread> pool_;
};

// A member that counts down and waits is called again.
bool nextFrame();
class Tiles {
public:
  void play() {
    while (nextFrame())
      bad_frame();
  }
  void playOnce() { ok_frame(); }

private:
  void bad_frame() {
    std::vector<std::jthread> tiles;
    for (int i = 0; i < 4; ++i)
      tiles.emplace_back([this] { // warning: 'done_' is single-use, and its count was already waited for
        done_.count_down();
      });
    done_.wait();
  }
  void ok_frame() {
    std::jthread tile([this] { once_.count_down(); });
    once_.wait();
  }
  std::latch done_{4}, once_{1};
};
