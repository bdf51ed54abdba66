// RUN: %verify %s heddle-@NAME@ -- -std=c++20
#include <thread>

void work();

void bad_detached() {
  std::thread t(work);
  t.detach(); // warning: 't' is detached
}

void ok_joined() {
  std::thread t(work);
  t.join();
}
