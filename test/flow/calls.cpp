// What a call does to an object of the caller, and what its result tells of it.
// RUN: %verify --word state %s heddle-dev-states -- -std=c++20
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>

void heddle_state(const std::mutex &);
void heddle_state(const std::promise<int> &);
bool ask();
void unknown();

// ---- functions ----
void take(std::mutex &m) { m.lock(); }
void take_pointer(std::mutex *m) { m->lock(); }
void give(std::mutex &m) { m.unlock(); }
void take_by_another(std::mutex &m) { take(m); }
void take_if(std::mutex &m, bool b) {
  if (b)
    m.lock();
}
void nothing(std::mutex &) {}
void both(std::mutex &a, std::mutex &b) {
  a.lock();
  b.lock();
  b.unlock();
}

void by_reference(std::mutex &m) {
  take(m);
  heddle_state(m); // state: held
  give(m);
  heddle_state(m); // state: free
}
void by_pointer(std::mutex &m) {
  take_pointer(&m);
  heddle_state(m); // state: held
}
void through_two(std::mutex &m) {
  take_by_another(m);
  heddle_state(m); // state: held
}
void on_some_path(std::mutex &m) {
  take_if(m, ask());
  heddle_state(m); // state: entry held
}
void without_effect(std::mutex &m) {
  nothing(m);
  heddle_state(m); // state: entry
}
void which_parameter(std::mutex &a, std::mutex &b) {
  both(b, a);
  heddle_state(a); // state: free
  heddle_state(b); // state: held
}
void part_of_an_argument() {
  struct Pair {
    std::mutex a, b;
  } pair;
  struct {
    static void lock_first(Pair &p) { p.a.lock(); }
  } s;
  s.lock_first(pair);
  heddle_state(pair.a); // state: held
}

// ---- recursion ends ----
void down(std::mutex &m, int n) {
  if (n == 0) {
    m.lock();
    return;
  }
  down(m, n - 1);
}
void recursion(std::mutex &m) {
  down(m, 3);
  // limit: the inner call of a recursion is taken to change nothing.
  heddle_state(m); // state: entry held
}
void ping(std::mutex &m, int n);
void pong(std::mutex &m, int n) { ping(m, n); }
void ping(std::mutex &m, int n) {
  if (n)
    pong(m, n - 1);
}
void mutual_recursion(std::mutex &m) {
  ping(m, 3);
  heddle_state(m); // state: entry
}

// ---- results ----
bool try_take(std::mutex &m) {
  if (!ask())
    return false;
  m.lock();
  return true;
}
bool try_take_kept(std::mutex &m) {
  bool ok = m.try_lock();
  return ok;
}
bool try_take_direct(std::mutex &m) { return m.try_lock(); }
bool try_take_negated(std::mutex &m) { return !m.try_lock(); }
int try_take_code(std::mutex &m) {
  if (!ask())
    return -1;
  m.lock();
  return 0;
}
enum class Result { Ok, Failed };
Result try_take_enum(std::mutex &m) {
  if (!ask())
    return Result::Failed;
  m.lock();
  return Result::Ok;
}
void result_of_a_helper(std::mutex &m) {
  if (try_take(m))
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry
}
void result_kept_in_the_helper(std::mutex &m) {
  if (!try_take_kept(m))
    return;
  heddle_state(m); // state: held
}
void result_handed_through(std::mutex &m) {
  if (!try_take_direct(m))
    heddle_state(m); // state: entry
  else
    heddle_state(m); // state: held
}
void result_negated_in_the_helper(std::mutex &m) {
  if (try_take_negated(m))
    heddle_state(m); // state: entry
  else
    heddle_state(m); // state: held
}
void result_kept(std::mutex &m) {
  const bool ok = try_take(m);
  unknown();
  if (ok)
    heddle_state(m); // state: held
}
void code_as_result(std::mutex &m) {
  if (try_take_code(m) != 0)
    return;
  heddle_state(m); // state: held
}
void negative_code(std::mutex &m) {
  if (try_take_code(m) < 0)
    heddle_state(m); // state: entry
}
void enum_as_result(std::mutex &m) {
  if (try_take_enum(m) == Result::Ok)
    heddle_state(m); // state: held
  switch (try_take_enum(m)) {
  case Result::Ok:
    break;
  case Result::Failed:
    return;
  }
}
std::optional<int> take_for_a_value(std::mutex &m) {
  if (!ask())
    return std::nullopt;
  m.lock();
  return 3;
}
std::unique_ptr<int> take_for_an_object(std::mutex &m) {
  if (!ask())
    return nullptr;
  m.lock();
  return std::make_unique<int>(3);
}
const int *take_for_a_pointer(std::mutex &m, const int &n) {
  if (!ask())
    return nullptr;
  m.lock();
  return &n;
}
void optional_as_result(std::mutex &m) {
  if (auto v = take_for_a_value(m))
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry
}
void optional_asked_by_name(std::mutex &m) {
  auto v = take_for_a_value(m);
  if (!v.has_value())
    return;
  heddle_state(m); // state: held
}
void object_as_result(std::mutex &m) {
  auto v = take_for_an_object(m);
  if (v != nullptr)
    heddle_state(m); // state: held
}
void pointer_as_result(std::mutex &m, int n) {
  const int *v = take_for_a_pointer(m, n);
  if (!v)
    return;
  heddle_state(m); // state: held
}
void asked_again_in_a_loop(std::mutex &m) {
  while (!try_take(m)) {
    heddle_state(m); // state: entry
  }
  heddle_state(m); // state: held
}

// ---- members of this object ----
struct Account {
  std::mutex m;
  Account *peer;

  void enter() { m.lock(); }
  void leave() { m.unlock(); }
  bool try_enter() { return m.try_lock(); }
  void enter_twice_removed() { enter(); }
  static void enter_other(Account &a) { a.m.lock(); }
  int balance() {
    std::lock_guard l(m);
    return 3;
  }

  void chain() {
    enter_twice_removed();
    heddle_state(m); // state: held
    this->leave();
    heddle_state(m); // state: free
  }
  void tells() {
    if (try_enter())
      heddle_state(m); // state: held
    else
      heddle_state(m); // state: entry
  }
  void of_another_object() {
    peer->enter();
    heddle_state(m);       // state: entry
    heddle_state(peer->m); // state: held
  }
  void by_static_member() {
    enter_other(*this);
    heddle_state(m); // state: held
  }
};
void member_of_an_argument(Account &a, Account &b) {
  a.enter();
  heddle_state(a.m); // state: held
  heddle_state(b.m); // state: entry
}
struct Savings : Account {
  void inherited() {
    enter();
    heddle_state(m); // state: held
  }
};
struct Bank {
  Account account;
  void of_a_member() {
    account.enter();
    heddle_state(account.m); // state: held
  }
};

// ---- lambdas and callables ----
void lambda_by_name(std::mutex &m) {
  auto lock = [&m] { m.lock(); };
  heddle_state(m); // state: entry
  lock();
  heddle_state(m); // state: held
}
void lambda_with_parameter(std::mutex &m) {
  const auto lock = [](std::mutex &x) { x.lock(); };
  lock(m);
  heddle_state(m); // state: held
}
void generic_lambda(std::mutex &m) {
  auto lock = [](auto &x) { x.lock(); };
  lock(m);
  heddle_state(m); // state: held
}
void lambda_on_the_spot(std::mutex &m) {
  const int v = [&] {
    m.lock();
    return 3;
  }();
  (void)v;
  heddle_state(m); // state: held
}
void lambda_that_tells(std::mutex &m) {
  auto lock = [&] { return m.try_lock(); };
  if (lock())
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry
}
void lambda_in_a_lambda(std::mutex &m) {
  auto inner = [&] { m.lock(); };
  auto outer = [&] { inner(); };
  outer();
  heddle_state(m); // state: held
}
void function_object(std::mutex &m) {
  std::function<void()> f = [&m] { m.lock(); };
  f();
  heddle_state(m); // state: held
}
void function_pointer(std::mutex &m) {
  void (*f)(std::mutex &) = take;
  f(m);
  heddle_state(m); // state: held
}
template <class F> void call_now(F &&f) { f(); }
template <class F> void call_now_by_value(F f) { f(); }
void call_now_erased(const std::function<void()> &f) { f(); }
void call_now_twice_removed(const std::function<void()> &f) { call_now_erased(f); }
void called_now(std::mutex &m) {
  call_now([&] { m.lock(); });
  heddle_state(m); // state: held
}
void called_now_by_value(std::mutex &m) {
  call_now_by_value([&] { m.lock(); });
  heddle_state(m); // state: held
}
void called_now_erased(std::mutex &m) {
  call_now_erased([&] { m.lock(); });
  heddle_state(m); // state: held
}
void called_now_twice_removed(std::mutex &m) {
  call_now_twice_removed([&] { m.lock(); });
  heddle_state(m); // state: held
}
template <class T> void generic_take(T &m) { m.lock(); }
void template_function(std::mutex &m) {
  generic_take(m);
  heddle_state(m); // state: held
}
struct Taker {
  void operator()(std::mutex &m) const { m.lock(); }
};
void functor(std::mutex &m) {
  Taker t;
  t(m);
  heddle_state(m); // state: held
  Taker{}(m);
}

// ---- constructors and destructors ----
struct TakesIt {
  explicit TakesIt(std::mutex &m) { m.lock(); }
};
void constructor(std::mutex &m) {
  TakesIt t(m);
  heddle_state(m); // state: held
}
struct Initialised {
  std::mutex m;
  int n;
  static int with(std::mutex &m) {
    m.lock();
    return 1;
  }
  Initialised() : n(with(m)) {
    heddle_state(m); // state: held
  }
};
