// RUN: %verify %s heddle-group-without-cancellation -- -std=c++20
// Tasks that helpers start, and failures that the result of the waiting function tells.
#include <algorithm>
#include <array>
#include <future>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Quote {
  double price = 0;
};
Quote ask(const std::string &region, std::stop_token stop);
bool record(int antenna, std::stop_token stop) noexcept;

// ---- the helper hands out a future -------------------------------------------------------------------------------------
class Comparer {
public:
  double bad_names(std::stop_token stop) { // note: the tasks observe 'stop', which only the caller can stop
    auto east = start("east", stop); // warning: when one of these tasks fails, nothing stops the others
    auto west = start("west", stop);
    return east.get().price - west.get().price;
  }
  double ok_one(std::stop_token stop) {
    auto east = start("east", stop);
    return east.get().price;
  }
  double ok_a_source_of_their_own(std::stop_token stop) {
    std::stop_source both;
    std::stop_callback link(stop, [&both] { both.request_stop(); });
    auto east = start("east", both.get_token());
    auto west = start("west", both.get_token());
    return east.get().price - west.get().price;
  }
  double ok_nothing_fails(std::stop_token stop) {
    auto left = count(1, stop);
    auto right = count(2, stop);
    return left.get() - right.get();
  }

private:
  std::future<Quote> start(const char *region, std::stop_token stop) {
    return std::async(std::launch::async, [region, stop] { return ask(region, stop); });
  }
  std::future<int> count(int n, std::stop_token stop) {
    return std::async(std::launch::async, [n, stop]() noexcept { return stop.stop_requested() ? 0 : n; });
  }
};
std::future<Quote> startFree(const std::string &region, std::stop_token token) {
  return std::async(std::launch::async, [region, token] { return ask(region, token); });
}
void bad_free_helper(const std::stop_token &stop) {
  std::future<Quote> first = startFree("north", stop); // warning: when one of these tasks fails
  std::future<Quote> second = startFree("south", stop);
  first.get();
  second.get();
}

// ---- all of them are needed --------------------------------------------------------------------------------------------
class Crew {
public:
  template <typename Fn> void add(Fn fn) { threads_.emplace_back(std::move(fn)); }
  void wait() {
    for (auto &thread : threads_)
      thread.join();
    threads_.clear();
  }

private:
  std::vector<std::thread> threads_;
};
bool bad_all_three(std::stop_token stop) {
  std::array<bool, 3> recorded{};
  Crew crew; // note: the group has no stop of its own
  for (int antenna = 0; antenna < 3; ++antenna)
    crew.add([&recorded, antenna, stop] { recorded[antenna] = record(antenna, stop); }); // warning: when one of these tasks fails
  crew.wait();
  return recorded[0] && recorded[1] && recorded[2];
}
bool bad_all_of(std::stop_token stop, int n) {
  std::vector<char> recorded(n);
  std::vector<std::thread> threads;
  for (int antenna = 0; antenna < n; ++antenna)
    threads.emplace_back([&recorded, antenna, stop] { recorded[antenna] = record(antenna, stop); }); // warning: when one of these tasks fails
  for (auto &thread : threads)
    thread.join();
  return std::all_of(recorded.begin(), recorded.end(), [](char ok) { return ok != 0; });
}
bool bad_two(std::stop_token stop) {
  bool first = false, second = false;
  std::thread a([&] { first = record(1, stop); }); // warning: when one of these tasks fails
  std::thread b([&] { second = record(2, stop); });
  a.join();
  b.join();
  return first && second;
}
bool ok_any(std::stop_token stop) { // one is enough: it is the success of one that makes the others superfluous
  bool first = false, second = false;
  std::thread a([&] { first = record(1, stop); });
  std::thread b([&] { second = record(2, stop); });
  a.join();
  b.join();
  return first || second;
}
int ok_counted(std::stop_token stop) {
  bool first = false, second = false;
  std::thread a([&] { first = record(1, stop); });
  std::thread b([&] { second = record(2, stop); });
  a.join();
  b.join();
  return first + second;
}
bool ok_first_failure_stops(std::stop_token stop) {
  std::stop_source lost;
  std::stop_callback link(stop, [&lost] { lost.request_stop(); });
  std::array<bool, 3> recorded{};
  Crew crew;
  for (int antenna = 0; antenna < 3; ++antenna)
    crew.add([&recorded, &lost, antenna] {
      recorded[antenna] = record(antenna, lost.get_token());
      if (!recorded[antenna])
        lost.request_stop();
    });
  crew.wait();
  return recorded[0] && recorded[1] && recorded[2];
}
