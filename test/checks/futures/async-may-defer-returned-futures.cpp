// RUN: %verify %s heddle-async-may-defer -- -std=c++20
// Futures that are returned, through several functions, to the function that polls them.
#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
int bake(int loaf);
int weigh(const std::string &flour);
void sweep();
struct Oven {
  std::future<int> heat(int degrees);
};
Oven &oven();

template <class F> std::future<int> bad_inOven(F recipe, int loaves) {
  if (loaves < 2)
    return oven().heat(180);
  return std::async(std::launch::deferred, recipe, loaves); // warning: this launch policy may defer the task, and polling 'bread' never starts it
}
class Bakery {
public:
  std::future<int> order(int loaves) const {
    auto recipe = [this](int n) { return bake(n + spare_); };
    return bad_inOven(recipe, loaves); // note: 'bad_inOven', which returns it, is called here
  }

private:
  int spare_ = 1;
};
class Counter {
public:
  int serve(int loaves) {
    auto bread = bakery_.order(loaves); // note: 'order', which returns it, is called here
    while (bread.wait_for(20ms) != std::future_status::ready) // note: this loop runs until the future is ready // note: a deferred future is never ready here
      sweep();
    return bread.get();
  }

private:
  Bakery bakery_;
};

std::future<int> bad_kept_first(const std::string &flour) {
  auto weight = std::async(weigh, flour); // warning: std::async without a launch policy may defer the task, and polling 'w' never starts it
  sweep();
  return weight;
}
void pollsKept() {
  std::future<int> w = bad_kept_first("rye");
  for (;;) {
    if (w.wait_for(1ms) == std::future_status::ready)
      break;
    sweep();
  }
}

class Mill {
public:
  void start(int sacks) { grinding_ = bad_grind(sacks); }
  void waitForIt() {
    while (grinding_.wait_for(10ms) != std::future_status::ready)
      sweep();
  }

private:
  static std::future<int> bad_grind(int sacks) {
    return std::async([sacks] { return bake(sacks); }); // warning: std::async without a launch policy may defer the task, and polling 'grinding_' never starts it
  }
  std::future<int> grinding_;
};

// ---- silent -----------------------------------------------------------------------------------------------------------

std::future<int> ok_at_once(int n) { return std::async(std::launch::async, bake, n); }
void pollsAtOnce() {
  auto f = ok_at_once(1);
  while (f.wait_for(1ms) != std::future_status::ready)
    sweep();
}
std::future<int> ok_waited_for(int n) { return std::async(std::launch::deferred, bake, n); }
int waits() { return ok_waited_for(2).get(); }
int waitsAfterALook() {
  auto f = ok_waited_for(3);
  if (f.wait_for(0ms) != std::future_status::ready)
    sweep();
  f.wait();
  return f.get();
}
std::future<int> ok_caller_knows(int n) { return std::async(std::launch::deferred, bake, n); }
int asksForDeferred() {
  auto f = ok_caller_knows(2);
  if (f.wait_for(0ms) == std::future_status::deferred)
    return f.get();
  while (f.wait_for(1ms) != std::future_status::ready)
    sweep();
  return f.get();
}
std::future<int> ok_run_before_it_is_returned(int n) {
  auto f = std::async(std::launch::deferred, bake, n);
  f.wait();
  return f;
}
int pollsTheRun() {
  auto f = ok_run_before_it_is_returned(4);
  while (f.wait_for(1ms) != std::future_status::ready)
    sweep();
  return f.get();
}
std::future<int> ok_another_is_returned(int n) {
  auto mine = std::async(std::launch::deferred, bake, n);
  auto theirs = oven().heat(mine.get());
  return theirs;
}
int pollsTheOther() {
  auto f = ok_another_is_returned(4);
  while (f.wait_for(1ms) != std::future_status::ready)
    sweep();
  return f.get();
}
struct Baker {
  virtual ~Baker() = default;
  virtual std::future<int> ok_depends(int n) { return std::async(std::launch::deferred, bake, n); }
};
int pollsWhatSomebodyMade(Baker &baker) {
  auto f = baker.ok_depends(4);
  while (f.wait_for(1ms) != std::future_status::ready)
    sweep();
  return f.get();
}
std::future<int> ok_polled_for_a_time(int n) { return std::async(bake, n); }
bool pollsThreeTimes() {
  auto f = ok_polled_for_a_time(4);
  for (int i = 0; i < 3; ++i)
    if (f.wait_for(1ms) == std::future_status::ready)
      return true;
  return false;
}
int ok_nobody_polls(int n) {
  auto f = std::async([n] { return ok_polled_for_a_time(n).get(); });
  return f.get();
}
int keepsAnother(int n) {
  std::vector<std::future<int>> all;
  all.push_back(ok_waited_for(n));
  for (auto &f : all)
    n += f.get();
  return n;
}
