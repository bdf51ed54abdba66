// RUN: %verify %s heddle-wait-before-spawn -- -std=c++20
// The seed's row; containers of handles, latches, and hand-written groups.
#include "Inputs/task_group.h"
#include "Inputs/wait_group.h"
#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Item {
  std::string name;
};
void process(const Item &);
bool load(const std::string &);
void log(const std::string &);

/// A pool whose threads run what was submitted.
class Pool {
public:
  explicit Pool(unsigned n) {
    for (unsigned i = 0; i < n; ++i)
      workers_.emplace_back([this] { work(); });
  }
  ~Pool();
  void submit(std::function<void()> task) {
    std::lock_guard lock(mutex_);
    ++open_;
    tasks_.push(std::move(task));
    wake_.notify_one();
  }
  void drain() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return open_ == 0; });
  }

private:
  void work() {
    for (;;) {
      std::function<void()> task;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return !tasks_.empty(); });
        task = std::move(tasks_.front());
        tasks_.pop();
      }
      task();
      std::lock_guard lock(mutex_);
      if (--open_ == 0)
        idle_.notify_all();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::queue<std::function<void()>> tasks_;
  std::vector<std::thread> workers_;
  int open_ = 0;
};

// ---- the seed ---------------------------------------------------------------------------------------------------------

void bad_S3_wait_before_go(const std::vector<Item> &items) {
  TaskGroup group;
  group.wait(); // warning: 'group' is waited for before any task is added to it
  for (const Item &item : items)
    group.run([item] { process(item); }); // note: the task is added here, after the wait
}

void ok_S3_wait_after_go(const std::vector<Item> &items) {
  TaskGroup group;
  for (const Item &item : items)
    group.run([item] { process(item); });
  group.wait();
}

// ---- containers of handles ----------------------------------------------------------------------------------------------

void bad_joined_before_started(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (auto &t : threads)
    t.join(); // warning: 'threads' is waited for before any task is added to it
  for (const Item &item : items)
    threads.emplace_back([&item] { process(item); }); // note: the task is added here, after the wait
}

void bad_futures_before_async(const std::vector<std::string> &urls) {
  std::vector<std::future<bool>> results;
  for (auto &r : results)
    r.wait(); // warning: 'results' is waited for before any task is added to it
  for (const std::string &url : urls)
    results.push_back(std::async(std::launch::async, load, url));
}

void bad_in_the_same_turn(const std::vector<std::vector<Item>> &batches) {
  for (const auto &batch : batches) {
    std::vector<std::thread> threads;
    for (std::thread &t : threads)
      if (t.joinable())
        t.join(); // warning: 'threads' is waited for before any task is added to it
    for (const Item &item : batch)
      threads.emplace_back(process, item);
  }
}

static void joinAll(std::vector<std::thread> &threads) {
  for (auto &t : threads)
    t.join();
}

void bad_joined_by_a_helper(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  joinAll(threads);
  for (const Item &item : items)
    threads.emplace_back(process, item);
} // warning@-3: 'threads' is waited for before any task is added to it

void bad_by_index(unsigned n) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < threads.size(); ++i)
    threads[i].join(); // warning: 'threads' is waited for before any task is added to it
  for (unsigned i = 0; i < n; ++i)
    threads.push_back(std::thread([i] { log(std::to_string(i)); }));
}

void ok_joined_after(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (const Item &item : items)
    threads.emplace_back(process, item);
  for (auto &t : threads)
    t.join();
}

void ok_joined_by_a_helper(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  threads.reserve(items.size());
  for (const Item &item : items)
    threads.emplace_back(process, item);
  joinAll(threads);
}

void ok_waves(const std::vector<std::vector<Item>> &batches) {
  std::vector<std::thread> threads;
  for (const auto &batch : batches) {
    for (auto &t : threads)
      t.join();
    threads.clear();
    for (const Item &item : batch)
      threads.emplace_back(process, item);
  }
  joinAll(threads);
}

void ok_bounded_window(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (const Item &item : items) {
    if (threads.size() == 8) {
      for (auto &t : threads)
        t.join();
      threads.clear();
    }
    threads.emplace_back(process, item);
  }
  for (auto &t : threads)
    t.join();
}

void ok_given_already_running(std::vector<std::thread> &threads, const Item &item) {
  for (auto &t : threads)
    t.join();
  threads.clear();
  threads.emplace_back(process, item);
}

std::vector<std::thread> ok_handed_out(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (auto &t : threads)
    t.join();
  for (const Item &item : items)
    threads.emplace_back(process, item);
  return threads;
}

void ok_joined_in_the_end_by_the_class() {
  struct Owner {
    std::vector<std::jthread> workers;
  } owner;
  owner.workers.emplace_back([] { log("work"); });
}

std::vector<std::thread> startAll(const std::vector<Item> &items);
void ok_started_by_a_function(const std::vector<Item> &items) {
  std::vector<std::thread> threads = startAll(items);
  for (auto &t : threads)
    t.join();
}

// ---- counts -------------------------------------------------------------------------------------------------------------

void bad_latch_before_the_tasks(const std::vector<Item> &items) {
  std::latch done(static_cast<std::ptrdiff_t>(items.size()));
  done.wait(); // warning: 'done' is waited for before the tasks that count it down are started; the wait never ends
  std::vector<std::jthread> threads;
  for (const Item &item : items)
    threads.emplace_back([&item, &done] {
      process(item);
      done.count_down();
    });
}

void bad_latch_of_the_waiter() {
  std::latch ready(1);
  std::jthread worker([&ready] {
    ready.wait();
    log("go");
  });
  ready.wait(); // warning: 'ready' is waited for before the tasks that count it down are started
  ready.count_down();
}

void bad_wait_group(const std::vector<Item> &items) {
  WaitGroup group;
  group.wait(); // warning: 'group' is waited for before
  for (const Item &item : items) {
    group.add(1);
    std::thread([&group, item] {
      process(item);
      group.done();
    }).detach();
  }
}

void ok_latch(const std::vector<Item> &items) {
  std::latch done(static_cast<std::ptrdiff_t>(items.size()));
  std::vector<std::jthread> threads;
  for (const Item &item : items)
    threads.emplace_back([&item, &done] {
      process(item);
      done.count_down();
    });
  done.wait();
}

void ok_gate() {
  std::latch gate(1);
  std::jthread worker([&gate] {
    gate.wait();
    log("go");
  });
  log("prepared");
  gate.count_down();
  gate.wait();
}

void ok_wait_group(const std::vector<Item> &items) {
  WaitGroup group;
  for (const Item &item : items) {
    group.add(1);
    std::thread([&group, item] {
      process(item);
      group.done();
    }).detach();
  }
  group.wait();
}

void ok_wait_group_in_waves(const std::vector<std::vector<Item>> &batches) {
  WaitGroup group;
  for (const auto &batch : batches) {
    for (const Item &item : batch) {
      group.add(1);
      std::thread([&group, item] {
        process(item);
        group.done();
      }).detach();
    }
    group.wait();
  }
}

// ---- pools --------------------------------------------------------------------------------------------------------------

void bad_drained_first(const std::vector<Item> &items) {
  Pool pool(4);
  pool.drain(); // warning: 'pool' is waited for before any task is added to it
  for (const Item &item : items)
    pool.submit([item] { process(item); });
}

void ok_drained_after(const std::vector<Item> &items) {
  Pool pool(4);
  for (const Item &item : items)
    pool.submit([item] { process(item); });
  pool.drain();
}

void ok_drained_twice(const std::vector<Item> &items) {
  Pool pool(4);
  pool.drain();
  for (const Item &item : items)
    pool.submit([item] { process(item); });
  pool.drain();
}

class ok_shared_pool {
public:
  explicit ok_shared_pool(Pool &pool) : pool_(pool) {}
  void reload(const std::vector<Item> &items) {
    pool_.drain(); // what runs already has to end first
    for (const Item &item : items)
      pool_.submit([item] { process(item); });
  }

private:
  Pool &pool_;
};

class ok_own_group {
public:
  void restart(const std::vector<Item> &items) {
    group_.wait();
    for (const Item &item : items)
      group_.run([item] { process(item); });
  }

private:
  TaskGroup group_; // its destructor waits
};

// ---- known misses -------------------------------------------------------------------------------------------------------

// A member may have running tasks when the function is called; that none has here is not known.
class FN_member_group {
public:
  void load(const std::vector<Item> &items) {
    joinAll(threads_);
    for (const Item &item : items)
      threads_.emplace_back(process, item);
  }

private:
  std::vector<std::thread> threads_;
};

// Two kinds of tasks, one after the other, in one vector.
void ok_second_kind_of_task(int readers, int writers) {
  std::vector<std::thread> threads;
  for (int i = 0; i < readers; ++i)
    threads.emplace_back([i] { (void)i; });
  for (auto &thread : threads)
    thread.join();
  threads.clear();
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([i] { (void)i; });
  for (auto &thread : threads)
    thread.join();
}

// The count is shared with the tasks; the wait has come too early all the same.
class Loom {
public:
  void bad_shared_count(int n) {
    const auto left = std::make_shared<Left>();
    left->wait(); // warning: 'left' is waited for before any task is added to it
    weave(n, left);
  }
  void ok_shared_count(int n) {
    const auto left = std::make_shared<Left>();
    weave(n, left);
    left->wait();
  }
  std::shared_ptr<void> ok_handed_out(int n);

private:
  class Left {
  public:
    void add(int n) {
      std::lock_guard lock(mutex_);
      n_ += n;
    }
    void done() {
      std::lock_guard lock(mutex_);
      if (--n_ == 0)
        none_.notify_all();
    }
    void wait() {
      std::unique_lock lock(mutex_);
      none_.wait(lock, [this] { return n_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable none_;
    int n_ = 0;
  };
  void weave(int n, const std::shared_ptr<Left> &left) {
    left->add(n);
    for (int i = 0; i < n; ++i)
      threads_.push_back(std::jthread([left] { left->done(); }));
  }
  std::vector<std::jthread> threads_;
};
inline std::shared_ptr<void> Loom::ok_handed_out(int n) {
  auto left = std::make_shared<Left>();
  left->wait();
  weave(n, left);
  return left;
}

// ---- groups that are members: what the function sets back before the wait and reads behind it tells what was meant -----
void copy(const Item &) noexcept;
class Mirror {
public:
  bool bad_atomic_count(const std::vector<Item> &items) {
    missing_ = 0;
    group_.wait(); // warning: 'group_' is waited for before the tasks that modify 'missing_' are added to it, and never again
    fetchAll(items);
    return missing_ == 0;
  }
  bool ok_atomic_count(const std::vector<Item> &items) {
    missing_ = 0;
    fetchAll(items);
    group_.wait();
    return missing_ == 0;
  }
  // That there are some does not say how many: the loop runs.
  int bad_asks_whether_there_are_any(const std::vector<Item> &items) {
    if (items.empty())
      return 0;
    missing_ = 0;
    finish(); // warning: 'group_' is waited for before the tasks that modify 'missing_' are added to it, and never again
    for (std::size_t i = 0; i < items.size(); ++i)
      launch(items[i]);
    return missing_;
  }
  // The wait is for those of the last call, whose count is told.
  int ok_before_it_is_set_back(const std::vector<Item> &items) {
    group_.wait();
    int last = missing_;
    missing_ = 0;
    fetchAll(items);
    return last;
  }
  // Nobody asks here how it went.
  void ok_goes_on(const std::vector<Item> &items) {
    missing_ = 0;
    group_.wait();
    fetchAll(items);
  }
  bool ok_two_waves(const std::vector<Item> &items) {
    missing_ = 0;
    group_.wait();
    fetchAll(items);
    finish();
    return missing_ == 0;
  }
  bool bad_waits_in_helper(const std::vector<Item> &items) {
    reset();
    finish(); // warning: 'group_' is waited for before the tasks that modify 'missing_' are added to it, and never again
    for (const Item &item : items)
      group_.run([this, item] {
        copy(item);
        ++missing_;
      });
    return missing_ == 0;
  }
  // What is told does not come from the tasks.
  std::size_t ok_tells_something_else(const std::vector<Item> &items) {
    rounds_ = 0;
    missing_ = 0;
    finish();
    fetchAll(items);
    return items.size() + rounds_;
  }

private:
  void reset() { missing_ = 0; }
  void finish() { group_.wait(); }
  void fetchAll(const std::vector<Item> &items) {
    for (const Item &item : items)
      launch(item);
  }
  void launch(const Item &item) {
    group_.run([this, item] {
      copy(item);
      ++missing_;
    });
  }
  std::size_t rounds_ = 0;
  std::atomic<int> missing_{0};
  TaskGroup group_;
};
