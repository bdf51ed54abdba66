// Which functions are signal handlers, and what they do that they must not.
// RUN: %verify --word signal %s heddle-dev-signals -- -std=c++20
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
void install() {
  std::signal(SIGINT, locks);
  signal(SIGTERM, &sets);
  struct sigaction sa {};
  sa.sa_handler = prints;
  signal(SIGSEGV, crash);
  signal(SIGSEGV, both);
  signal(SIGUSR1, both);
}
