// Which conditions ask for a stop, and with which value they say that one was requested.
// RUN: %verify --word stop %s heddle-dev-stops -- -std=c++20
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
bool ready();
void work();
void set(bool &);

void token(std::stop_token t) { // stop: in scope parameter t
  while (!t.stop_requested())   // stop: token t
    work();
}
void atomics(std::atomic<bool> &running, std::atomic_flag &over, std::atomic<int> &left) {
  while (running) // stop: atomic running
    work();
  while (running.load(std::memory_order_relaxed)) // stop: atomic running
    work();
  while (!over.test()) // stop: atomic over
    work();
  while (left) // a count of what is left to do
    work();
}

bool quit;
volatile bool interrupted;
void plain(bool byValue, bool &byReference, bool *byPointer) {
  while (!quit) // stop: flag quit
    work();
  while (!interrupted) // stop: flag interrupted
    work();
  while (!byValue) // nobody else sees this copy
    work();
  while (!byReference) // stop: flag byReference
    work();
  while (!*byPointer) // stop: flag byPointer
    work();
  bool own = false;
  while (!own)
    set(own);
}

void other_questions(std::vector<int> &items, int n) {
  while (!items.empty())
    items.pop_back();
  while (n > 0)
    --n;
  while (ready())
    work();
}

// ---- with others ----
void combined(std::stop_token t, std::vector<int> &items) { // stop: in scope parameter t
  while (!t.stop_requested() && !items.empty())             // stop: token t; when true
    items.pop_back();
  while (!t.stop_requested() || !items.empty()) // stop: token t; when false
    items.clear();
  if (t.stop_requested() && items.empty()) // stop: token t; when true
    return;
  if (t.stop_requested() || ready()) // stop: token t; when false
    return;
  if (t.stop_requested() || quit) // stop: token t flag quit
    return;
  bool stopped = t.stop_requested();
  if (stopped) // stop: token t
    return;
  while (true && !t.stop_requested()) // stop: token t
    work();
}
void compared(std::atomic<bool> &over) {
  while (over == false) // stop: atomic over
    work();
  while (false != quit) // stop: flag quit
    work();
}
enum class Phase { Running, Ended };
struct Machine {
  std::atomic<Phase> phase{Phase::Running};
  Phase plain = Phase::Running;
  int step = 0;
  void run() {
    while (phase == Phase::Running) // stop: atomic phase
      work();
    while (phase.load() != Phase::Ended) // stop: atomic phase
      work();
    while (plain != Phase::Ended) // stop: flag plain
      work();
    while (step != 3)
      work();
  }
};

// ---- written by hand ----
class Service {
public:
  bool stopped() const { // stop: in scope member token_ accessor token
    std::lock_guard lock(mutex_);
    return stop_;
  }
  bool goesOn() const { return !stopped(); } // stop: in scope member token_ accessor token
  bool idle() const { return jobs_.empty(); } // stop: in scope member token_ accessor token
  bool any() const { return stopped() || idle(); } // stop: in scope member token_ accessor token
  void run() { // stop: in scope member token_ accessor token
    while (!stopped()) // stop: flag stop_
      work();
    while (goesOn()) // stop: flag stop_
      work();
    while (!idle())
      work();
    while (!any()) // stop: flag stop_; when true
      work();
  }
  std::stop_token token() const { return token_; } // stop: in scope member token_ accessor token

private:
  mutable std::mutex mutex_;
  bool stop_ = false;
  std::vector<int> jobs_;
  std::stop_token token_;
};
void of_another(Service &s) { // stop: in scope accessor token
  while (!s.stopped())        // stop: flag stop_ flag s
    work();
}

// ---- conditions with flags ----
class Signalled {
public:
  void run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, 1s, [this] { return stop_; })) // stop: signal stop_
      work();
    while (!wake_.wait_for(lock, 1s, [this] { return stop_ || !jobs_.empty(); })) // stop: signal stop_; when true
      work();
    while (!wake_.wait_for(lock, 1s, [this] { return !jobs_.empty(); }))
      work();
  }

private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::vector<int> jobs_;
};

// ---- what is in scope ----
struct Request {
  std::stop_token cancelled() const;
};
void captures(std::stop_token t, Request r) { // stop: in scope parameter t accessor cancelled
  std::jthread a([t] { work(); }); // stop: in scope capture t
  std::jthread b([](std::stop_token own) { work(); }); // stop: in scope parameter own
  std::jthread c([] { work(); });
}

// ---- helpers that yield nothing when a token has ended their wait ----
struct Inbox {
  std::mutex mutex;
  std::condition_variable_any filled;
  std::vector<int> items;
  bool take(std::stop_token stop, int &item) { // stop: in scope parameter stop
    std::unique_lock lock(mutex);
    if (!filled.wait(lock, stop, [this] { return !items.empty(); })) // stop: token stop; when true
      return false;
    item = items.back();
    return true;
  }
  void drain(std::stop_token stop) { // stop: in scope parameter stop
    int item;
    while (take(stop, item)) // stop: token stop token stop token item; when false
      work();
  }
};
