// RUN: %verify %s heddle-task-captures-reference,heddle-unsynchronized-task-write,heddle-result-read-before-wait -- -std=c++20
// Hand-written pools, groups and queues, and helpers that start their argument.
#include "Inputs/executors.h"
#include "Inputs/thread_pool.h"
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

int measure(int);
void show(int);

void bad_pool_of_the_caller(ThreadPool &pool, int n) {
  int base = n * 2; // note: 'base' lives until its scope ends
  pool.submit([&base] { show(base); }); // warning: local 'base' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
}

void bad_pool_race(int n) {
  int total = 0;
  ThreadPool pool(4);
  for (int i = 0; i < n; ++i)
    pool.submit([&total, i] { total += measure(i); }); // warning: 'total' is written by several tasks without a common lock // note: the tasks that are started here run concurrently
}

void ok_pool_of_its_own(int n) {
  int base = n * 2;
  ThreadPool pool(2);
  pool.submit([&base] { show(base); });
}

/// Which of two locals of one scope dies first is a question of its own.
void FN_pool_ends_last(int n) {
  ThreadPool pool(2);
  int base = n * 2;
  pool.submit([&base] { show(base); });
}

void ok_pool_waits_on_promise(ThreadPool &pool, int n) {
  int base = n * 2;
  std::promise<void> done;
  pool.submit([&] {
    show(base);
    done.set_value();
  });
  done.get_future().wait();
}

void ok_pool_counts_down(ThreadPool &pool, int n) {
  std::mutex mutex;
  std::condition_variable all;
  int left = n, base = 3;
  for (int i = 0; i < n; ++i)
    pool.submit([&] {
      show(base);
      std::lock_guard lock(mutex);
      if (--left == 0)
        all.notify_one();
    });
  std::unique_lock lock(mutex);
  all.wait(lock, [&] { return left == 0; });
}

template <class F> void runDetached(F f) { std::thread(std::move(f)).detach(); }
void bad_through_helper(int n) {
  int base = n * 2; // note: 'base' lives until its scope ends
  runDetached([&base] { show(base); }); // warning: local 'base' is passed by reference to a task that may outlive it // note: the task is started here, and cannot be waited for
}
void ok_through_helper(int n) {
  int base = n * 2;
  runDetached([base] { show(base); });
}

template <class F> void runAndWait(F f) {
  std::thread t(std::move(f));
  t.join();
}
int ok_helper_waits(int n) {
  int out = 0;
  runAndWait([&out, n] { out = measure(n); });
  return out;
}

class Service {
public:
  ~Service() { stop(); }
  void bad_start(int n) {
    int base = n * 2; // note: 'base' lives until its scope ends
    thread_ = std::thread([this, &base] { loop(base); }); // warning: local 'base' is passed by reference to a task that may outlive it // note: the task is started here, and is not waited for in this scope
  }
  void ok_start(int n) {
    thread_ = std::thread([this, n] { loop(n); });
  }
  void ok_start_and_wait(int n) {
    int base = n * 2;
    thread_ = std::thread([this, &base] { loop(base); });
    stop();
  }

private:
  void loop(int);
  void stop() {
    if (thread_.joinable())
      thread_.join();
  }
  std::thread thread_;
};

// ---- pools of which only the interface is seen -------------------------------------------------------------------------
void useSize(int size);
void bad_opaque_pool(WorkerPool &pool) {
  int size = 3;
  pool.submit([&size] { useSize(size); }); // warning: local 'size' is passed by reference to a task that may outlive it
}
void ok_opaque_pool_waited_for(WorkerPool &pool) {
  int size = 3;
  pool.submit([&size] { useSize(size); });
  pool.waitIdle();
}
void ok_opaque_pool_by_value(WorkerPool &pool) {
  int size = 3;
  pool.submit([size] { useSize(size); });
}
