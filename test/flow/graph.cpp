// What clang's graph leaves out or does in a way of its own, and constructs that end a path.
// RUN: %verify --word state %s heddle-dev-states -- -std=c++20
#include <cstdlib>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

void heddle_state(const std::mutex &);
void heddle_state(const std::promise<int> &);
bool ask();
void unknown();
std::optional<std::string> pop();

struct Fatal {
  [[noreturn]] ~Fatal();
};

// ---- ends of scopes ----
void every_way_out(std::mutex &m, int n) {
  for (int i = 0; i < n; ++i) {
    std::lock_guard l(m);
    if (ask())
      continue;
    if (ask())
      break;
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: entry free
}
void left_by_goto(std::mutex &m) {
  {
    std::lock_guard l(m);
    if (ask())
      goto out;
  }
out:
  heddle_state(m); // state: free
}
void guard_in_a_case(std::mutex &m, int n) {
  switch (n) {
  case 1: {
    std::lock_guard l(m);
    heddle_state(m); // state: held
    break;
  }
  case 2:
    heddle_state(m); // state: entry
  }
  heddle_state(m); // state: entry free
}
void guard_in_a_condition(std::mutex &m) {
  if (std::lock_guard l(m); ask())
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: held
  heddle_state(m); // state: free
}
void guard_in_a_loop_head(std::mutex &m) {
  while (auto s = pop()) {
    std::lock_guard l(m);
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: entry free
}
void reverse_order(std::mutex &m) {
  std::unique_lock outer(m);
  {
    std::unique_lock inner(m, std::adopt_lock);
    inner.unlock();
    heddle_state(m); // state: free
  }
  heddle_state(m); // state: free
}
void parameter_by_value(std::promise<int> p) {
  heddle_state(p); // state: entry
  p.set_value(1);
  heddle_state(p); // state: fulfilled
}
void guard_as_a_parameter(std::unique_lock<std::mutex> l, std::mutex &m) {
  l.unlock();
  heddle_state(m); // state: entry
}

// ---- conditions ----
void conditional_expression(std::mutex &m, bool b) {
  (b ? m.lock() : m.unlock());
  heddle_state(m); // state: free held
}
void declared_in_a_condition(std::mutex &m) {
  if (std::unique_lock l{m, std::try_to_lock})
    heddle_state(m); // state: held
  heddle_state(m); // state: entry free
}
void comma(std::mutex &m) {
  if (m.lock(), ask())
    heddle_state(m); // state: held
}
void constant_condition(std::mutex &m) {
  if constexpr (sizeof(int) == 4)
    m.lock();
  else
    m.unlock();
  heddle_state(m); // state: held
}
void likely(std::mutex &m) {
  if (__builtin_expect(m.try_lock(), 1))
    heddle_state(m); // state: held
}
void behind_two_ands(std::mutex &m, bool a, bool b) {
  if (a && b && m.try_lock())
    heddle_state(m); // state: held
}
void negated_and(std::mutex &m, bool a) {
  if (!(a && m.try_lock()))
    heddle_state(m); // state: entry
  else
    heddle_state(m); // state: held
}
void only_if_wanted(std::mutex &m, bool wanted) {
  std::unique_lock<std::mutex> l;
  if (wanted)
    l = std::unique_lock(m);
  heddle_state(m); // state: entry held
}

// ---- unreachable ----
void after_abort(std::mutex &m) {
  if (ask()) {
    m.lock();
    std::abort();
  }
  heddle_state(m); // state: entry
}
void after_a_throw(std::mutex &m) {
  if (ask()) {
    m.lock();
    throw 1;
  }
  heddle_state(m); // state: entry
}
void after_an_endless_loop(std::mutex &m) {
  m.lock();
  for (;;)
    unknown();
  heddle_state(m); // state:
}
enum Colour { Red, Green };
void covered_enumeration(std::mutex &m, Colour c) {
  switch (c) {
  case Red:
    m.lock();
    break;
  case Green:
    m.lock();
    break;
  }
  heddle_state(m); // state: held
}

// ---- sub-expressions ----
int number(int);
int locked(std::mutex &m) {
  m.lock();
  return 1;
}
void once_in_a_subexpression(std::mutex &m) {
  int n = number(1 + locked(m)) + 2;
  (void)n;
  heddle_state(m); // state: held
}
void in_a_return(std::mutex &m, bool b) {
  std::lock_guard l(m);
  return b ? unknown() : heddle_state(m); // state: held
}
void unevaluated(std::mutex &m) {
  (void)sizeof(locked(m));
  using T = decltype(locked(m));
  static_assert(noexcept(T{}));
  heddle_state(m); // state: entry
}
void default_argument(std::mutex &m, int = number(1)) {
  heddle_state(m); // state: entry
}
void static_local(std::mutex &m) {
  static int n = locked(m);
  (void)n;
  heddle_state(m); // state: entry held
}

// ---- objects of classes ----
struct Base {
  std::mutex m;
  Base() { m.lock(); }
  ~Base() { heddle_state(m); } // state: entry
};
struct Derived : Base {
  int n = number(3);
  std::promise<int> p;
  Derived() {
    p.set_value(1);
    heddle_state(p); // state: fulfilled
  }
  Derived(int) : Derived() {}
  ~Derived() {
    m.lock();
    heddle_state(m); // state: held
  }
};
struct Scope {
  std::mutex &m;
  explicit Scope(std::mutex &m) : m(m) {}
  ~Scope() { m.unlock(); }
};
void destructor_that_unlocks(std::mutex &m) {
  m.lock();
  {
    Scope s(m);
    heddle_state(m); // state: escaped
  }
  heddle_state(m); // state: free
}

// ---- templates ----
template <class M> void instantiated(M &m) {
  std::lock_guard<M> l(m);
  heddle_state(m); // state: held
}
void instantiate(std::mutex &m) { instantiated(m); }
template <class M> struct Never {
  void uncalled(M &m) { m.lock(); }
};
template struct Never<std::mutex>;
