// Where a body says how many tasks run at once, and what the number is made from.
// RUN: %verify --word limit %s heddle-dev-limits -- -std=c++20
#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

int answer();

/// Makes its threads at once.
class Pool {
public:
  explicit Pool(unsigned threads, unsigned queue = 100) : room_(queue) {
    for (unsigned i = 0; i != threads; ++i)
      all_.emplace_back([] { answer(); });
  }

private:
  unsigned room_;
  std::vector<std::jthread> all_;
};

/// Makes them when there is work, up to the number that it keeps.
class Lazy {
public:
  explicit Lazy(unsigned most) : most_(most) {}
  void add() {
    if (all_.size() < most_)
      all_.emplace_back([] { answer(); });
  }

private:
  const unsigned most_;
  std::vector<std::jthread> all_;
};

struct Table {
  explicit Table(unsigned rows);
};
struct Options {
  unsigned workers = 12;
  unsigned chosen = 12;
};
unsigned count(const std::vector<int> &of) { return of.size(); }
unsigned choose(bool many) {
  if (many)
    return 64;
  return 2;
}

void numbers(const std::vector<int> &items, unsigned n, const Options &options, bool many) {
  Pool written(8);                           // limit: threads 8
  Pool unknown(n);                           // limit: threads
  Pool length(items.size());                 // limit: threads input
  Pool helper(count(items));                 // limit: threads input
  Pool either(many ? 3 : 4);                 // limit: threads 3 4
  Pool returned(choose(many));               // limit: threads 64 2
  Pool larger(std::max(count(items), 2u));   // limit: threads input 2
  Pool smaller(std::min(count(items), 2u));  // limit: threads
  const unsigned kept = 16;
  Pool variable(kept);                       // limit: threads 16
  Pool byDefault(options.workers);           // limit: threads 12 by default
  Pool isSet(options.chosen);                // limit: threads
  Table none(4096);
}
void sets(Options &options) { options.chosen = 3; }

void spellings(unsigned n) {
  Lazy lazy(n);                             // limit: threads
  auto owned = std::make_unique<Pool>(32u); // limit: threads 32
  std::vector<std::thread> all;
  for (int i = 0; i < 5; ++i) // limit: threads 5
    all.emplace_back([] { answer(); });
  for (std::thread &t : all)
    t.join();
}
