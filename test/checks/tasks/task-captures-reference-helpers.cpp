// RUN: %verify %s heddle-task-captures-reference,heddle-unsynchronized-task-write,heddle-result-read-before-wait -- -std=c++20
// Tasks that a callee starts: with its own object, with its arguments, with a callable.
#include "Inputs/event.h"
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

int weigh(int);

// ---- helpers that share work out ---------------------------------------------------------------------------------------

/// Returns when all is done.
template <typename Fn> void each(int n, Fn fn) {
  std::vector<std::thread> hands;
  for (int i = 0; i < n; ++i)
    hands.emplace_back([&fn, i] { fn(i); });
  for (auto &h : hands)
    h.join();
}
void share(int n, const std::function<void(int)> &work) {
  std::atomic<int> next{0};
  std::vector<std::jthread> hands;
  for (int h = 0; h < 4; ++h)
    hands.emplace_back([&] {
      for (int i; (i = next++) < n;)
        work(i);
    });
}
/// One after another, though on several threads.
template <typename Fn> void inTurn(int n, Fn fn) {
  std::mutex turn;
  std::vector<std::jthread> hands;
  for (int i = 0; i < n; ++i)
    hands.emplace_back([&fn, &turn, i] {
      std::lock_guard lock(turn);
      fn(i);
    });
}
void aside(std::function<void()> work) {
  std::thread hand([work = std::move(work)] { work(); });
  hand.join();
}

int bad_each(int n) {
  int sum = 0;
  each(n, [&](int i) { sum += weigh(i); }); // warning: 'sum' is written by several tasks without a common lock
  return sum;
}
std::map<int, int> bad_share(int n) {
  std::map<int, int> weights;
  share(n, [&weights](int i) { weights[i] = weigh(i); }); // warning: 'weights' is written by several tasks without a common lock
  return weights;
}
int ok_each_locked(int n) {
  int sum = 0;
  std::mutex mutex;
  each(n, [&](int i) {
    int w = weigh(i);
    std::lock_guard lock(mutex);
    sum += w;
  });
  return sum;
}
std::vector<int> ok_share_slots(int n) {
  std::vector<int> weights(n);
  share(n, [&weights](int i) { weights[i] = weigh(i); });
  return weights;
}
int ok_in_turn(int n) {
  int sum = 0;
  inTurn(n, [&](int i) { sum += weigh(i); });
  return sum;
}
int ok_aside(int n) {
  int sum = 0;
  aside([&] { sum = weigh(n); });
  return sum;
}

// ---- objects that start a task on themselves ---------------------------------------------------------------------------

class Errand {
public:
  explicit Errand(int n) : n_(n) {}
  void begin() { thread_ = std::thread(&Errand::run, this); }
  void letGo() { std::thread([this] { run(); }).detach(); }
  void on(std::vector<std::jthread> &hands) {
    hands.emplace_back([this] { run(); });
  }
  void finish() { thread_.join(); }
  int weight = 0;

private:
  void run() { weight = weigh(n_); }
  int n_;
  std::thread thread_;
};

int bad_too_early() {
  Errand e(1);
  e.begin();
  int w = e.weight; // warning: 'e.weight' is read while the task that writes it may still run
  e.finish();
  return w;
}
void bad_let_go() {
  Errand e(2);
  e.letGo(); // warning: local 'e' is passed by reference to a task that may outlive it
}
void bad_on_others(std::vector<std::jthread> &hands) {
  for (int i = 0; i != 3; ++i) {
    Errand e(i);
    e.on(hands); // warning: local 'e' is passed by reference to a task that may outlive it
  }
}
int ok_in_time() {
  Errand e(1);
  e.begin();
  e.finish();
  return e.weight;
}
int ok_outlives() {
  Errand e(3);
  {
    std::vector<std::jthread> hands;
    e.on(hands);
  }
  return e.weight;
}
void ok_made_to_stay(std::vector<std::jthread> &hands, std::vector<std::unique_ptr<Errand>> &all) {
  all.push_back(std::make_unique<Errand>(4));
  all.back()->on(hands);
}

/// Waits for its own task.
class Visit {
public:
  ~Visit() {
    if (thread_.joinable())
      thread_.join();
  }
  void begin() {
    thread_ = std::jthread([this] { minutes_ = weigh(7); });
  }

private:
  int minutes_ = 0;
  std::jthread thread_;
};
void ok_waits_itself() {
  Visit v;
  v.begin();
}

// ---- what a helper is given --------------------------------------------------------------------------------------------

void hire(std::vector<std::thread> &hands, const int &what, int &result) {
  hands.emplace_back([&] { result = weigh(what); });
}
void bad_given(std::vector<std::thread> &hands, int &result) {
  int what = 5;
  hire(hands, what, result); // warning: local 'what' is passed by reference to a task that may outlive it
}
int ok_given() {
  std::vector<std::thread> hands;
  int what = 5, result = 0;
  hire(hands, what, result);
  for (auto &h : hands)
    h.join();
  return result;
}
int bad_given_read() {
  std::vector<std::thread> hands;
  int what = 5, result = 0;
  hire(hands, what, result);
  int early = result; // warning: 'result' is read while the task that writes it may still run
  for (auto &h : hands)
    h.join();
  return early;
}

/// Its task says when the port is known, or when all is over.
class Inn {
public:
  void open() {
    thread_ = std::thread([this] {
      beds = weigh(1);
      {
        std::lock_guard lock(mutex_);
        ready_ = true;
      }
      opened_.notify_one();
      over_ = true;
    });
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return ready_; });
  }
  void openLater() {
    thread_ = std::thread([this] {
      beds = weigh(2);
      over_ = true;
    });
  }
  bool over() const { return over_; }
  void close() { thread_.join(); }
  int beds = 0;

private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool ready_ = false;
  std::atomic<bool> over_{false};
  std::thread thread_;
};
int ok_told() {
  Inn inn;
  inn.open();
  int beds = inn.beds;
  inn.close();
  return beds;
}
int ok_asked() {
  Inn inn;
  inn.openLater();
  while (!inn.over())
    std::this_thread::yield();
  int beds = inn.beds;
  inn.close();
  return beds;
}

// ---- helpers that wait for a word from the task ----
class Render {
public:
  virtual ~Render() = default;
  virtual void post(std::function<void()> work) = 0;
  virtual bool isCurrent() const = 0;
};
template <class Work> void callOn(Render &render, Work work) {
  if (render.isCurrent()) {
    work();
    return;
  }
  Event done;
  render.post([&] {
    work();
    done.set();
  });
  done.wait();
}
int ok_called_on(Render &render) {
  int width = 0;
  callOn(render, [&] { width = 1; });
  return width;
}
static void callApart(const std::function<void()> &work) {
  Event done;
  std::thread([&] {
    work();
    done.set();
  }).detach();
  done.wait();
}
int ok_called_apart() {
  int width = 0;
  callApart([&] { width = 1; });
  return width;
}
static void leaveApart(const std::function<void()> &work) {
  std::thread([work] { work(); }).detach();
}
void bad_left_apart() {
  int width = 0; // note: 'width' lives until its scope ends
  leaveApart([&] { width = 1; }); // warning: local 'width' is passed by reference to a task that may outlive it
}
