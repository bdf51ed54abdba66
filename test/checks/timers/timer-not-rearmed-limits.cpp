// RUN: %verify %s heddle-timer-not-rearmed -- -std=c++20
// Known misses: the limits that the page names.
#include <chrono>
#include <functional>
#include <optional>

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
struct Events {
  std::optional<int> popUntil(Clock::time_point deadline);
};
class Scheduler {
public:
  void after(Clock::duration delay, std::function<void()> run);
};
void handle(int);
void heartbeat();
bool sync(int);

// Nothing says that the deadline is about idleness.
void FN_without_a_name(Events &events) {
  auto deadline = Clock::now() + 5s;
  for (;;) {
    if (auto event = events.popUntil(deadline)) {
      handle(*event);
    } else {
      heartbeat();
      deadline = Clock::now() + 5s;
    }
  }
}
// Meant to be periodic.
class FN_never_again {
public:
  void start() {
    scheduler_.after(period_, [this] { tick(); });
  }

private:
  void tick() { heartbeat(); }
  Scheduler &scheduler_;
  Clock::duration period_ = 5s;
};
// The count is a trace of the failure.
class FN_counts {
public:
  void tick() {
    if (!sync(1)) {
      ++failures_;
      return;
    }
    scheduler_.after(1s, [this] { tick(); });
  }

private:
  Scheduler &scheduler_;
  int failures_ = 0;
};
