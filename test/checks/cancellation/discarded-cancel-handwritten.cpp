// RUN: %verify %s heddle-discarded-cancel -- -std=c++20
// Handles whose creation is visible: recognised by what they do, not by their names.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

class Scope {
public:
  explicit Scope(std::shared_ptr<std::atomic<bool>> ended) : ended_(std::move(ended)) {}
  bool over() const { return ended_->load(); }

private:
  std::shared_ptr<std::atomic<bool>> ended_;
};
struct Derived {
  Scope scope;
  std::function<void()> end;
};

Derived derive() {
  auto ended = std::make_shared<std::atomic<bool>>(false);
  return {Scope(ended), [ended] { ended->store(true); }};
}

struct Measured {
  Scope scope;
  std::function<void()> print;
};
void show(int);
Measured measure() {
  auto ended = std::make_shared<std::atomic<bool>>(false);
  return {Scope(ended), [] { show(1); }};
}

void crawl(const Scope &);

void bad_bound_and_not_used() {
  auto [scope, end] = derive(); // warning: cancel handle 'end' is never used
  crawl(scope);
}

void bad_part_of_the_result() {
  Derived derived = derive(); // warning: cancel handle 'end' in 'derived' is never used
  crawl(derived.scope);
}

void bad_only_the_scope() {
  Scope scope = derive().scope; // warning: only 'scope' of the result is kept, and cancel handle 'end' is discarded
  crawl(scope);
}

void ok_ended() {
  auto [scope, end] = derive();
  crawl(scope);
  end();
}

void ok_ended_by_a_task() {
  Derived derived = derive();
  std::thread watcher(derived.end);
  crawl(derived.scope);
  watcher.join();
}

void ok_whole_passed_on(void (*keep)(Derived)) {
  Derived derived = derive();
  crawl(derived.scope);
  keep(std::move(derived));
}

void ok_ends_nothing() {
  auto [scope, print] = measure();
  crawl(scope);
}

Derived ok_handed_out() {
  Derived derived = derive();
  crawl(derived.scope);
  return derived;
}

// ---- through a helper that hands the result on ----
Derived deriveFor(const std::string &name) {
  if (name.empty())
    show(0);
  return derive();
}
void bad_only_the_scope_of_a_helper() {
  const Scope scope = deriveFor("a").scope; // warning: only 'scope' of the result is kept, and cancel handle 'end' is discarded
  crawl(scope);
}
void bad_bound_from_a_helper() {
  auto [scope, end] = deriveFor("a"); // warning: cancel handle 'end' is never used
  crawl(scope);
}
Measured measureFor(const std::string &) { return measure(); }
void ok_helper_that_ends_nothing() {
  const Scope scope = measureFor("a").scope;
  crawl(scope);
}
