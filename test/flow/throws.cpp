// Which exceptions may leave a function, and what they depend on.
// RUN: %verify --word throws %s heddle-dev-throws -- -std=c++20
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

struct ParseError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
bool ready();
void unseen();

void at_once() {
  if (!ready())
    throw ParseError("not ready"); // throws: 'ParseError'
}
void through_a_call() { at_once(); } // throws: 'ParseError'; 'at_once' is called here
int documented(const std::string &text) { return std::stoi(text); } // throws: 'std::invalid_argument'

// ---- handlers ----
void handled() {
  try {
    at_once();
  } catch (const std::exception &) {
  }
}
void handled_by_another_type() {
  try {
    at_once(); // throws: 'ParseError'; 'at_once' is called here
  } catch (const std::logic_error &) {
  }
}
void passed_on() {
  try {
    at_once();
  } catch (...) {
    throw; // throws: 'ParseError'; 'at_once' is called here; it is rethrown here
  }
}

// ---- what decides ----
int checked(int value, bool strict) {
  if (strict)
    throw ParseError("strict"); // throws: 'ParseError'; decided by strict; only if strict is true
  return value;
}
int lenient() { return checked(1, false); }
int strict() { return checked(1, true); } // throws: 'ParseError'; 'checked' is called here
void nothing_visible() { unseen(); }

// ---- callables ----
void call(const std::function<void()> &work) { work(); } // throws: 'ParseError'; the callable that it was given is called here
void gives_a_callable() {
  call([] { // throws: 'ParseError'; 'call' is called here; the callable that it was given is called here
    throw ParseError("inside"); // throws: 'ParseError'
  });
}
void quiet() noexcept {
  try {
    unseen();
  } catch (...) {
  }
}
