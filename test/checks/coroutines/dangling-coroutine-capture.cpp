// RUN: %verify %s heddle-dangling-coroutine-capture -- -std=c++20
#include "Inputs/task.h"
#include <string>
#include <string_view>
#include <utility>
#include <vector>

void use(int);
void use(const std::string &);
void use(std::string_view);

// ---- closures ----
Task<> bad_returned(int n) {
  return [n]() -> Task<> { // note: 'n' is captured here // note: the closure ends with this call
    co_await later();
    use(n); // warning: the closure of this coroutine is destroyed before its task ends, and 'n' is kept in it; the resumed coroutine accesses a dead object (use after free)
  }();
}
void bad_kept(std::vector<Task<>> &all, int n) {
  all.push_back([n]() -> Task<> {
    use(n); // warning: the closure of this coroutine is destroyed before its task ends, and 'n' is kept in it
    co_return;
  }());
}
Task<> bad_variable(std::string s) {
  auto task = [&s]() -> Task<> {
    co_await later();
    use(s); // warning: the closure of this coroutine is destroyed before its task ends, and 's' is kept in it
  }();
  co_await std::move(task);
}
struct bad_This {
  int value = 0;
  Task<> start() {
    return [this]() -> Task<> {
      co_await later();
      use(value); // warning: the closure of this coroutine is destroyed before its task ends, and 'this' is kept in it
    }();
  }
};
Task<> bad_named(int n) {
  auto work = [n]() -> Task<> {
    co_await later();
    use(n);
  };
  return work(); // warning: the closure of this coroutine is destroyed before its task ends, and 'n' is kept in it
}
Job ok_eager_before(int n) {
  return [n]() -> Job {
    use(n);
    co_await later();
  }();
}
Job bad_eager_after(int n) {
  return [n]() -> Job {
    co_await later();
    use(n); // warning: the closure of this coroutine is destroyed before its task ends, and 'n' is kept in it
  }();
}

Task<> ok_awaited(int n) {
  co_await [n]() -> Task<> {
    co_await later();
    use(n);
  }();
}
Task<> ok_parameter(int n) {
  return [](int n) -> Task<> {
    co_await later();
    use(n);
  }(n);
}
Task<> ok_named_in_scope(int n) {
  auto work = [n]() -> Task<> {
    co_await later();
    use(n);
  };
  auto task = work();
  co_await std::move(task);
}
void ok_waits(int n) {
  syncWait([&n]() -> Task<> {
    co_await later();
    use(n);
  }());
}
Task<> ok_no_captures() {
  return []() -> Task<> { co_await later(); }();
}
auto global = [](int n) -> Task<> {
  co_await later();
  use(n);
};
Task<> ok_global() { return global(1); }

void ok_never_runs(int n) {
  auto task = [&n]() -> Task<> {
    use(n);
    co_return;
  }();
}

// ---- arguments ----
Task<> show(const std::string &text) {
  co_await later();
  use(text); // note: 'text' is used here
}
Task<> view(std::string_view text) {
  co_await later();
  use(text);
}
Task<> copy(std::string text) {
  co_await later();
  use(text);
}
std::string make();

Task<> bad_temporary() {
  auto task = show(make()); // warning: this temporary is destroyed before the task of 'show' ends, and its parameter 'text' refers to it
  co_await std::move(task);
}
void bad_element(std::vector<Task<>> &all) {
  all.push_back(show("literal")); // warning: this temporary is destroyed before the task of 'show' ends, and its parameter 'text' refers to it
}
Task<> bad_local() {
  std::string text = make();
  return show(text); // warning: 'text' is destroyed before the task of 'show' ends, and its parameter 'text' refers to it
}
Task<> bad_by_value_parameter(std::string text) {
  return view(text); // warning: 'text' is destroyed before the task of 'view' ends, and its parameter 'text' refers to it
}
Task<> bad_view_of_temporary() {
  auto task = view(make()); // warning: this temporary is destroyed before the task of 'view' ends, and its parameter 'text' refers to it
  co_await std::move(task);
}

Task<> ok_awaited_at_once() {
  co_await show(make());
  co_await view("x");
}
Task<> ok_literal_view() { return view("x"); }
Task<> ok_by_value() { return copy(make()); }
Task<> ok_reference_of_caller(const std::string &text) { return show(text); }
Task<> ok_local_outlives() {
  std::string text = make();
  auto task = show(text);
  co_await std::move(task);
}
Task<> unused(const std::string &) { co_await later(); }
Task<> ok_unused() { return unused(make()); }

// ---- a named closure, a task that somebody else runs on ----
void bad_eager_and_let_go(const std::string &text) {
  auto work = [text]() -> Job {
    co_await later();
    use(text);
  };
  work(); // warning: the closure of this coroutine is destroyed before its task ends, and 'text' is kept in it
}
void bad_eager_temporary(int n) {
  [n]() -> Job {
    co_await later();
    use(n); // warning: the closure of this coroutine is destroyed before its task ends, and 'n' is kept in it
  }();
}
void ok_eager_before_it_waits(int n) {
  auto work = [n]() -> Job {
    use(n);
    co_await later();
  };
  work();
}
void ok_eager_and_waits(const std::string &text, void (*wait)()) {
  auto work = [text]() -> Job {
    co_await later();
    use(text);
  };
  work();
  wait();
}
void ok_eager_parameters(const std::string &text) {
  auto work = [](std::string text) -> Job {
    co_await later();
    use(text);
  };
  work(text);
}
auto forever = [](int n) -> Job {
  co_await later();
  use(n);
};
void ok_eager_global() { forever(1); }
void ok_eager_static(int n) {
  static auto work = [n]() -> Job {
    co_await later();
    use(n);
  };
  work();
}

// ---- what a turn looks at again, and local references ----
struct Request {
  std::vector<int> items;
  std::vector<int> copy() const;
};
Job bad_each(Request &&request) {
  for (int item : request.items) { // warning: this temporary is destroyed before the task of 'bad_each' ends, and its parameter 'request' refers to it; the resumed coroutine accesses a dead object (use after free); take the parameter by value
    use(item);
    co_await later();
  }
}
Job asksForEach() {
  return bad_each(Request{{1, 2}}); // note: it is given here, and ends with the call
}
Job bad_by_a_name(Request &&request) {
  const auto &items = request.items;
  co_await later();
  use(items.front()); // warning: this temporary is destroyed before the task of 'bad_by_a_name' ends, and its parameter 'request' refers to it
}
Job asksByName() { return bad_by_a_name(Request{{1, 2}}); }
Job element(const std::vector<std::string> &names) {
  for (const auto &name : names) {
    co_await later();
    use(name);
  }
}
Job bad_element() {
  std::vector<std::string> names{"a", "b"};
  return element(names); // warning: 'names' is destroyed before the task of 'element' ends
}
struct bad_member_in_turns {
  std::vector<int> items;
  Job start() {
    return [this]() -> Job {
      for (int item : items) { // warning: the closure of this coroutine is destroyed before its task ends, and 'this' is kept in it
        use(item);
        co_await later();
      }
    }();
  }
};
Job turnsFirst(Request &&request) {
  for (int item : request.items)
    use(item);
  co_await later();
}
Job ok_turns_first() { return turnsFirst(Request{{1, 2}}); }
Job turnsOfACopy(Request &&request) {
  for (int item : request.copy()) {
    use(item);
    co_await later();
  }
}
Job ok_turns_of_a_copy() { return turnsOfACopy(Request{{1, 2}}); }
Job copies(Request &&request) {
  auto items = request.items;
  co_await later();
  use(items.front());
}
Job ok_copies() { return copies(Request{{1, 2}}); }
