// RUN: %verify %s heddle-double-fulfilment -- -std=c++20 -I %repository/lib/runtime/include
// The runtime's promise returns whether it was first: no call is one too many.
#include <heddle/future.h>

#include <utility>

int compute();
bool stale(int);

void ok_first_wins(heddle::promise<int> p) {
  int value = compute();
  if (!p.set_value(value))
    return;
  if (stale(value))
    (void)p.set_error(heddle::errc::canceled);
}

void ok_both(heddle::promise<int> p) {
  (void)p.set_value(compute());
  (void)p.set_value(0);
}
