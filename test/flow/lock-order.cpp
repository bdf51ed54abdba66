// Which lock is taken while which other one is held, and what is taken in both orders.
// RUN: %verify --word order %s heddle-dev-lock-order -- -std=c++20
#include <mutex>

std::mutex a, b, c, gate;
void forth() {
  std::lock_guard x(a);
  std::lock_guard y(b); // order: a then b; a then b, and in the other order
}
void takes_a() { std::lock_guard x(a); }
void back() {
  std::lock_guard y(b);
  takes_a(); // order: b then a
}
void at_once() { std::scoped_lock both(b, a); }
void tries() {
  std::lock_guard y(b);
  if (c.try_lock())
    c.unlock();
}
void gated_forth() {
  std::lock_guard g(gate);
  std::lock_guard x(a); // order: gate then a
  std::lock_guard y(c); // order: gate then c; a then c
}
void gated_back() {
  std::lock_guard g(gate);
  std::lock_guard y(c); // order: gate then c
  std::lock_guard x(a); // order: gate then a; c then a
}
struct Node {
  std::mutex m;
  Node *next;
  void two_objects() {
    std::lock_guard x(m);
    std::lock_guard y(next->m);
  }
};
