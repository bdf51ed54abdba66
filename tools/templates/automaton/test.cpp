// RUN: %verify %s heddle-@NAME@ -- -std=c++20
#include <mutex>

void bad_locked_twice(std::mutex &m) {
  m.lock(); // note: 'm' is locked here
  m.lock(); // warning: 'm' is locked a second time on this path
  m.unlock();
}

void bad_on_one_path(std::mutex &m, bool again) {
  m.lock();
  if (again)
    m.lock(); // warning: 'm' is locked a second time on this path
  m.unlock();
}

void ok_unlocked_between(std::mutex &m) {
  m.lock();
  m.unlock();
  m.lock();
  m.unlock();
}

void ok_one_of_two(std::mutex &m, bool first) {
  if (first)
    m.lock();
  if (!first)
    m.lock();
  m.unlock();
}
