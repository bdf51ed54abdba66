// RUN: %verify %s heddle-task-captures-reference,heddle-unsynchronized-task-write,heddle-result-read-before-wait -- -std=c++20
// Named function objects: the arguments of their members are what a lambda captures.
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Order {
  std::string dish;
  int guests = 0;
};
int cook(const std::string &);

class Cook {
public:
  Cook(const Order &order, int &minutes) : order_(order), minutes_(minutes) {}
  void operator()() const { minutes_ += cook(order_.dish); }

private:
  const Order &order_;
  int &minutes_;
};
class CookCopy {
public:
  CookCopy(const Order &order, int &minutes) : order_(order), minutes_(minutes) {}
  void operator()() const { minutes_ = cook(order_.dish); }

private:
  const Order order_;
  int &minutes_;
};
struct bad_Scribble {
  int &sum;
  const Order &order;
  void operator()() { add(order.guests); }
  void add(int guests) { sum += guests; } // warning: 'total' is written by several tasks without a common lock
};
struct Serve {
  const Order *order;
  std::mutex *door;
  int *served;
  void operator()() const {
    std::lock_guard lock(*door);
    count();
  }
  void count() const { *served += order->guests; }
};

// ---- the local dies ---------------------------------------------------------------------------------------------------

void bad_reference_member(const std::vector<std::string> &dishes, std::vector<int> &minutes) {
  std::vector<std::jthread> cooks;
  for (std::size_t i = 0; i != dishes.size(); ++i) {
    Order order{dishes[i], 2};
    cooks.emplace_back(Cook(order, minutes[i])); // warning: local 'order' is passed by reference to a task that may outlive it
  }
}
void bad_pointer_in_list(std::vector<std::thread> &hands, std::mutex &door, int &served) {
  Order order{"soup", 4};
  hands.emplace_back(Serve{&order, &door, &served}); // warning: local 'order' is passed by reference to a task that may outlive it
}
void ok_copied_member(const std::vector<std::string> &dishes, std::vector<int> &minutes) {
  std::vector<std::jthread> cooks;
  for (std::size_t i = 0; i != dishes.size(); ++i) {
    Order order{dishes[i], 2};
    cooks.emplace_back(CookCopy(order, minutes[i]));
  }
}
void ok_joined(int &minutes) {
  Order order{"stew", 1};
  std::thread cook(Cook(order, minutes));
  cook.join();
}

// ---- several write -----------------------------------------------------------------------------------------------------

int sum(const std::vector<Order> &orders) {
  int total = 0;
  {
    std::vector<std::jthread> hands;
    for (const Order &o : orders)
      hands.emplace_back(bad_Scribble{total, o}); // note: the tasks that are started here run concurrently
  }
  return total;
}
int ok_sum_locked(const std::vector<Order> &orders) {
  int served = 0;
  std::mutex door;
  {
    std::vector<std::jthread> hands;
    for (const Order &o : orders)
      hands.emplace_back(Serve{&o, &door, &served});
  }
  return served;
}
int ok_own_slots(const std::vector<Order> &orders) {
  std::vector<int> minutes(orders.size());
  {
    std::vector<std::jthread> cooks;
    for (std::size_t i = 0; i != orders.size(); ++i)
      cooks.emplace_back(CookCopy(orders[i], minutes[i]));
  }
  return minutes.empty() ? 0 : minutes.front();
}

// ---- read too early ----------------------------------------------------------------------------------------------------

int bad_early(const Order &o) {
  int minutes = 0;
  std::thread t(CookCopy(o, minutes));
  int guess = minutes; // warning: 'minutes' is read while the task that writes it may still run
  t.join();
  return guess;
}
int ok_late(const Order &o) {
  int minutes = 0;
  std::thread t(CookCopy(o, minutes));
  t.join();
  return minutes;
}

// ---- two objects around one --------------------------------------------------------------------------------------------

struct Ledger {
  std::mutex mutex;
  std::vector<int> lines;
};
class Clerk {
public:
  explicit Clerk(Ledger &ledger) : ledger_(ledger) {}
  void bad_book(int amount) {
    std::lock_guard lock(mutex_);
    ledger_.lines.push_back(amount); // warning: 'ledger.lines' is written by two tasks without a common lock
  }

private:
  std::mutex mutex_;
  Ledger &ledger_;
};
class CarefulClerk {
public:
  explicit CarefulClerk(Ledger &ledger) : ledger_(ledger) {}
  void book(int amount) {
    std::lock_guard lock(ledger_.mutex);
    ledger_.lines.push_back(amount);
  }

private:
  Ledger &ledger_;
};
void two_clerks(Ledger &ledger) {
  Clerk a(ledger), b(ledger);
  std::jthread one([&a] { a.bad_book(1); });
  std::jthread two([&b] { b.bad_book(2); });
}
void two_clerks_by_argument(Ledger &ledger) {
  Clerk a(ledger), b(ledger);
  const auto shift = [](Clerk &clerk, int n) { clerk.bad_book(n); };
  std::jthread one(shift, std::ref(a), 1);
  std::jthread two(shift, std::ref(b), 2);
}
void ok_two_careful_clerks(Ledger &ledger) {
  CarefulClerk a(ledger), b(ledger);
  std::jthread one([&a] { a.book(1); });
  std::jthread two([&b] { b.book(2); });
}
void ok_two_ledgers(Ledger &here, Ledger &there) {
  Clerk a(here), b(there);
  std::jthread one([&a] { a.bad_book(1); });
  std::jthread two([&b] { b.bad_book(2); });
}

// ---- bits share a byte -------------------------------------------------------------------------------------------------

bool open(int port);
void bad_bits(int n) {
  std::vector<bool> up(n);
  std::vector<std::jthread> probes;
  for (int i = 0; i != n; ++i)
    probes.emplace_back([&up, i] { up[i] = open(i); }); // warning: 'up' is written by several tasks without a common lock
}
void ok_bytes(int n) {
  std::vector<char> up(n);
  std::vector<std::jthread> probes;
  for (int i = 0; i != n; ++i)
    probes.emplace_back([&up, i] { up[i] = open(i); });
}
