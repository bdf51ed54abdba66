// RUN: %verify %s heddle-busy-wait -- -std=c++20
// The seed's row (P20: a tight loop that yields until others are done).
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;
void work();
bool more();
static std::atomic<bool> ready{false};
static std::atomic<int> left{4};

void bad_empty() {
  while (!ready) // warning: this loop spins until 'ready' changes
    ;
}
void bad_yield() {
  while (left.load() > 0) // warning: this loop spins until 'left' changes
    std::this_thread::yield();
}
void bad_block() {
  while (!ready.load(std::memory_order_acquire)) { // warning: this loop spins until 'ready' changes
  }
}
class bad_Pool {
public:
  void wait() {
    while (active != 0) { // warning: this loop spins until 'active' changes
      std::this_thread::yield();
    }
  }
  void enter() { ++active; }
  void leave() { --active; }

private:
  std::atomic<int> active{0};
};
int bad_future(std::future<int> &f) {
  std::future_status status;
  do {
    work();
    status = f.wait_for(0s); // warning: the future is polled without waiting
  } while (status != std::future_status::ready && more());
  return f.get();
}
int bad_poll(std::future<int> &f) {
  while (f.wait_for(std::chrono::seconds(0)) != std::future_status::ready) // warning: the future is polled without waiting
    ;
  return f.get();
}

// ---- silent ---------------------------------------------------------------------------------------------------------

void ok_wait() { ready.wait(false); }
void ok_sleeps() {
  while (!ready)
    std::this_thread::sleep_for(10ms);
}
void ok_works() {
  while (!ready)
    work();
}
class ok_SpinLock {
public:
  void lock() {
    while (taken.exchange(true)) {
      while (taken)
        ;
    }
  }
  void unlock() { taken = false; }

private:
  std::atomic<bool> taken{false};
};
void ok_cas(int n) {
  int seen = left.load();
  while (!left.compare_exchange_weak(seen, seen + n))
    ;
}
void ok_claim() {
  while (ready.exchange(true))
    ;
}
void ok_bounded() {
  for (int i = 0; i < 100 && !ready; ++i)
    std::this_thread::yield();
}
int ok_future(std::future<int> &f) {
  while (f.wait_for(10ms) != std::future_status::ready)
    work();
  return f.get();
}
int ok_sleeping_poll(std::future<int> &f) {
  while (f.wait_for(0s) != std::future_status::ready)
    std::this_thread::sleep_for(1ms);
  return f.get();
}
bool ok_once(std::future<int> &f) { return f.wait_for(0s) == std::future_status::ready; }
void ok_until_deadline() {
  const auto end = std::chrono::steady_clock::now() + 1ms;
  while (!ready && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
}
