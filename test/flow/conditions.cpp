// Waits on condition variables, what decides over them, and who wakes them.
// RUN: %verify --word condition %s heddle-dev-conditions -- -std=c++20
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

struct Queue {
  std::mutex mutex;
  std::condition_variable filled;
  std::deque<int> items;
  bool closed = false;
  bool over() const { return closed; }

  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
    filled.notify_one(); // condition: notify filled; one
  }
  void close() {
    std::lock_guard lock(mutex);
    closed = true;
    filled.notify_all(); // condition: notify filled
  }
  void loop() {
    std::unique_lock lock(mutex);
    while (items.empty() && !over())
      filled.wait(lock); // condition: wait for filled holding mutex until closed items; looped
  }
  void predicate() {
    std::unique_lock lock(mutex);
    filled.wait(lock, [this] { return !items.empty(); }); // condition: wait for filled holding mutex until items; predicate
  }
  void timed() {
    std::unique_lock lock(mutex);
    filled.wait_for(lock, std::chrono::milliseconds(20)); // condition: wait for filled holding mutex; poll; blind
    filled.wait_for(lock, std::chrono::minutes(2)); // condition: wait for filled holding mutex; timed; blind
  }
  void blind() {
    std::unique_lock lock(mutex);
    filled.wait(lock); // condition: wait for filled holding mutex; blind
  }
  void given(std::unique_lock<std::mutex> &lock) {
    filled.wait(lock); // condition: wait for filled; given
  }
};
