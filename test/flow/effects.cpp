// What a body leads to through calls, who calls it, and what overrides it.
// RUN: %verify --word effects %s heddle-dev-effects -- -std=c++20
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <thread>

// ---- effects of the body itself ----
void joins(std::thread &t) { t.join(); } // effects: waits t, blocks t, joins t; called by joins_through; called by joins_member
void sleeps() { std::this_thread::sleep_for(std::chrono::seconds(1)); } // effects: blocks, sleeps; called by sleeps_through; called by sleeps_far; called by run
void locks(std::mutex &m) { std::lock_guard hold(m); }                  // effects: locks m
void cancels(std::stop_source &s) { s.request_stop(); }                 // effects: cancels s
bool asks(std::stop_token t) { return t.stop_requested(); }             // effects: observes a stop t
void fulfils(std::promise<int> &p) { p.set_value(1); }                  // effects: fulfils p; called by lambda
void reads(std::future<int> &f) { f.get(); }                            // effects: waits f, blocks f, throws
bool ask();
void throws_() { // effects: throws; called by throws_through; called by catches
  if (ask())
    throw std::runtime_error("bad");
}
void nothing(int) {} // effects: ; called by nothing_through
void nothing_through() { nothing(1); }

// ---- through calls, with the names of the body that was asked about ----
void joins_through(std::thread &worker) { joins(worker); } // effects: waits worker, blocks worker, joins worker
void sleeps_through() { sleeps(); }                        // effects: blocks, sleeps; called by sleeps_far; called by lambda
void sleeps_far(bool b) {                                  // effects: blocks, sleeps
  if (b)
    sleeps_through();
  sleeps(); // note: 'sleeps' is called here
}
void throws_through() { throws_(); } // effects: throws
void catches() {
  try {
    throws_();
  } catch (...) {
  }
}

struct Owner {
  std::thread worker;
  std::mutex mutex;
  void joins_member() { joins(worker); }      // effects: waits worker, blocks worker, joins worker; called by all
  void all() { joins_member(); }              // effects: waits worker, blocks worker, joins worker; called by outside
  void guarded() { std::lock_guard l(mutex); } // effects: locks mutex
};
void outside(Owner &owner) { owner.all(); } // effects: waits owner.worker, blocks owner.worker, joins owner.worker

// ---- callables ----
void runs_now(std::promise<int> &p) { // effects: fulfils p
  auto set = [&] { fulfils(p); };     // effects: fulfils p; called by runs_now
  set();
}
template <class F> void invoke(F f) { f(); } // effects: blocks, sleeps; called by given_now
void given_now() {                           // effects: blocks, sleeps
  invoke([] { sleeps_through(); });          // effects: blocks, sleeps; called by invoke; handed over by given_now
}
/// What a task does is not done by its starter.
void starts() {                                      // effects: spawns t
  std::jthread t([] { std::this_thread::yield(); }); // effects: ; handed over by starts
}

// ---- recursion ----
void pong(int n);
void ping(int n) { // effects: locks shared; called by pong
  if (n > 0)
    pong(n - 1);
}
std::mutex shared;
void pong(int n) { // effects: locks shared; called by ping
  ping(n - 1);
  std::lock_guard l(shared);
}
void forever(int n) { forever(n); } // effects: ; called by forever

// ---- overriders ----
struct Base {
  virtual ~Base() = default;
  virtual void run() {} // effects: ; overridden by Middle; overridden by Leaf; called by calls_virtual
};
struct Middle : Base {
  void run() override { sleeps(); } // effects: blocks, sleeps; overridden by Leaf
};
struct Leaf : Middle {
  void run() override {}
};
/// The static callee alone is followed.
void calls_virtual(Base &b) { b.run(); }
