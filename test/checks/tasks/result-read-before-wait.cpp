// RUN: %verify %s heddle-result-read-before-wait -- -std=c++20
// The seed's row; every signal that the task is done makes the read safe.
#include "Inputs/event.h"
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

struct Route {
  std::vector<int> legs;
  double km = 0;
};
Route search(int);
double measure(int);
void show(double);
void log(const std::string &);

double bad_S9_read_before_get() {
  Route best;
  auto f = std::async(std::launch::async, [&] { best = search(1); }); // note: the task writes it here // note: the task is started here
  double km = best.km; // warning: 'best' is read while the task that writes it may still run
  f.get();
  return km;
}

double bad_thread() {
  double value = 0;
  std::thread t([&value] { value = measure(1); }); // note: the task writes it here // note: the task is started here
  show(value); // warning: 'value' is read while the task that writes it may still run
  t.join();
  return value;
}

int bad_size() {
  std::vector<int> found;
  std::jthread t([&found] { found.push_back(1); }); // note: the task writes it here // note: the task is started here
  return static_cast<int>(found.size()); // warning: 'found' is read while the task that writes it may still run
}

double bad_one_of_two_joined() {
  double a = 0, b = 0;
  std::thread first([&] { a = measure(1); });
  std::thread second([&] { b = measure(2); }); // note: the task writes it here // note: the task is started here
  first.join();
  double sum = a + b; // warning: 'b' is read while the task that writes it may still run
  second.join();
  return sum;
}

double bad_only_if(bool wait) {
  double value = 0;
  std::thread t([&] { value = measure(1); }); // note: the task writes it here // note: the task is started here
  if (wait)
    t.join();
  double seen = value; // warning: 'value' is read while the task that writes it may still run
  if (t.joinable())
    t.join();
  return seen;
}

void compute(double *out) { *out = measure(3); } // note: the task writes it here
double bad_pointer() {
  double value = 0;
  std::thread t(compute, &value); // note: the task is started here
  double seen = value; // warning: 'value' is read while the task that writes it may still run
  t.join();
  return seen;
}

double bad_timed_wait() {
  double value = 0;
  auto f = std::async(std::launch::async, [&value] { value = measure(1); }); // note: the task writes it here // note: the task is started here
  f.wait_for(std::chrono::milliseconds(10));
  double seen = value; // warning: 'value' is read while the task that writes it may still run
  f.get();
  return seen;
}

class Report {
public:
  double bad_member() {
    std::thread t([this] { total_ = measure(1); }); // note: the task writes it here // note: the task is started here
    double seen = total_; // warning: 'total_' is read while the task that writes it may still run
    t.join();
    return seen;
  }
  double bad_through_getter() {
    std::thread t([this] { total_ = measure(1); }); // note: the task writes it here // note: the task is started here
    double seen = total(); // warning: 'total_' is read while the task that writes it may still run // note: in the call of 'total' here
    t.join();
    return seen;
  }
  double ok_joined() {
    std::thread t([this] { total_ = measure(1); });
    t.join();
    return total_;
  }
  double ok_locked() {
    std::thread t([this] {
      std::lock_guard lock(mutex_);
      total_ = measure(1);
    });
    double seen = 0;
    {
      std::lock_guard lock(mutex_);
      seen = total_;
    }
    t.join();
    return seen;
  }

private:
  double total() const { return total_; } // note: it is read here
  std::mutex mutex_;
  double total_ = 0;
};

// ---- silent ----------------------------------------------------------------------------------------------------------

double ok_get_first() {
  Route best;
  auto f = std::async(std::launch::async, [&] { best = search(1); });
  f.get();
  return best.km;
}

double ok_returned_value() {
  auto f = std::async(std::launch::async, [] { return measure(1); });
  double other = measure(2);
  return f.get() + other;
}

double ok_read_before_start() {
  double value = measure(0);
  show(value);
  std::thread t([&value] { value = measure(1); });
  t.join();
  return value;
}

double ok_scope() {
  double value = 0;
  { std::jthread t([&value] { value = measure(1); }); }
  return value;
}

double ok_condition() {
  std::mutex m;
  std::condition_variable cv;
  bool done = false;
  double value = 0;
  std::jthread t([&] {
    value = measure(1);
    std::lock_guard lock(m);
    done = true;
    cv.notify_one();
  });
  std::unique_lock lock(m);
  cv.wait(lock, [&] { return done; });
  return value;
}

double ok_atomic_flag() {
  std::atomic<bool> done{false};
  double value = 0;
  std::jthread t([&] {
    value = measure(1);
    done.store(true, std::memory_order_release);
  });
  while (!done.load(std::memory_order_acquire))
    std::this_thread::yield();
  return value;
}

double ok_latch() {
  std::latch ready(1);
  double value = 0;
  std::jthread t([&] {
    value = measure(1);
    ready.count_down();
    log("written");
  });
  ready.wait();
  return value;
}

double ok_promise() {
  std::promise<void> ready;
  auto f = ready.get_future();
  double value = 0;
  std::jthread t([&value, ready = std::move(ready)]() mutable {
    value = measure(1);
    ready.set_value();
  });
  f.wait();
  return value;
}

double ok_status_tested() {
  double value = 0;
  auto f = std::async(std::launch::async, [&value] { value = measure(1); });
  if (f.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready)
    return 0;
  return value;
}

double ok_atomic_value() {
  std::atomic<double> value{0};
  std::jthread t([&] { value = measure(1); });
  return value;
}

double ok_correlated(bool parallel) {
  double value = 0;
  std::thread t;
  if (parallel)
    t = std::thread([&] { value = measure(1); });
  if (parallel)
    t.join();
  return value;
}

void finish(std::vector<std::thread> &threads) {
  for (auto &t : threads)
    t.join();
}
double ok_joined_by_helper() {
  std::vector<double> parts(4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&parts, i] { parts[i] = measure(i); });
  finish(threads);
  return parts[0];
}

double ok_own_copy() {
  double value = 0;
  std::jthread t([value]() mutable { value = measure(1); });
  return value;
}

// A hand-written event, set by a callable that another thread runs.
void postToDecoder(std::function<void()> job);
class Card {
public:
  double bad_layout() {
    auto decoded = std::make_shared<Event>();
    postToDecoder([this, decoded] {
      route_ = search(7); // note: the task writes it here
      decoded->set();
    });
    const double km = length(); // warning: 'route_' is read while the task that writes it may still run
    decoded->wait();
    return km + route_.km;
  }
  double ok_layout() {
    auto decoded = std::make_shared<Event>();
    postToDecoder([this, decoded] {
      route_ = search(7);
      decoded->set();
    });
    decoded->wait();
    return length() + route_.km;
  }
  double ok_nobody_tells() { // nothing says that the job does not run at once
    postToDecoder([this] { route_ = search(7); });
    return length();
  }

private:
  double length() const { return route_.km; }
  Route route_;
};

// What a member hands out with its thread: reading the handle reads nothing that it leads to.
struct Measurement {
  std::shared_ptr<Route> route = std::make_shared<Route>();
  std::jthread reader;
};
Measurement ok_handed_out() {
  Measurement m;
  m.reader = std::jthread([route = m.route] { *route = search(3); });
  return m;
}

// A helper starts the task in a member that the caller can wait for.
class Atlas {
public:
  double bad_rebuild() {
    launch();
    const double km = route_.km; // warning: 'route_' is read while the task that writes it may still run
    finish();
    return km;
  }
  double ok_rebuild() {
    launch();
    finish();
    return route_.km;
  }

private:
  void launch() {
    worker_ = std::thread([this] { route_ = search(1); });
  }
  void finish() { worker_.join(); }
  Route route_;
  std::thread worker_;
};

double ok_array_joined_before() {
  double parts[3];
  std::thread threads[3];
  for (auto &t : threads)
    t = std::thread([&part = parts[&t - threads]] { part = measure(1); });
  for (auto &t : threads)
    t.join();
  return parts[0];
}
double bad_array_joined_after() {
  double parts[3];
  std::thread threads[3];
  for (auto &t : threads)
    t = std::thread([&part = parts[&t - threads]] { part = measure(1); });
  double sum = 0;
  for (double part : parts) // warning: 'parts' is read while the task that writes it may still run
    sum += part;
  for (auto &t : threads)
    t.join();
  return sum;
}

// A local that holds a reference to the threads, and joins them when it is asked.
class JoinAll {
public:
  explicit JoinAll(std::vector<std::thread> &threads) : threads_(threads) {}
  ~JoinAll() { now(); }
  void now() {
    for (auto &t : threads_)
      if (t.joinable())
        t.join();
  }

private:
  std::vector<std::thread> &threads_;
};
double ok_joined_by_an_object() {
  double km = 0;
  std::vector<std::thread> threads;
  JoinAll joiner(threads);
  threads.emplace_back([&km] { km = measure(1); });
  joiner.now();
  return km;
}
double bad_joined_by_an_object_later() {
  double km = 0;
  std::vector<std::thread> threads;
  JoinAll joiner(threads);
  threads.emplace_back([&km] { km = measure(1); });
  double seen = km; // warning: 'km' is read while the task that writes it may still run
  joiner.now();
  return seen;
}

// The caller's guard is a parameter: both hold the mutex.
class ok_GuardParameter {
public:
  void put(int i) {
    std::unique_lock<std::mutex> lock(mutex_);
    makeRoom(lock);
    current_ += i;
  }

private:
  void makeRoom(std::unique_lock<std::mutex> &lock) {
    while (current_ > 100) {
      if (old_ == 0) {
        old_ = current_;
        current_ = 0;
        std::thread([this] { compact(); }).detach();
      } else {
        lock.unlock();
        lock.lock();
      }
    }
  }
  void compact() {
    std::lock_guard<std::mutex> lock(mutex_);
    old_ = 0;
  }
  std::mutex mutex_;
  int current_ = 0;
  int old_ = 0;
};

// Looking for a key reads the table, in whatever form.
using Table = std::unordered_map<std::string, int>;
void load(Table &);
void fill(Table &table) { table["a"] = 1; }
int lookUp(Table &table) {
  auto it = table.find("a"); // note: it is read here
  return it == table.end() ? 0 : it->second;
}
int bad_find_here() {
  Table table;
  auto f = std::async(std::launch::async, fill, std::ref(table));
  auto it = table.find("a"); // warning: 'table' is read while the task that writes it may still run
  int found = it == table.end() ? 0 : 1;
  f.get();
  return found;
}
int bad_find_in_a_helper() {
  Table table;
  std::thread t([&] { fill(table); });
  int found = lookUp(table); // warning: 'table' is read while the task that writes it may still run
  t.join();
  return found;
}
int ok_find_after() {
  Table table;
  std::thread t([&] { fill(table); });
  t.join();
  return lookUp(table);
}
int ok_elements_are_changed(Table &table) { // the table itself stays as it is
  auto at = table.find("a");
  std::thread t([&] { at->second = 1; });
  bool known = table.find("b") != table.end();
  t.join();
  return known;
}

// Where no task could be started, the starter does the work itself.
double ok_does_it_itself() {
  double km = 0;
  std::vector<std::thread> threads;
  int started = 0;
  for (int i = 0; i != 4 && measure(i) > 0; ++i) {
    threads.emplace_back([&km] { km = measure(1); });
    ++started;
  }
  if (started == 0)
    km += measure(2);
  if (!started)
    km += measure(2);
  if (threads.empty())
    km += measure(2);
  for (auto &t : threads)
    t.join();
  return km;
}
double bad_does_it_beside_them() {
  double km = 0;
  std::vector<std::thread> threads;
  int started = 0, asked = 0;
  for (int i = 0; i != 4; ++i) {
    if (measure(i) > 0) {
      threads.emplace_back([&km] { km = measure(1); });
      ++started;
    }
    ++asked;
  }
  if (started != 0)
    show(km); // warning: 'km' is read while the task that writes it may still run
  for (auto &t : threads)
    t.join();
  return km;
}
double bad_counts_something_else() {
  double km = 0;
  std::vector<std::thread> threads;
  int refused = 0;
  for (int i = 0; i != 4; ++i) {
    if (measure(i) > 0)
      threads.emplace_back([&km] { km = measure(1); });
    else
      ++refused;
  }
  if (refused == 0)
    show(km); // warning: 'km' is read while the task that writes it may still run
  for (auto &t : threads)
    t.join();
  return km;
}

// ---- copies that are made under the lock of what is copied ----
class Counts {
public:
  Counts() = default;
  Counts(const Counts &other) : Counts(other, std::lock_guard<std::mutex>(other.mutex_)) {}
  Counts &operator=(const Counts &) = delete;
  void add(int n) {
    std::lock_guard lock(mutex_);
    sum_ += n;
  }

private:
  Counts(const Counts &other, const std::lock_guard<std::mutex> &) : sum_(other.sum_) {}
  mutable std::mutex mutex_;
  long sum_ = 0;
};
class Totals {
public:
  Totals() = default;
  Totals(const Totals &other) {
    std::lock_guard lock(other.mutex_);
    sum_ = other.sum_;
  }
  Totals &operator=(const Totals &) = delete;
  void add(int n) {
    std::lock_guard lock(mutex_);
    sum_ += n;
  }

private:
  mutable std::mutex mutex_;
  long sum_ = 0;
};
class Sums { // the copy takes no lock
public:
  Sums() = default;
  Sums(const Sums &other) : sum_(other.sum_) {}
  void add(int n) {
    std::lock_guard lock(mutex_);
    sum_ += n;
  }

private:
  std::mutex mutex_;
  long sum_ = 0;
};
void keep(const Counts &);
void keep(const Totals &);
void keep(const Sums &);
void ok_copies_with_a_guard(Counts &counts) {
  std::jthread t([&counts] { counts.add(1); });
  const Counts copy(counts);
  keep(copy);
}
void ok_copies_under_the_lock(Totals &totals) {
  std::jthread t([&totals] { totals.add(1); });
  Totals copy = totals;
  keep(copy);
}
void bad_copies_without(Sums &sums) {
  std::jthread t([&sums] { sums.add(1); }); // note: the task is started here
  const Sums copy(sums); // warning: 'sums.sum_' is read while the task that writes it may still run
  keep(copy);
}
