// Where values go and come from.
// RUN: %verify --word value %s heddle-dev-values -- -std=c++20
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Thing {
  Thing();
  Thing(Thing &&) = default;
  Thing &operator=(Thing &&) = default;
  int size() const;
};
Thing make();
std::future<int> makeFuture();
void take(const Thing &, int);
void give(int, Thing);
void whence(const Thing &);
struct Holder {
  int id;
  Thing thing;
};
struct Base {
  Thing member_;
  std::vector<Thing> list_;
  std::map<int, std::shared_future<int>> cache_;
  Base() : member_(make()) {} // value: member member_
  void sinks();
};
bool flag;

void Base::sinks() {
  member_ = make();                // value: assigned member_
  list_.push_back(make());         // value: element list_[]
  cache_[1] = makeFuture().share(); // value: assigned cache_[]
  auto shared = makeFuture().share(); // value: assigned cache_[]
  cache_[2] = shared;
}
Thing locals() {
  Thing a = make(); // value: returned
  return a;
}
Thing moved(std::vector<Thing> &into) {
  auto b = make(); // value: argument 1; element into[]
  give(1, std::move(b));
  into.push_back(std::move(b));
  return flag ? make() : Thing(); // value: returned
}
void others() {
  make();                   // value: dropped
  if (flag)
    make();                 // value: dropped
  make().size();            // value: receiver
  auto n = make().size();   // value: receiver
  Thing unused = make();    // value: local unused
  Thing kept = make();      // value: captured
  auto work = [kept = std::move(kept)] { return kept.size(); };
  std::unique_ptr<Thing> p(new Thing(make())); // value: local p
  Holder h{1, make()};      // value: member thing
  if (makeFuture().valid()) // value: receiver
    (void)make();           // value: ignored
}

// ---- backwards ----
Thing outer() { return flag ? make() : locals(); } // value: returned
void sources(Thing given) {
  Thing a = make(); // value: argument 0; argument 0
  whence(a);              // value: from make()
  whence(std::move(a));   // value: from make()
  whence(given);          // value: from given
  Thing b = outer();
  whence(b);              // value: from outer make(); outer locals make()
  Thing c = make();       // value: argument 0
  c = outer();
  whence(c);              // value: from c
}
