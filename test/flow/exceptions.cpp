// What an exception leaves behind: the state before the call that throws, with the guards of the try block released.
// RUN: %verify --word state %s heddle-dev-states -- -std=c++20
#include <exception>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>

void heddle_state(const std::mutex &) noexcept;
void heddle_state(const std::promise<int> &) noexcept;
int compute();
void quiet() noexcept;
void loud() { throw std::runtime_error("loud"); }
void calm() {}
extern "C" void c_function();

void before_the_call_that_throws(std::promise<int> &p) {
  try {
    p.set_value(compute());
  } catch (...) {
    heddle_state(p); // state: entry
    p.set_exception(std::current_exception());
  }
  heddle_state(p); // state: fulfilled
}
void after_the_call_that_throws(std::promise<int> &p) {
  try {
    p.set_value(compute());
    compute();
  } catch (...) {
    heddle_state(p); // state: entry fulfilled
  }
}
void last_in_the_block(std::promise<int> &p) {
  try {
    int v = compute();
    p.set_value(v);
  } catch (const std::exception &) {
    heddle_state(p); // state: entry
  }
}
void nothing_throws(std::promise<int> &p) {
  try {
    p.set_value(1);
    quiet();
    calm();
    c_function();
  } catch (...) { // nothing is seen to throw to it: it is entered from all parts
    heddle_state(p); // state: entry fulfilled
  }
}
void visible_throw(std::promise<int> &p) {
  try {
    p.set_value(1);
    loud();
  } catch (...) {
    heddle_state(p); // state: fulfilled
  }
}
struct Member {
  int n() noexcept;
  int m();
};
// Clang gives calls of members an exceptional edge even if they are noexcept.
void noexcept_member(std::promise<int> &p, Member &s) {
  try {
    p.set_value(1);
    s.n();
  } catch (...) {
    heddle_state(p); // state: entry fulfilled
  }
}
void member_that_may_throw(std::promise<int> &p, Member &s) {
  try {
    p.set_value(1);
    s.m();
  } catch (...) {
    heddle_state(p); // state: fulfilled
  }
}
void own_throw(std::promise<int> &p, int n) {
  try {
    if (n < 0)
      throw std::invalid_argument("n");
    p.set_value(n);
  } catch (const std::exception &) {
    heddle_state(p); // state: entry
  }
}
void flag_tells(std::promise<int> &p) {
  bool done = false;
  try {
    p.set_value(1);
    done = true;
    compute();
  } catch (...) {
    if (!done)
      heddle_state(p); // state:
    else
      heddle_state(p); // state: fulfilled
  }
}

// ---- guards ----
void guard_in_the_block(std::mutex &m) {
  try {
    std::lock_guard l(m);
    compute();
  } catch (...) {
    heddle_state(m); // state: free
  }
  heddle_state(m); // state: free
}
void guard_around_the_block(std::mutex &m) {
  std::lock_guard l(m);
  try {
    compute();
  } catch (...) {
    heddle_state(m); // state: held
  }
}
void guard_after_the_call(std::mutex &m) {
  try {
    compute();
    std::lock_guard l(m);
  } catch (...) {
    heddle_state(m); // state: entry
  }
}
void throw_under_a_guard(std::mutex &m, bool b) {
  try {
    std::lock_guard l(m);
    if (b)
      throw 1;
  } catch (int) {
    heddle_state(m); // state: free
  }
}
void unlocked_before_it_throws(std::mutex &m) {
  try {
    std::unique_lock l(m);
    l.unlock();
    compute();
    l.lock();
  } catch (...) {
    heddle_state(m); // state: free
  }
}
void no_guard(std::mutex &m) {
  try {
    m.lock();
    compute();
    m.unlock();
  } catch (...) {
    heddle_state(m); // state: held
  }
}
void guard_of_an_inner_block(std::mutex &m) {
  try {
    {
      std::lock_guard l(m);
    }
    heddle_state(m); // state: free
    compute();
  } catch (...) {
    heddle_state(m); // state: free
  }
}

// ---- handlers ----
void nested(std::promise<int> &p) {
  try {
    try {
      compute();
    } catch (const std::logic_error &) {
      p.set_value(0);
      throw;
    }
    heddle_state(p); // state: entry
  } catch (...) {
    heddle_state(p); // state: entry fulfilled
  }
}
void handler_returns(std::promise<int> &p) {
  try {
    p.set_value(compute());
  } catch (...) {
    return;
  }
  heddle_state(p); // state: fulfilled
}
void handler_throws_on(std::promise<int> &p) {
  try {
    compute();
  } catch (...) {
    p.set_exception(std::current_exception());
    throw;
  }
  heddle_state(p); // state: entry
}
void in_a_loop(std::promise<int> &p) {
  for (;;) {
    try {
      p.set_value(compute());
      break;
    } catch (...) {
      heddle_state(p); // state: entry
    }
  }
  heddle_state(p); // state: fulfilled
}
void function_block(std::promise<int> &p) try {
  p.set_value(compute());
} catch (...) {
  heddle_state(p); // state: entry
}

// ---- callees ----
void fulfil_with_care(std::promise<int> &p) {
  try {
    p.set_value(compute());
  } catch (...) {
    p.set_exception(std::current_exception());
  }
}
void fulfil_or_throw(std::promise<int> &p) { p.set_value(compute()); }
void fulfil_then_throw(std::promise<int> &p) {
  p.set_value(1);
  throw std::runtime_error("late");
}
void throw_or_fulfil(std::promise<int> &p, bool b) {
  if (b)
    throw std::runtime_error("early");
  p.set_value(1);
}
void fulfil_then_call(std::promise<int> &p) {
  p.set_value(1);
  loud();
}
void careful_callee(std::promise<int> &p) {
  fulfil_with_care(p);
  heddle_state(p); // state: fulfilled
}
void careless_callee(std::promise<int> &p) {
  try {
    fulfil_or_throw(p);
    heddle_state(p); // state: fulfilled
  } catch (...) {
    heddle_state(p); // state: entry
  }
}
void callee_fulfils_and_throws(std::promise<int> &p) {
  try {
    fulfil_then_throw(p);
  } catch (...) {
    heddle_state(p); // state: fulfilled
  }
}
void callee_fulfils_or_throws(std::promise<int> &p, bool b) {
  try {
    throw_or_fulfil(p, b);
  } catch (...) {
    heddle_state(p); // state: entry
  }
}
void callee_of_the_callee_throws(std::promise<int> &p) {
  try {
    fulfil_then_call(p);
  } catch (...) {
    heddle_state(p); // state: fulfilled
  }
}
void check(bool b) {
  if (!b)
    throw std::runtime_error("no");
}
void leaves_by_exception(std::mutex &m, bool b) {
  if (b)
    m.lock();
  check(b);
  heddle_state(m); // state: entry held
}

// ---- what a callee has done before it lets an exception out ----
void gives_back_and_calls(std::mutex &m) {
  m.unlock();
  loud();
  m.lock();
}
void callee_of_callee_throws(std::mutex &m) {
  m.lock();
  try {
    gives_back_and_calls(m);
  } catch (...) {
    heddle_state(m); // state: free
    return;
  }
  heddle_state(m); // state: held
}
void guarded_and_calls(std::mutex &m) {
  std::lock_guard<std::mutex> l(m);
  loud();
}
void callee_unwinds(std::mutex &m) {
  try {
    guarded_and_calls(m);
  } catch (...) {
    heddle_state(m); // state: free
  }
}
void fulfils_and_calls(std::promise<int> &p) {
  p.set_value(1);
  compute();
}
void callee_may_throw(std::promise<int> &p) {
  try {
    fulfils_and_calls(p);
  } catch (...) {
    // limit: of code that can not be seen only a try around it tells that it may throw.
    heddle_state(p); // state: entry
  }
}
void lambda_throws(std::promise<int> &p) {
  auto run = [&] {
    p.set_value(1);
    loud();
  };
  try {
    run();
  } catch (...) {
    heddle_state(p); // state: fulfilled
  }
}
void never_throws(std::mutex &m) noexcept {
  m.unlock();
  loud();
}
