// RUN: %verify %s heddle-unnamed-guard -- -std=c++20
// Mutexes that are local variables.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

void run(const std::function<void()> &);
void fill(std::mutex &, std::vector<int> &);
int total;

struct Store {
  void bad_member(int v) {
    std::mutex mutex; // note: it is declared here
    std::lock_guard<std::mutex> lock(mutex); // warning: 'mutex' is a local variable, so that every call locks a mutex of its own
    items.push_back(v);
  }
  void bad_scoped(int v) {
    std::recursive_mutex guard;
    std::scoped_lock lock(guard); // warning: 'guard' is a local variable
    last = v;
  }
  void ok_own_member(int v) {
    std::lock_guard lock(own);
    items.push_back(v);
  }
  void ok_static(int v) {
    static std::mutex mutex;
    std::lock_guard lock(mutex);
    items.push_back(v);
  }
  void ok_threads_of_this_call(const std::vector<int> &all) {
    std::mutex mutex;
    std::vector<std::jthread> threads;
    for (int v : all)
      threads.emplace_back([&, v] {
        std::lock_guard lock(mutex);
        items.push_back(v);
      });
    std::lock_guard lock(mutex);
    last = 1;
  }
  void ok_given_away() {
    std::mutex mutex;
    fill(mutex, items);
    std::lock_guard lock(mutex);
    last = 2;
  }
  void ok_for_the_wait() {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    changed.wait(lock);
    last = 3;
  }
  int ok_nothing_shared() {
    std::mutex mutex;
    std::lock_guard lock(mutex);
    return 1;
  }
  int ok_only_read() const {
    std::mutex mutex;
    std::lock_guard lock(mutex);
    return last;
  }
  void ok_reference(std::mutex &given, int v) {
    std::mutex &mutex = given;
    std::lock_guard lock(mutex);
    items.push_back(v);
  }

  std::mutex own;
  std::condition_variable changed;
  std::vector<int> items;
  int last = 0;
};
void bad_global() {
  std::mutex mutex;
  std::unique_lock lock(mutex); // warning: 'mutex' is a local variable
  ++total;
}
void ok_handed_to_a_task() {
  std::mutex mutex;
  run([&mutex] {
    std::lock_guard lock(mutex);
    ++total;
  });
  std::lock_guard lock(mutex);
  ++total;
}
