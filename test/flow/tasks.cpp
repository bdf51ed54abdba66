// Which tasks a body starts, by what they can be waited for, which of its locals they may outlive, and what they touch.
// RUN: %verify --word task %s heddle-dev-tasks -- -std=c++20
#include <atomic>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

void use(int);
bool more();

void joined(int n) {
  int base = n;
  std::thread t([&base] { use(base); }); // task: on t; reads base
  t.join();
}

void detached(int n) {
  int base = n;
  std::thread([&base] { use(base); }).detach(); // task: detached; outlives n; outlives base; reads base
}

void dropped_future(int n) {
  int base = n;
  std::async(std::launch::async, [&base] { use(base); }); // task: over at once; reads base
}

void returned_early(int n) {
  int base = n;
  auto f = std::async(std::launch::async, [&base] { use(base); }); // task: on f; reads base
  if (more())
    return; // the future's destructor waits
  f.get();
}

void in_a_loop(int n) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&n, i] { n += i; }); // task: on threads beside itself; outlives i; writes n
  for (auto &t : threads)
    t.join();
}

void each_turn_joined(int n) {
  for (int i = 0; i < n; ++i) {
    int mine = i;
    std::thread t([&mine] { mine += 1; }); // task: on t; writes mine
    t.join();
  }
}

void by_index(int n) {
  std::vector<int> out(n);
  std::vector<std::jthread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&out, i] { out[i] = i; }); // task: on threads beside itself; outlives i; writes out[own]; looks at out
}

void same_slot(int n) {
  std::vector<int> out(n);
  std::vector<std::jthread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&out] { out[0] = 1; }); // task: on threads beside itself; outlives i; writes out[]; looks at out
}

void looks_at_size(std::vector<int> &all) {
  std::jthread t([&all] { use(static_cast<int>(all.size())); }); // task: on t; looks at all
}

void told_by_latch() {
  std::latch done(1);
  int base = 1;
  std::thread([&] { // task: detached; reads base
    use(base);
    done.count_down();
  }).detach();
  done.wait();
}

void told_in_time(std::promise<void> p) {
  int base = 1;
  auto f = p.get_future();
  std::thread([&base, p = std::move(p)]() mutable { // task: detached; outlives p; outlives base; outlives f; reads base
    use(base);
    p.set_value();
  }).detach();
  if (f.wait_for(std::chrono::seconds(1)) == std::future_status::timeout)
    return;
}

void correlated(bool parallel) {
  int base = 1;
  std::thread t;
  if (parallel)
    t = std::thread([&base] { use(base); }); // task: on t; reads base
  if (parallel)
    t.join();
}

void never_started(int n) {
  int base = n;
  try {
    std::thread([&base] { use(base); }).detach(); // task: detached; outlives n; outlives base; reads base
  } catch (...) {
    base = 0; // no task runs here
  }
  more();
}

class Owner {
public:
  ~Owner() {
    if (t_.joinable())
      t_.join();
  }
  void start(int n) {
    int base = n;
    t_ = std::thread([this, &base] { count_ += base; }); // task: on t_; outlives n; outlives base; reads base; writes count_
  }
  void start_and_wait(int n) {
    int base = n;
    t_ = std::thread([this, &base] { count_ += base; }); // task: on t_; reads base; writes count_
    t_.join();
  }

private:
  std::thread t_;
  int count_ = 0;
};
