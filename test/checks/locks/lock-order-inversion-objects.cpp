// RUN: %verify %s heddle-lock-order-inversion -- -std=c++20
// One lock of two objects, which two threads take in opposite order.
#include <functional>
#include <mutex>
#include <pthread.h>
#include <thread>

struct Account {
  std::mutex mutex;
  long cents = 0;
};
static void bad_transfer(Account &from, Account &to, long cents) {
  std::lock_guard first(from.mutex);
  std::lock_guard second(to.mutex); // warning: 'to.mutex' is locked while 'from.mutex' is held, and two threads do that with the objects exchanged
  from.cents -= cents;
  to.cents += cents;
}
void market() {
  Account a, b;
  std::thread other([&] { bad_transfer(a, b, 1); }); // note: called here, on another thread, with the same two
  bad_transfer(b, a, 2);                             // note: called here with two objects
  other.join();
}

class bad_Tank {
public:
  void pour(bad_Tank &into, int litres) {
    std::lock_guard mine(mutex_);
    into.fill(litres); // warning: 'into.mutex_' is locked while 'mutex_' is held
    litres_ -= litres;
  }
  void fill(int litres) {
    std::lock_guard lock(mutex_);
    litres_ += litres;
  }

private:
  std::mutex mutex_;
  int litres_ = 0;
};
static bad_Tank left, right;
void plumb() {
  std::jthread a([] { left.pour(right, 1); });
  std::jthread b([] { right.pour(left, 1); });
}

// ---- silent ---------------------------------------------------------------------------------------------------------

static void ok_both(Account &from, Account &to, long cents) {
  std::scoped_lock both(from.mutex, to.mutex);
  from.cents -= cents;
  to.cents += cents;
}
static void ok_ordered(Account &from, Account &to, long cents) {
  Account &first = &from < &to ? from : to, &second = &from < &to ? to : from;
  std::lock_guard a(first.mutex);
  std::lock_guard b(second.mutex);
  from.cents -= cents;
  to.cents += cents;
}
static void ok_one_way(Account &from, Account &to, long cents) {
  std::lock_guard a(from.mutex);
  std::lock_guard b(to.mutex);
  from.cents -= cents;
  to.cents += cents;
}
static void ok_after_the_join(Account &from, Account &to, long cents) {
  std::lock_guard a(from.mutex);
  std::lock_guard b(to.mutex);
  from.cents -= cents;
  to.cents += cents;
}
void ok_markets() {
  Account a, b, c;
  std::thread other([&] {
    ok_both(a, b, 1);
    ok_ordered(a, b, 1);
    ok_one_way(a, b, 1);
    ok_one_way(b, c, 1);
    ok_after_the_join(a, b, 1);
  });
  ok_both(b, a, 2);
  ok_ordered(b, a, 2);
  ok_one_way(a, b, 2);
  other.join();
  ok_after_the_join(b, a, 2);
}
