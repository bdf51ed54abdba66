// Which functions are signal handlers, and what they do that they must not.
// RUN: %verify --word signal %s heddle-dev-signals -- -std=c++20
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>

std::mutex m;
volatile std::sig_atomic_t flag;
void helper() { std::lock_guard l(m); }
void locks(int) { helper(); } // signal: handler locks by helper
void sets(int) { flag = 1; }  // signal: handler
void prints(int) { std::puts("x"); } // signal: handler prints
void crash(int) { std::puts("x"); }  // signal: crash handler prints
void both(int) { flag = 2; }         // signal: handler
void none(int) { helper(); }
class Gate { // plays the role of an event
public:
  void open() {
    std::lock_guard l(m_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock l(m_);
    changed_.wait(l, [this] { return open_; });
  }

private:
  std::mutex m_;
  std::condition_variable changed_;
  bool open_ = false;
} gate;
void opens(int) { gate.open(); } // signal: handler locks by open, wakes by open
void install() {
  signal(SIGUSR2, opens);
  std::signal(SIGINT, locks);
  signal(SIGTERM, &sets);
  struct sigaction sa {};
  sa.sa_handler = prints;
  signal(SIGSEGV, crash);
  signal(SIGSEGV, both);
  signal(SIGUSR1, both);
}
