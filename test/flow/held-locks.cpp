// Which locks are surely held where, and as what a guard takes them.
// RUN: %verify --word locks %s heddle-dev-locks -- -std=c++20
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

void heddle_locks();

// ---- a guard takes a lock as what it is ----
std::recursive_mutex again;
std::shared_mutex many;
std::mutex plain;
void roles() {
  std::lock_guard<std::recursive_mutex> r(again); // locks: takes again, a recursive-mutex
  std::shared_lock<std::shared_mutex> s(many);    // locks: takes many, a shared-mutex
  std::unique_lock<std::mutex> p(plain);          // locks: takes plain, a mutex
  heddle_locks(); // locks: again many plain
}
void relocked() {
  std::unique_lock<std::recursive_mutex> r(again, std::defer_lock);
  r.lock(); // locks: takes again, a recursive-mutex
}
void given_back() {
  std::unique_lock<std::mutex> l(plain); // locks: takes plain, a mutex
  l.unlock();
  heddle_locks(); // locks: none
}
std::mutex second;
void together() {
  std::unique_lock<std::mutex> a(plain, std::defer_lock);
  std::unique_lock<std::mutex> b(second, std::defer_lock);
  heddle_locks();  // locks: none
  std::lock(a, b); // locks: takes plain, a mutex
  heddle_locks();  // locks: plain second
}
