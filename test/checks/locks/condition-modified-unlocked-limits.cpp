// RUN: %verify %s heddle-condition-modified-unlocked -- -std=c++20
// Known misses: the limits that the page names.
#include <condition_variable>
#include <mutex>

struct Box {
  std::mutex mutex;
  std::condition_variable changed;
  bool full = false;
};
void await(Box &box) {
  std::unique_lock lock(box.mutex);
  box.changed.wait(lock, [&box] { return box.full; });
}
void FN_mutex_of_another_object(Box &a, Box &b) {
  std::lock_guard lock(a.mutex);
  b.full = true;
  b.changed.notify_one();
}
