// RUN: %verify %s heddle-lock-order-inversion -- -std=c++20
// Known misses: the limits that the page names.
#include <mutex>

struct Account {
  std::mutex mutex;
  long cents = 0;
};

// transfer(a, b) and transfer(b, a) on two threads of another file.
void FN_two_objects_of_one_class(Account &from, Account &to, long cents) {
  std::lock_guard first(from.mutex);
  std::lock_guard second(to.mutex);
  from.cents -= cents;
  to.cents += cents;
}
