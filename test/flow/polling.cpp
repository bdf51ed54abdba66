// Which loops run until a future is ready.
// RUN: %verify --word poll %s heddle-dev-polling -- -std=c++20
#include <atomic>
#include <chrono>
#include <future>
#include <list>
#include <stop_token>
#include <vector>

using namespace std::chrono_literals;
void spin();
std::future<int> make();

void compared() {
  std::future<int> f = make(); // poll: by the loop in line 16
  while (f.wait_for(1ms) != std::future_status::ready)
    spin();
}
void through_a_variable() {
  std::future<int> f = make(); // poll: by the loop in line 22
  std::future_status status;
  do {
    status = f.wait_for(1ms);
  } while (status != std::future_status::ready);
}
void in_a_switch() {
  std::future<int> f = make(); // poll: by the loop in line 28
  for (;;) {
    switch (f.wait_for(1ms)) {
    case std::future_status::ready:
      return;
    default:
      spin();
    }
  }
}
bool done(std::future<int> &f) { return f.wait_for(0s) == std::future_status::ready; }
void through_a_function() {
  std::future<int> f = make(); // poll: by the loop in line 40
  for (;;) {
    if (!done(f))
      continue;
    break;
  }
}
void until(std::future<int> &f) { // poll: by the loop in line 47
  while (!done(f))
    spin();
}
void in_a_function() {
  std::future<int> f = make(); // poll: by the loop in line 47
  until(f);
}
void or_stopped(std::stop_token stop) {
  std::future<int> f = make(); // poll: by the loop in line 56
  while (!stop.stop_requested() && !done(f))
    spin();
}
void elements(std::list<std::future<int>> all) { // poll: by the loop in line 60
  while (!all.empty())
    for (auto it = all.begin(); it != all.end();)
      if (it->wait_for(1ms) == std::future_status::ready)
        it = all.erase(it);
      else
        ++it;
}

// ---- none ----
void bounded() {
  std::future<int> f = make();
  for (int i = 0; i < 10 && !done(f); ++i)
    spin();
}
void another_exit(std::atomic<int> &n) {
  std::future<int> f = make();
  while (!done(f))
    if (n > 3)
      break;
}
void knows_deferred() {
  std::future<int> f = make();
  if (f.wait_for(0s) == std::future_status::deferred)
    return;
  while (!done(f))
    spin();
}
void waits_first() {
  std::future<int> f = make();
  f.wait();
  while (!done(f))
    spin();
}
void another_future(std::future<int> &g) { // poll: by the loop in line 95
  std::future<int> f = make();
  while (!done(g))
    spin();
}
void ready_goes_on() {
  std::future<int> f = make();
  while (f.wait_for(1ms) == std::future_status::ready)
    spin();
}
