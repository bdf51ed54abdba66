// RUN: %verify %s heddle-excessive-concurrency-limit -- -std=c++20
// The seed's row (F8), with hand-written groups and pools.
#include "Inputs/limited_task_group.h"
#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <utility>
#include <vector>

void process(const std::string &);

class Pool {
public:
  explicit Pool(std::size_t threads, std::size_t queue = 5000) : room_(queue) {
    for (std::size_t i = 0; i < threads; ++i)
      threads_.emplace_back([this] { run(); });
  }
  void submit(std::function<void()> task) {
    std::lock_guard lock(mutex_);
    tasks_.push(std::move(task));
    some_.notify_one();
  }

private:
  void run();
  std::size_t room_;
  std::mutex mutex_;
  std::condition_variable some_;
  std::queue<std::function<void()>> tasks_;
  std::vector<std::jthread> threads_;
};

constexpr int kTooMany = 10'000;

// ---- F8 -----------------------------------------------------------------------------------------------------------------
void bad_F8_processAll(const std::vector<std::string> &items) {
  LimitedTaskGroup group;
  group.setLimit(10'000); // warning: up to 10000 tasks run at once
  for (const std::string &item : items)
    group.go([&item] { process(item); });
}
void bad_named_constant(LimitedTaskGroup &group) {
  group.setLimit(kTooMany); // warning: up to 10000 tasks run at once
}
void bad_pool() {
  Pool pool(4096); // warning: up to 4096 threads run at once
  pool.submit([] {});
}
void bad_pool_of_the_input(const std::vector<std::string> &items) {
  Pool pool(items.size()); // warning: as many threads are started as the input has elements
  for (const std::string &item : items)
    pool.submit([&item] { process(item); });
}
class bad_Service {
  Pool pool_{2000}; // a default member initialiser
public:
  bad_Service() : pool_(3000) {} // warning: up to 3000 threads run at once
};

void ok_F8_matched(const std::vector<std::string> &items) {
  LimitedTaskGroup group;
  group.setLimit(32);
  for (const std::string &item : items)
    group.go([&item] { process(item); });
}
void ok_pool() { Pool pool(8, 100'000); }
void ok_cores() { Pool pool(std::thread::hardware_concurrency()); }
void ok_at_most_eight(const std::vector<std::string> &items) { Pool pool(std::min<std::size_t>(items.size(), 8)); }
void ok_configured(std::size_t n) { Pool pool(n); }
void ok_own_list() {
  std::vector<std::string> names{"a", "b"};
  Pool pool(names.size());
}
struct Buffer {
  explicit Buffer(std::size_t n);
};
void ok_no_threads(const std::vector<std::string> &items) {
  Buffer small(1 << 20);
  Buffer all(items.size());
}
void ok_bound(LimitedTaskGroup &group) { group.setLimit(1024); }

/// Starts its threads when there is work; the number is kept until then.
class Rowers {
public:
  explicit Rowers(unsigned oars = 6) : oars_(oars) {}
  void row() {
    std::vector<std::thread> all;
    for (unsigned i = 0; i < oars_; ++i)
      all.emplace_back([] { process("stroke"); });
    for (std::thread &t : all)
      t.join();
  }

private:
  const unsigned oars_;
};
/// Waits for room before it starts one more.
class Ferry {
public:
  explicit Ferry(std::size_t seats) : seats_(seats) {}
  ~Ferry() { land(); }
  void board(std::function<void()> task) {
    std::unique_lock lock(mutex_);
    while (aboard_ == seats_)
      left_.wait(lock);
    ++aboard_;
    threads_.emplace_back([this, task = std::move(task)] {
      task();
      std::lock_guard lock(mutex_);
      --aboard_;
      left_.notify_one();
    });
  }
  void land() {
    for (std::thread &t : threads_)
      t.join();
    threads_.clear();
  }

private:
  const std::size_t seats_;
  std::size_t aboard_ = 0;
  std::mutex mutex_;
  std::condition_variable left_;
  std::vector<std::thread> threads_;
};

struct Plan {
  std::vector<std::string> stops;
};
struct Tuning {
  std::size_t seats = 40 * 1000; // note: this is the default
  std::size_t oars = 8;
  std::size_t fixed = 40 * 1000;
};
unsigned stopsOf(const Plan &plan) { return plan.stops.size(); }
unsigned coresOf(const Plan &) { return std::thread::hardware_concurrency(); }

void bad_kept_number(const Plan &plan) {
  Rowers rowers(plan.stops.size()); // warning: as many threads are started as the input has elements
  rowers.row();
}
void bad_helper_and_larger_one(const Plan &plan) {
  const unsigned n = std::max(stopsOf(plan), 2u);
  auto rowers = std::make_unique<Rowers>(n); // warning: as many threads are started as the input has elements
  rowers->row();
}
void bad_option_left_alone(const Tuning &tuning) {
  Ferry ferry(tuning.seats); // warning: up to 40000 threads run at once
  ferry.land();
}
void bad_loop() {
  std::vector<std::thread> all;
  for (int i = 0; i < 5000; ++i) // warning: up to 5000 threads run at once
    all.emplace_back([] { process("x"); });
  for (std::thread &t : all)
    t.join();
}
void ok_bounded(const Plan &plan) {
  Rowers rowers(std::min<unsigned>(plan.stops.size(), 8));
  rowers.row();
}
void ok_cores(const Plan &plan) {
  auto rowers = std::make_unique<Rowers>(coresOf(plan));
  rowers->row();
}
void ok_option(const Tuning &tuning) {
  Rowers rowers(tuning.oars);
  rowers.row();
}
void ok_option_that_is_set() {
  Tuning tuning;
  tuning.fixed = 4;
  Ferry ferry(tuning.fixed);
  ferry.land();
}
std::vector<std::string> divide(int parts);
void ok_divided_into_so_many() {
  auto parts = divide(4);
  Rowers rowers(parts.size());
  rowers.row();
}
void ok_few_in_a_loop() {
  std::vector<std::thread> all;
  for (int i = 0; i < 50; ++i)
    all.emplace_back([] { process("x"); });
  for (std::thread &t : all)
    t.join();
}

// ---- as many as the object was given ----
class Verifier {
public:
  explicit Verifier(std::vector<std::string> files) : files_(std::move(files)) {}
  void bad_one_for_each() {
    Pool pool(files_.size()); // warning: as many threads are started as the input has elements
    for (const std::string &f : files_)
      pool.submit([&f] { process(f); });
  }
  void bad_in_a_helper() {
    Pool pool(workers()); // warning: as many threads are started as the input has elements
    for (const std::string &f : files_)
      pool.submit([&f] { process(f); });
  }
  void ok_clamped() {
    Pool pool(std::clamp<std::size_t>(files_.size(), 1, 8));
    for (const std::string &f : files_)
      pool.submit([&f] { process(f); });
  }
  void ok_smaller() {
    Pool pool(std::min<std::size_t>(files_.size(), 8));
    for (const std::string &f : files_)
      pool.submit([&f] { process(f); });
  }

private:
  std::size_t workers() const { return std::max<std::size_t>(files_.size(), 2); }
  const std::vector<std::string> files_;
};
class Disks { // it finds them itself
public:
  Disks() {
    for (int i = 0; i != 4; ++i)
      all_.push_back(std::to_string(i));
  }
  void ok_own_parts() {
    Pool pool(all_.size());
    for (const std::string &d : all_)
      pool.submit([&d] { process(d); });
  }

private:
  std::vector<std::string> all_;
};
