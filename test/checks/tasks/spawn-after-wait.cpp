// RUN: %verify %s heddle-spawn-after-wait -- -std=c++20
// The seed's row (F9): a group that serves once, in two waves; latches, and groups written by hand.
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

/// Closed for good by its wait.
class TaskGroup {
public:
  ~TaskGroup() { wait(); }
  template <class F> bool run(F task) {
    std::lock_guard lock(mutex_);
    if (closed_)
      return false;
    threads_.emplace_back(std::move(task));
    return true;
  }
  void wait() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    for (std::thread &t : threads_)
      if (t.joinable())
        t.join();
  }

private:
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

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

/// Serves as often as one likes.
class Crew {
public:
  ~Crew() { wait(); }
  template <class F> void run(F task) { threads_.emplace_back(std::move(task)); }
  void wait() {
    for (std::thread &t : threads_)
      t.join();
    threads_.clear();
  }

private:
  std::vector<std::thread> threads_;
};

// ---- F9 -----------------------------------------------------------------------------------------------------------------
void bad_F9_fetchAll(const std::vector<std::string> &ids) {
  TaskGroup group;
  group.run([&] { fetch(ids[0]); });
  group.wait(); // note: 'group' is waited for here
  for (std::size_t i = 1; i < ids.size(); ++i)
    group.run([&ids, i] { fetch(ids[i]); }); // warning: 'group' serves once, and its wait is over
  group.wait();
}
void bad_F9_cancelled(const std::vector<std::string> &ids) {
  ErrGroup group;
  group.go([&](std::stop_token) { fetch(ids[0]); });
  group.wait();
  group.go([&](std::stop_token) { fetch(ids[1]); }); // warning: 'group' serves once
  group.wait();
}
void ok_F9_all_first(const std::vector<std::string> &ids) {
  TaskGroup group;
  for (const std::string &id : ids)
    group.run([&id] { fetch(id); });
  group.wait();
}
void ok_F9_group_per_wave(const std::vector<std::vector<std::string>> &waves) {
  for (const auto &ids : waves) {
    TaskGroup group;
    for (const std::string &id : ids)
      group.run([&id] { fetch(id); });
    group.wait();
  }
}
void bad_wait_in_the_loop(const std::vector<std::string> &ids) {
  TaskGroup group;
  for (const std::string &id : ids) {
    group.run([&id] { fetch(id); }); // warning: 'group' serves once
    group.wait();
  }
}
void startAll(TaskGroup &group, const std::vector<std::string> &ids) {
  for (const std::string &id : ids)
    group.run([&id] { fetch(id); });
}
void bad_through_helpers(const std::vector<std::string> &ids) {
  TaskGroup group;
  startAll(group, ids);
  group.wait();
  startAll(group, ids); // warning: 'group' serves once
}

// ---- latches ------------------------------------------------------------------------------------------------------------
void bad_second_wave(int n) {
  std::latch done(n);
  std::vector<std::jthread> workers;
  for (int i = 0; i < n; ++i)
    workers.emplace_back([&done] { done.count_down(); });
  done.wait(); // note: 'done' is waited for here
  for (int i = 0; i < n; ++i)
    workers.emplace_back([&done] { done.count_down(); }); // warning: 'done' serves once, and its count was waited for already
  done.wait();
}
void bad_phases(std::latch &phase, int n) {
  for (int i = 0; i < n; ++i) {
    fetch("x");
    phase.arrive_and_wait(); // warning: 'phase' serves once
  }
}
class Step {
public:
  void bad_run() {
    start_.wait();
    start_.count_down(); // warning: 'start_' serves once
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
  Crew crew;
  for (const auto &ids : waves) {
    for (const std::string &id : ids)
      crew.run([&id] { fetch(id); });
    crew.wait();
  }
}
void ok_either(const std::vector<std::string> &ids) {
  TaskGroup group;
  if (ready()) {
    group.wait();
    return;
  }
  group.run([&] { fetch(ids[0]); });
  group.wait();
}
void ok_another(const std::vector<std::string> &ids) {
  TaskGroup first, second;
  first.run([&] { fetch(ids[0]); });
  first.wait();
  second.run([&] { fetch(ids[1]); });
  second.wait();
}
