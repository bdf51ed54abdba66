// Branches that hang together stay together; a fact dies when what it speaks of may change.
// RUN: %verify --word state %s heddle-dev-states -- -std=c++20
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

void heddle_state(const std::mutex &);
void heddle_state(const std::promise<int> &);
bool ask();
void change(bool &);
void unknown();
[[noreturn]] void die();

void correlated(std::mutex &m, bool b) {
  if (b)
    m.lock();
  heddle_state(m); // state: entry held
  if (b) {
    heddle_state(m); // state: held
    m.unlock();
  }
}
void negated(std::mutex &m, bool b) {
  if (!b)
    m.lock();
  if (b)
    heddle_state(m); // state: entry
  else
    heddle_state(m); // state: held
}
void compared(std::mutex &m, int n, const int *p) {
  if (n == 0)
    m.lock();
  if (n != 0)
    heddle_state(m); // state: entry
  if (n)
    heddle_state(m); // state: entry
  if (n == 3)
    heddle_state(m); // state: entry
  if (p)
    m.lock();
  if (p == nullptr)
    heddle_state(m); // state: entry held
}
void pointer(std::mutex &m, const int *p) {
  if (p)
    m.lock();
  if (p == nullptr)
    heddle_state(m); // state: entry
  if (nullptr != p)
    heddle_state(m); // state: held
}
void changed_between(std::mutex &m, bool b) {
  if (b)
    m.lock();
  b = ask();
  if (b)
    heddle_state(m); // state: entry held
}
void changed_by_a_callee(std::mutex &m, bool b) {
  if (b)
    m.lock();
  change(b);
  if (b)
    heddle_state(m); // state: entry held
}
bool global;
void changed_by_anybody(std::mutex &m) {
  if (global)
    m.lock();
  unknown();
  if (global)
    heddle_state(m); // state: entry held
}
void set_by_hand(std::mutex &m, int n) {
  bool locked = false;
  if (n > 3) {
    m.lock();
    locked = true;
  }
  if (locked)
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry
}
void set_in_a_loop(std::mutex &m, int n) {
  bool locked = false;
  for (int i = 0; i < n; ++i)
    if (!locked) {
      m.lock();
      locked = true;
    }
  if (locked)
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry
}
void both_of_two(std::mutex &m, bool a, bool b) {
  if (a && b)
    m.lock();
  if (!a)
    heddle_state(m); // state: entry
  if (a && b)
    heddle_state(m); // state: held
}
void either_of_two(std::mutex &m, bool a, bool b) {
  if (a || b)
    m.lock();
  if (a)
    heddle_state(m); // state: held
  if (a || b)
    heddle_state(m); // state: held
  // limit: the negation is known in the same spelling only.
  if (!a && !b)
    heddle_state(m); // state: entry held
}
void conditional_operator(std::mutex &m, bool b) {
  b ? m.lock() : unknown();
  if (b)
    heddle_state(m); // state: held
}

// ---- results kept in variables ----
void result_in_the_condition(std::mutex &m) {
  if (m.try_lock()) {
    heddle_state(m); // state: held
    m.unlock();
  } else
    heddle_state(m); // state: entry
}
void result_kept(std::mutex &m) {
  bool ok = m.try_lock();
  unknown();
  if (ok)
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry
}
void result_declared_in_the_condition(std::mutex &m) {
  if (bool ok = m.try_lock())
    heddle_state(m); // state: held
}
void result_negated_and_kept(std::mutex &m) {
  const bool failed = !m.try_lock();
  if (failed)
    return;
  heddle_state(m); // state: held
}
void result_assigned(std::mutex &m, bool wanted) {
  bool ok = false;
  if (wanted)
    ok = m.try_lock();
  if (ok)
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry
}
// The exceptional edge of the call leaves the block of the `if` empty.
void behind_and(std::mutex &m, bool c) {
  if (c && m.try_lock())
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry
}
void behind_or(std::mutex &m, bool c) {
  if (c || !m.try_lock())
    heddle_state(m); // state: entry
  else
    heddle_state(m); // state: held
}
void before_and(std::mutex &m, bool c) {
  if (m.try_lock() && c)
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry held
}
void until_it_succeeds(std::mutex &m) {
  while (!m.try_lock())
    unknown();
  heddle_state(m); // state: held
}
void and_kept(std::mutex &m, bool c) {
  bool both = c && m.try_lock();
  if (both)
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry
}
void condition_kept(std::mutex &m, int n) {
  const bool big = n > 10;
  if (big)
    m.lock();
  unknown();
  if (big)
    heddle_state(m); // state: held
}

// ---- texts ----
void texts(std::mutex &m, const std::string &code, std::string_view part) {
  if (code == "A")
    m.lock();
  if (code == "B")
    heddle_state(m); // state: entry
  if ("A" == code)
    heddle_state(m); // state: held
  if (code != "A")
    heddle_state(m); // state: entry
  if (code.empty())
    heddle_state(m); // state: entry held
  if (part == "A")
    heddle_state(m); // state: entry held
}
void text_changed(std::mutex &m, std::string code) {
  if (code == "A")
    m.lock();
  code += "x";
  if (code == "B")
    heddle_state(m); // state: entry held
}
void beginnings(std::mutex &m, const std::string &code) {
  if (code.starts_with("ERR"))
    m.lock();
  if (code == "OK")
    heddle_state(m); // state: entry
  if (code.starts_with("ERR"))
    heddle_state(m); // state: held
}
void beginning_of_another(std::mutex &m, const std::string &code) {
  if (code.starts_with("E"))
    m.lock();
  if (code == "ERR")
    heddle_state(m); // state: entry held
}

// ---- one of two is none of the others ----
void chain_of_texts(std::mutex &m, const std::string &code) {
  if (code == "A")
    m.lock();
  else if (code == "B")
    m.lock();
  if (code == "C")
    heddle_state(m); // state: entry
  if (code == "B")
    heddle_state(m); // state: held
}
void chain_of_numbers(std::mutex &m, int n) {
  if (n == 1)
    m.lock();
  else if (n == 2)
    m.lock();
  if (n == 3)
    heddle_state(m); // state: entry
  if (n == 2)
    heddle_state(m); // state: held
  n = n + 1;
  if (n == 3)
    heddle_state(m); // state: entry held
}

// ---- switch, goto, noreturn ----
enum class Kind { Read, Write, None };
void by_case(std::mutex &m, Kind k) {
  switch (k) {
  case Kind::Read:
    m.lock();
    break;
  case Kind::Write:
    break;
  case Kind::None:
    return;
  }
  if (k == Kind::Read)
    heddle_state(m); // state: held
  switch (k) {
  case Kind::Read:
    heddle_state(m); // state: held
    break;
  default:
    heddle_state(m); // state: entry
  }
}
void fallthrough(std::mutex &m, int k) {
  switch (k) {
  case 1:
    m.lock();
    [[fallthrough]];
  case 2:
    heddle_state(m); // state: entry held
    break;
  case 3:
  case 4:
    m.lock();
    break;
  default:
    heddle_state(m); // state: entry
  }
  if (k == 4)
    heddle_state(m); // state: held
  // limit: "one of these" is not a fact.
  if (k == 7)
    heddle_state(m); // state: entry held
}
void by_goto(std::mutex &m, bool b) {
  if (b)
    goto out;
  m.lock();
  heddle_state(m); // state: held
  return;
out:
  heddle_state(m); // state: entry
}
void back_by_goto(std::mutex &m) {
again:
  m.lock();
  if (ask()) {
    m.unlock();
    goto again;
  }
  heddle_state(m); // state: held
}
void dies_otherwise(std::mutex &m) {
  if (ask())
    m.lock();
  else
    die();
  heddle_state(m); // state: held
}
void dies_in_a_case(std::mutex &m, int n) {
  switch (n) {
  case 0:
    m.lock();
    break;
  default:
    std::abort();
  }
  heddle_state(m); // state: held
}

// ---- members ----
struct Members {
  std::mutex m;
  bool busy = false;
  const bool fixed = true;
  bool is_busy() const { return busy; }
  void same_member() {
    if (busy)
      m.lock();
    if (busy)
      heddle_state(m); // state: held
  }
  void changed_by_a_call() {
    if (busy)
      m.lock();
    unknown();
    if (busy)
      heddle_state(m); // state: entry held
  }
  void constant_member() {
    if (fixed)
      m.lock();
    unknown();
    if (fixed)
      heddle_state(m); // state: held
  }
  void by_accessor() {
    bool b = is_busy();
    if (b)
      m.lock();
    unknown();
    if (b)
      heddle_state(m); // state: held
  }
};

// ---- loops ----
void every_turn(std::mutex &m, int n) {
  for (int i = 0; i < n; ++i) {
    heddle_state(m); // state: entry free
    m.lock();
    m.unlock();
  }
  heddle_state(m); // state: entry free
}
void forgotten_in_a_turn(std::mutex &m) {
  while (ask()) {
    m.lock();
    if (ask())
      continue;
    m.unlock();
  }
  heddle_state(m); // state: entry free held
}
void endless(std::mutex &m) {
  while (true) {
    std::lock_guard l(m);
    if (ask())
      break;
  }
  heddle_state(m); // state: free
}
void at_least_once(std::mutex &m) {
  do
    m.lock();
  while (ask());
  heddle_state(m); // state: held
}
void one_object_a_turn(int n) {
  for (int i = 0; i < n; ++i) {
    std::promise<int> p;
    heddle_state(p); // state: fresh
    p.set_value(1);
    heddle_state(p); // state: fulfilled
  }
}
void one_object_for_all_turns(int n) {
  std::promise<int> p;
  for (int i = 0; i < n; ++i) {
    heddle_state(p); // state: fresh fulfilled
    p.set_value(1);
  }
}
void one_pointee_a_turn(int n) {
  for (int i = 0; i < n; ++i) {
    auto p = std::make_shared<std::promise<int>>();
    heddle_state(*p); // state: fresh
    p->set_value(1);
    heddle_state(*p); // state: fulfilled
  }
}
void leaves_after_the_first(std::promise<int> &p, int n) {
  for (int i = 0; i < n; ++i)
    if (ask()) {
      heddle_state(p); // state: entry
      p.set_value(i);
      break;
    }
  heddle_state(p); // state: entry fulfilled
}

// ---- what a callee does under a condition on what it is given ----
struct Part {
  bool last;
  int kind;
};
void lockLast(std::mutex &m, const Part &p) {
  if (p.last)
    m.lock();
  unknown();
}
void lockKind(std::mutex *m, const Part *p) {
  if (p->kind == 3)
    m->lock();
}
void lockIf(std::mutex &m, bool wanted) {
  if (!wanted)
    return;
  m.lock();
}
void lockChanged(std::mutex &m, Part &p) {
  if (p.last)
    m.lock();
  p.last = false;
}
void given(std::mutex &m, const Part &p) {
  lockLast(m, p);
  if (!p.last)
    heddle_state(m); // state: entry
  else
    heddle_state(m); // state: held
}
void given_pointers(std::mutex &m, Part p) {
  lockKind(&m, &p);
  if (p.kind == 3)
    heddle_state(m); // state: held
}
void given_a_flag(std::mutex &m, bool wanted) {
  lockIf(m, wanted);
  if (!wanted)
    heddle_state(m); // state: entry
}
void given_another(std::mutex &m, const Part &p, const Part &q) {
  lockLast(m, p);
  if (!q.last)
    heddle_state(m); // state: entry held
}
void given_to_change(std::mutex &m, Part p) {
  lockChanged(m, p);
  if (!p.last)
    heddle_state(m); // state: entry held
}
