// What becomes of a callable parameter tells the body of the function that takes it: it is called now, kept for later,
// or given to a task. A function without a body that takes a std::function by value keeps it.
// RUN: %verify --word state %s heddle-dev-states -- -std=c++20
#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

void heddle_state(const std::promise<int> &);

template <class F> void now(F f) { f(); }
template <class F> void in_a_thread(F f) {
  std::thread t(f);
  t.detach();
}
template <class F> void in_a_thread_forwarded(F &&f) { std::thread(std::forward<F>(f)).detach(); }
struct Loop {
  std::vector<std::function<void()>> queue;
  std::function<void()> handler;
  void post(std::function<void()> f) { queue.push_back(std::move(f)); }
  void on(std::function<void()> f) { handler = std::move(f); }
  void unseen(std::function<void()> f);
  void looked_at(const std::function<void()> &f);
};

void called_now(std::promise<int> &p) {
  now([&] { p.set_value(1); });
  heddle_state(p); // state: fulfilled
}
void started(std::promise<int> &p) {
  in_a_thread([&] { p.set_value(1); });
  heddle_state(p); // state: promised
}
void started_forwarded(std::promise<int> &p) {
  in_a_thread_forwarded([&] { p.set_value(1); });
  heddle_state(p); // state: promised
}
void queued(Loop &l, std::promise<int> &p) {
  l.post([&] { p.set_value(1); });
  heddle_state(p); // state: promised
}
void stored(Loop &l, std::promise<int> &p) {
  l.on([&] { p.set_value(1); });
  heddle_state(p); // state: promised
}
void given_to_unseen_code(Loop &l, std::promise<int> &p) {
  l.unseen([&] { p.set_value(1); });
  heddle_state(p); // state: promised
}
// By reference to const: nobody knows when, or if.
void shown_to_unseen_code(Loop &l, std::promise<int> &p) {
  l.looked_at([&] { p.set_value(1); });
  heddle_state(p); // state: escaped
}
void kept_in_a_variable(Loop &l, std::promise<int> &p) {
  auto f = [&] { p.set_value(1); };
  heddle_state(p); // state: entry
  l.post(f);
  heddle_state(p); // state: promised
}
void kept_in_a_function(Loop &l, std::promise<int> &p) {
  std::function<void()> f = [&] { p.set_value(1); };
  l.post(f);
  heddle_state(p); // state: promised
}
void only_made(std::promise<int> &p) {
  auto f = [&] { p.set_value(1); };
  (void)f;
  heddle_state(p); // state: entry
}
void returned_by_value(std::promise<int> &p) {
  std::vector<int> v;
  std::for_each(v.begin(), v.end(), [&](int x) { p.set_value(x); });
  // A range may be empty.
  heddle_state(p); // state: entry fulfilled
}

// ---- other spellings ----
void fulfil(std::promise<int> &p) { p.set_value(1); }
void fulfil_pointer(std::promise<int> *p) { p->set_value(1); }
void fulfil_owner(std::shared_ptr<std::promise<int>> p) { p->set_value(1); }
void by_reference(std::promise<int> &p) {
  std::thread t(fulfil, std::ref(p));
  heddle_state(p); // state: promised
  t.join();
}
void by_pointer(std::promise<int> &p) {
  std::thread t(fulfil_pointer, &p);
  heddle_state(p); // state: promised
  t.join();
}
void by_owner(std::shared_ptr<std::promise<int>> p) {
  std::thread t(fulfil_owner, p);
  heddle_state(*p); // state: promised
  t.join();
}
void by_bind(std::promise<int> &p) {
  std::thread t(std::bind(fulfil, std::ref(p)));
  heddle_state(p); // state: promised
  t.join();
}
void by_bind_front(std::promise<int> &p) {
  std::thread t(std::bind_front(fulfil_pointer, &p));
  heddle_state(p); // state: promised
  t.join();
}
struct Task {
  std::promise<int> done;
  std::thread t;
  void run() { done.set_value(1); }
  void outer() { run(); }
  void by_member() {
    t = std::thread(&Task::run, this);
    heddle_state(done); // state: promised
  }
  void through_another() {
    t = std::thread(&Task::outer, this);
    heddle_state(done); // state: promised
  }
  void by_lambda() {
    t = std::thread([this] { run(); });
    heddle_state(done); // state: promised
  }
  static void *entry(void *arg) {
    static_cast<Task *>(arg)->run();
    return nullptr;
  }
  static void *entry_with_a_name(void *arg) {
    auto *self = static_cast<Task *>(arg);
    self->run();
    return nullptr;
  }
  void by_c_entry(pthread_t &id) {
    pthread_create(&id, nullptr, entry, this);
    heddle_state(done); // state: promised
  }
  void by_c_entry_with_a_name(pthread_t &id) {
    pthread_create(&id, nullptr, &Task::entry_with_a_name, this);
    heddle_state(done); // state: promised
  }
};
struct Fulfiller {
  std::promise<int> &p;
  void operator()() const { p.set_value(1); }
};
void by_functor(std::promise<int> &p) {
  std::thread t(Fulfiller{p});
  // limit: what a function object took over is not followed into its members.
  heddle_state(p); // state: escaped
  t.join();
}
void of_another_object(Task &a, Task &b) {
  std::thread t(&Task::run, &a);
  heddle_state(a.done); // state: promised
  heddle_state(b.done); // state: entry
  t.join();
}
void captured_by_move(Loop &l) {
  auto p = std::make_unique<std::promise<int>>();
  auto f = [p = std::move(p)] { p->set_value(1); };
  f();
}
void nested(Loop &l, std::shared_ptr<std::promise<int>> p) {
  l.post([&l, p] { l.post([p] { p->set_value(1); }); });
  heddle_state(*p); // state: promised
}
// Two callables of one call are alternatives.
void either_of_two(std::function<void()> ok, std::function<void()> failed);
void alternatives(std::shared_ptr<std::promise<int>> p) {
  either_of_two([p] { p->set_value(1); }, [p] { p->set_value(2); });
  heddle_state(*p); // state: promised
}
