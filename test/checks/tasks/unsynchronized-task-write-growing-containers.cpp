// RUN: %verify %s heddle-unsynchronized-task-write -- -std=c++20
// Containers that grow while tasks of earlier iterations, or of earlier calls, use their elements.
#include <deque>
#include <functional>
#include <future>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

int measure(int);

void bad_in_a_loop(int n) {
  std::vector<int> found;
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) {
    found.emplace_back();
    threads.emplace_back([&found, i] { found[i] = measure(i); }); // warning: 'found' is written by this task and by the code that started it
  }
  for (auto &t : threads)
    t.join();
}
void ok_sized_before(int n) {
  std::vector<int> found(n);
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&found, i] { found[i] = measure(i); });
  for (auto &t : threads)
    t.join();
}
void ok_filled_before(int n) {
  std::vector<int> found;
  for (int i = 0; i < n; ++i)
    found.emplace_back(i);
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&found, i] { found[i] = measure(i); });
  for (auto &t : threads)
    t.join();
}

class Survey {
public:
  void bad_add(int place) {
    const auto at = found_.size();
    found_.emplace_back(0);
    running_.push_back(std::async(std::launch::async, [this, at, place] { // note: the task is started here, and may still run in the next call
      found_[at] = measure(place); // warning: 'found_' is written by this task and by the code that started it
    }));
  }
  std::vector<int> ok_all() {
    for (auto &r : running_)
      r.wait();
    running_.clear();
    return std::move(found_);
  }

private:
  std::vector<int> found_;
  std::vector<std::future<void>> running_;
};
template <class T> class BadPool {
public:
  template <class F> void bad_spawn(F f) {
    const auto at = results_.size();
    results_.push_back(T());
    threads_.emplace_back([this, at, f] { results_[at] = f(); }); // warning: 'results_' is written by this task and by the code that started it
  }
  void join() {
    for (auto &t : threads_)
      t.join();
  }

private:
  std::vector<T> results_;
  std::vector<std::thread> threads_;
};
void use() {
  BadPool<int> pool;
  pool.bad_spawn([] { return measure(1); });
  pool.join();
}

class Roomy {
public:
  explicit Roomy(int n) { found_.reserve(n); }
  ~Roomy() {
    for (auto &t : threads_)
      t.join();
  }
  void ok_add(int place) { // there is room: nothing moves
    const auto at = found_.size();
    found_.emplace_back(0);
    threads_.emplace_back([this, at, place] { found_[at] = measure(place); });
  }

private:
  std::vector<int> found_;
  std::vector<std::thread> threads_;
};
class Locked {
public:
  ~Locked() {
    for (auto &t : threads_)
      t.join();
  }
  void ok_add(int place) {
    std::lock_guard lock(mutex_);
    const auto at = found_.size();
    found_.emplace_back(0);
    threads_.emplace_back([this, at, place] {
      int value = measure(place);
      std::lock_guard lock(mutex_);
      found_[at] = value;
    });
  }

private:
  std::mutex mutex_;
  std::vector<int> found_;
  std::vector<std::thread> threads_;
};
class Stable {
public:
  ~Stable() {
    for (auto &t : threads_)
      t.join();
  }
  void ok_add(int place) { // elements of a list stay where they are
    int &slot = found_.emplace_back(0);
    threads_.emplace_back([&slot, place] { slot = measure(place); });
  }

private:
  std::list<int> found_;
  std::vector<std::thread> threads_;
};
class OneAtATime {
public:
  void ok_add(int place) { // the one before is waited for
    if (last_.joinable())
      last_.join();
    const auto at = found_.size();
    found_.emplace_back(0);
    last_ = std::thread([this, at, place] { found_[at] = measure(place); });
  }
  void ok_wave(int n) {
    for (auto &t : threads_)
      t.join();
    threads_.clear();
    found_.emplace_back(n);
    threads_.emplace_back([this] { found_[0] = measure(1); });
  }
  ~OneAtATime() {
    if (last_.joinable())
      last_.join();
    for (auto &t : threads_)
      t.join();
  }

private:
  std::vector<int> found_;
  std::thread last_;
  std::vector<std::thread> threads_;
};
class Starter {
public:
  Starter() { // once, before anything runs
    found_.emplace_back(0);
    threads_.emplace_back([this] { found_[0] = measure(1); });
  }
  ~Starter() {
    for (auto &t : threads_)
      t.join();
  }

private:
  std::vector<int> found_;
  std::vector<std::thread> threads_;
};
