// The names under which one object is known.
// RUN: %verify --word state %s heddle-dev-states -- -std=c++20
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

void heddle_state(const std::mutex &);
void heddle_state(const std::promise<int> &);
bool ask();

void reference(std::mutex &m) {
  std::mutex &r = m;
  r.lock();
  heddle_state(m); // state: held
  auto &&s = r;
  s.unlock();
  heddle_state(m); // state: free
}
void pointer(std::mutex &m) {
  std::mutex *p = &m;
  p->lock();
  heddle_state(m); // state: held
  (*p).unlock();
  heddle_state(*p); // state: free
}
void pointer_that_moves_on(std::mutex &a, std::mutex &b) {
  std::mutex *p = &a;
  if (ask())
    p = &b;
  p->lock();
  heddle_state(a); // state: escaped
  heddle_state(b); // state: entry escaped
}
void address_of(std::promise<int> &x) {
  auto *p = std::addressof(x);
  p->set_value(1);
  heddle_state(x); // state: fulfilled
}
void either(std::mutex &a, std::mutex &b, bool c) {
  std::mutex &r = c ? a : b;
  r.lock();
  heddle_state(a); // state: entry escaped
  heddle_state(r); // state: held
}
void cast(std::mutex &m) {
  void *p = &m;
  static_cast<std::mutex *>(p)->lock();
  heddle_state(m); // state: held
}

// ---- owners ----
void shared_copies(std::shared_ptr<std::promise<int>> p) {
  auto q = p;
  q->set_value(1);
  heddle_state(*p); // state: fulfilled
  heddle_state(*q); // state: fulfilled
}
void unique() {
  auto p = std::make_unique<std::promise<int>>();
  heddle_state(*p); // state: fresh
  p->set_value(1);
  heddle_state(*p.get()); // state: fulfilled
}
void raw_new() {
  std::promise<int> *p = new std::promise<int>;
  heddle_state(*p); // state: fresh
  std::unique_ptr<std::promise<int>> owner(p);
  owner->set_value(1);
  heddle_state(*p); // state: fulfilled
}
void raw_pointer_from_owner(std::unique_ptr<std::promise<int>> &p) {
  auto *raw = p.get();
  raw->set_value(1);
  heddle_state(*p); // state: fulfilled
}
void optional(std::optional<std::promise<int>> &p) {
  p->set_value(1);
  heddle_state(*p);       // state: fulfilled
  heddle_state(p.value()); // state: fulfilled
}
void captured_owner(std::shared_ptr<std::promise<int>> p) {
  auto f = [p] { p->set_value(1); };
  f();
  heddle_state(*p); // state: fulfilled
}
void renamed_owner(std::shared_ptr<std::promise<int>> p) {
  auto f = [q = p] { q->set_value(1); };
  f();
  heddle_state(*p); // state: fulfilled
}
void renamed_reference(std::promise<int> &p) {
  auto f = [&q = p] { q.set_value(1); };
  f();
  heddle_state(p); // state: fulfilled
}
void captured_pointer(std::promise<int> &p) {
  auto f = [q = &p] { q->set_value(1); };
  f();
  heddle_state(p); // state: fulfilled
}
void captured_alias(std::promise<int> &x) {
  auto &p = x;
  auto f = [&] { p.set_value(1); };
  f();
  heddle_state(x); // state: fulfilled
}

struct Session : std::enable_shared_from_this<Session> {
  std::promise<int> done;
  std::mutex m;
  std::mutex &mutex() { return m; }
  std::mutex *pointer() { return &m; }
  const std::mutex &look() const { return m; }

  void self_pointer() {
    auto self = shared_from_this();
    self->done.set_value(1);
    heddle_state(done); // state: fulfilled
  }
  void self_captured() {
    auto f = [self = shared_from_this()] { self->done.set_value(1); };
    f();
    heddle_state(done); // state: fulfilled
  }
  void this_captured() {
    auto f = [this] { done.set_value(1); };
    f();
    heddle_state(done); // state: fulfilled
  }
  void this_captured_by_default() {
    auto f = [&] { done.set_value(1); };
    f();
    heddle_state(done); // state: fulfilled
  }
  void this_kept() {
    Session *self = this;
    self->done.set_value(1);
    heddle_state(done); // state: fulfilled
  }
  void accessor() {
    mutex().lock();
    heddle_state(m); // state: held
    pointer()->unlock();
    heddle_state(m); // state: free
  }
  void member_alias() {
    auto &d = done;
    d.set_value(1);
    heddle_state(this->done); // state: fulfilled
  }
};
void accessor_of_an_argument(Session &s) {
  std::lock_guard l(s.mutex());
  heddle_state(s.m); // state: held
}
void accessor_through_an_owner(const std::shared_ptr<Session> &s) {
  s->mutex().lock();
  heddle_state(s->m); // state: held
}
void copies_of_an_owner(std::shared_ptr<Session> s) {
  std::shared_ptr<Session> t(s);
  Session &r = *t;
  r.m.lock();
  heddle_state(s->m); // state: held
}
std::mutex &global_mutex() {
  static std::mutex m;
  return m;
}
void singleton() {
  std::lock_guard l(global_mutex());
  heddle_state(global_mutex()); // state: held
}
std::mutex global;
void take_global() { global.lock(); }
void a_global() {
  take_global();
  heddle_state(global); // state: held
}

// ---- structured bindings ----
struct Pair {
  std::mutex a, b;
};
void binding_of_fields(Pair &pair) {
  auto &[a, b] = pair;
  a.lock();
  heddle_state(pair.a); // state: held
  heddle_state(a);      // state: held
  heddle_state(b);      // state: entry
}
void binding_of_a_tuple() {
  auto [p, n] = std::pair<std::promise<int>, int>();
  p.set_value(1);
  heddle_state(p); // state: fulfilled
}
std::pair<std::promise<int>, std::future<int>> make();
void binding_of_a_result() {
  auto [p, f] = make();
  heddle_state(p); // state: entry
  p.set_value(1);
  heddle_state(p); // state: fulfilled
}
void tuple_element(std::pair<std::promise<int>, int> &pair) {
  pair.first.set_value(1);
  heddle_state(pair.first); // state: fulfilled
}

// ---- standard wrappers ----
void reference_wrapper(std::mutex &m) {
  auto r = std::ref(m);
  r.get().lock();
  heddle_state(m); // state: held
}
void forwarded(std::mutex &m) {
  std::lock_guard l(std::forward<std::mutex &>(m));
  heddle_state(std::as_const(m)); // state: held
}

// ---- elements of containers ----
void one_element(std::vector<std::mutex> &v) {
  v[0].lock();
  heddle_state(v[0]); // state: held
}
void element_alias(std::vector<std::mutex> &v, int i) {
  auto &m = v[i];
  std::lock_guard l(m);
  heddle_state(m); // state: held
}
void element_of_a_loop(std::vector<std::mutex> &v) {
  for (std::mutex &m : v) {
    std::lock_guard l(m);
    heddle_state(m); // state: held
  }
}
