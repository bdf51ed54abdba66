// RUN: %verify %s heddle-published-local -- -std=c++20
// The seed's row: a local that another task holds by reference changes or dies.
#include "Inputs/blocking_queue.h"
#include <condition_variable>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

struct Snapshot {
  std::vector<int> values;
  int total = 0;
};
Snapshot load();
void fill(Snapshot &);
void use(const Snapshot &);
int next();

void bad_F14_changed_after_fulfil(std::promise<Snapshot *> &p) {
  Snapshot s = load();
  p.set_value(&s); // note: a reference to it is handed over here
  s.total = next(); // warning: 's' is modified after it was shared by reference with another task as the value of a future
}

void bad_dies_after_fulfil(std::promise<const Snapshot *> p) {
  Snapshot s = load(); // note: 's' lives until its scope ends
  p.set_value(&s); // warning: a reference to local 's' is handed to another task as the value
}

void bad_view(std::promise<std::string_view> &p) {
  std::string text = "ready"; // note: 'text' lives until its scope ends
  text += std::to_string(next());
  p.set_value(text); // warning: a reference to local 'text' is handed to another task as the
}

void bad_span(std::promise<std::span<const int>> &p) {
  std::vector<int> values{1, 2, 3}; // note: 'values' lives until its scope ends
  p.set_value(std::span<const int>(values)); // warning: a reference to local 'values' is handed to another task as the
}

void bad_reference(std::promise<std::reference_wrapper<Snapshot>> &p) {
  Snapshot s = load(); // note: 's' lives until its scope ends
  p.set_value(std::ref(s)); // warning: a reference to local 's' is handed to another task as the value
}

void bad_in_task(std::promise<Snapshot *> p) {
  std::jthread t([p = std::move(p)]() mutable {
    Snapshot s = load(); // note: 's' lives until its scope ends
    p.set_value(&s); // warning: a reference to local 's' is handed to another task as the value
  });
}

void bad_sent(BlockingQueue<Snapshot *> &out) {
  Snapshot s;
  for (int i = 0; i < 3; ++i) {
    fill(s);
    out.push(&s); // note: a reference to it is handed over here
    s.values.clear(); // warning: 's' is modified after it was shared by reference with another task through a channel
  }
}

void bad_captured() {
  Snapshot s = load();
  std::jthread t([&s] { use(s); }); // note: the task reads it here // note: the task is started here
  s.total = next(); // warning: 's.total' is modified while a task that holds a reference to it may still read it
}

void bad_captured_container(std::vector<int> seed) {
  std::vector<int> values = seed;
  std::thread t([&values] { // note: the task is started here
    for (int v : values) // note: the task reads it here
      (void)v;
  });
  values.push_back(4); // warning: 'values' is modified while a task that holds a reference to it may still read it
  t.join();
}

// ---- silent ----------------------------------------------------------------------------------------------------------

void ok_value(std::promise<Snapshot> &p) {
  Snapshot s = load();
  p.set_value(s);
  s.total = next();
}

void ok_shared(std::promise<std::shared_ptr<const Snapshot>> &p) {
  auto s = std::make_shared<const Snapshot>(load());
  p.set_value(s);
}

void ok_moved(std::promise<std::unique_ptr<Snapshot>> &p) {
  auto s = std::make_unique<Snapshot>(load());
  s->total = next();
  p.set_value(std::move(s));
}

void ok_copied_text(std::promise<std::string> &p) {
  std::string text = "ready";
  p.set_value(text);
}

void ok_static(std::promise<const Snapshot *> &p) {
  static const Snapshot s = load();
  p.set_value(&s);
}

void ok_parameter(std::promise<Snapshot *> &p, Snapshot &s) { p.set_value(&s); }

void ok_waits_for_the_reader(std::promise<Snapshot *> &p, std::latch &read) {
  Snapshot s = load();
  p.set_value(&s);
  read.wait();
}

void ok_rendezvous() {
  Snapshot s = load();
  std::promise<Snapshot *> p;
  std::thread t([f = p.get_future()]() mutable { use(*f.get()); });
  p.set_value(&s);
  t.join();
}

void ok_changed_before(std::promise<Snapshot *> &p, std::latch &read) {
  Snapshot s;
  s.total = next();
  p.set_value(&s);
  read.wait();
  s.total = next();
}

void ok_heap(std::promise<Snapshot *> &p) {
  auto *s = new Snapshot(load());
  p.set_value(s);
}

void ok_pointer_parameter(std::promise<Snapshot *> &p, Snapshot *s) {
  p.set_value(s);
  s = nullptr;
}

void ok_joined_before_the_change() {
  Snapshot s = load();
  std::thread t([&s] { use(s); });
  t.join();
  s.total = next();
}

void ok_captured_copy() {
  Snapshot s = load();
  std::jthread t([s] { use(s); });
  s.total = next();
}

void ok_other_field() {
  Snapshot s = load();
  std::thread t([&s] {
    if (s.values.size() > 3)
      next();
  });
  s.total = next();
  t.join();
}

void ok_locked() {
  std::mutex m;
  Snapshot s = load();
  std::jthread t([&] {
    std::lock_guard lock(m);
    use(s);
  });
  std::lock_guard lock(m);
  s.total = next();
}

/// Made to be shared: it has a lock of its own.
class Loop {
public:
  void post(int n) {
    std::lock_guard lock(mutex_);
    queue_.push_back(n);
  }

private:
  std::mutex mutex_;
  std::vector<int> queue_;
};
void ok_shared_on_purpose(std::promise<Loop *> &ready, std::latch &done) {
  Loop loop;
  ready.set_value(&loop);
  loop.post(1);
  done.wait();
}

// A callable that was left with somebody tells what this function waits for: the task may be the one who calls it.
struct Link {
  std::function<void()> onUp;
  void open();
};
class Session {
public:
  void run() { use(state_); }
  void stop() { state_.total = 0; }

private:
  Snapshot state_;
};
void ok_told_by_callback(Link &link) {
  Session session;
  std::mutex m;
  std::condition_variable cv;
  bool up = false;
  link.onUp = [&] {
    std::lock_guard lock(m);
    up = true;
    cv.notify_one();
  };
  link.open();
  std::thread t([&session] { session.run(); });
  {
    std::unique_lock lock(m);
    cv.wait(lock, [&] { return up; });
  }
  session.stop();
  t.join();
}
void bad_told_by_nobody(Link &link) {
  Session session;
  link.open();
  std::thread t([&session] { session.run(); }); // note: the task is started here // note: in the call of 'run' here
  session.stop(); // warning: 'session.state_.total' is modified while a task that holds a reference to it may still read it
  t.join();
}
// ---- a struct with views in it, made by a function -----------------------------------------------------------------------
struct Header {
  std::string_view name;
  std::string_view value;
  int weight = 0;
};
Header parse(std::string_view line) {
  Header h;
  const auto colon = line.find(':');
  h.name = line.substr(0, colon);
  h.value = line.substr(colon + 1);
  return h;
}
struct OwnHeader {
  std::string name, value;
};
OwnHeader parseOwn(std::string_view line) {
  OwnHeader h;
  h.name = line.substr(0, line.find(':'));
  return h;
}
Header parseTable(std::string_view line) {
  Header h;
  h.name = "unknown";
  h.weight = static_cast<int>(line.size());
  return h;
}
std::string readLine();
void bad_views_in_a_struct(std::promise<Header> &p) {
  std::string line = readLine(); // note: 'line' lives until its scope ends
  p.set_value(parse(line)); // warning: a reference to local 'line' is handed to another task as the value
}
void ok_strings_in_a_struct(std::promise<OwnHeader> &p) {
  std::string line = readLine();
  p.set_value(parseOwn(line));
}
void ok_views_of_something_else(std::promise<Header> &p) {
  std::string line = readLine();
  p.set_value(parseTable(line));
}
void ok_views_of_the_callers(std::promise<Header> &p, const std::string &line) { p.set_value(parse(line)); }
