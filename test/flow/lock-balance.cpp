// Ways out of a body with a lock held, and releases of what was released.
// RUN: %verify --word balance %s heddle-dev-lock-balance -- -std=c++20
#include <mutex>

std::mutex m, n;
int held(bool b) {
  m.lock();
  if (b)
    return 1; // balance: m held
  m.unlock();
  return 0;
}
void thrown(bool b) {
  m.lock();
  if (b)
    throw 1; // balance: m held by exception
  m.unlock();
}
void twice() {
  m.lock();
  m.unlock();
  m.unlock(); // balance: m released twice
}
void locks_for_others() { n.lock(); }
bool sometimes(bool b) {
  n.lock();
  if (b)
    return true;
  n.unlock();
  return false;
}
void releases_for_others() { n.unlock(); }
