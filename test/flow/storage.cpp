// Where a callable is stored that is handed to functions.
// RUN: %verify --word stored %s heddle-dev-storage -- -std=c++20
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

int answer();

struct Session {
  explicit Session(std::function<int()> first) : first_(std::move(first)) {}
  void each(std::function<int()> f) { all_.push_back(std::move(f)); }
  void only(const std::function<int()> &f) { first_ = f; }
  void named(const std::string &name, std::function<int()> f) { byName_[name] = std::move(f); }
  template <class F> void forwarded(F &&f) { all_.emplace_back(std::forward<F>(f)); }
  int now(const std::function<int()> &f) { return f(); }

  std::function<int()> first_;
  std::vector<std::function<int()>> all_;
  std::map<std::string, std::function<int()>> byName_;
};
std::vector<std::function<int()>> everywhere;
void global(std::function<int()> f) { everywhere.push_back(std::move(f)); }
template <class F> void later(Session &s, F &&f) {
  s.each(std::forward<F>(f)); // note: 'each' is called here
}

void direct(Session &s) {
  s.first_ = [] { return 1; }; // stored: in s.first_
  everywhere.push_back([] { return 1; }); // stored: in everywhere[]
}
void handedOn(Session &s) {
  s.each([] { return 1; });        // stored: in s.all_[]
  s.only([] { return 1; });        // stored: in s.first_
  s.named("a", [] { return 1; });  // stored: in s.byName_[]
  s.forwarded([] { return 1; });   // stored: in s.all_[]
  global([] { return 1; });        // stored: in everywhere[]
  s.now([] { return 1; });
}
void twice(Session &s) {
  later(s, [] { return 1; }); // stored: in s.all_[]
  auto f = [] { return 1; };  // stored: in s.all_[]
  later(s, f);
}
void constructed() { // a new object has no name yet
  Session s([] { return answer(); });
  s.now(answer);
}
