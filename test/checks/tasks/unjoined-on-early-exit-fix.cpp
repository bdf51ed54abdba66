// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
#include <thread>
#include <utility>

void work(int);
bool ready();
void keep(std::thread t);

bool bad_fixed() {
  std::thread t(work, 1); // fixed: std::jthread t(work, 1);
  if (!ready())
    return false; // warning: 't' may still run here
  t.join();
  return true;
}
bool ok_nothing_to_fix() {
  std::thread t(work, 1);
  t.join();
  return true;
}
