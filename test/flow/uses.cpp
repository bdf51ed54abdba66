// What a body does with what it names.
// RUN: %verify --word use %s heddle-dev-uses -- -std=c++20
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

void take(int);
void takeConst(const int &);
void takeReference(int &);
void takePointer(int *);
void sink(std::string);
void keep(std::string &&);

void plain(int x, int y) {
  take(x);                   // use: x read
  takeConst(x);              // use: x read
  x = y;                     // use: x assign; y read
  x += y;                    // use: x update; y read
  ++x;                       // use: x update
  y = x++;                   // use: x update; y assign
  (x) = 1;                   // use: x assign
  takeReference(x);          // use: x address
  takePointer(&x);           // use: x address
  int &alias = x;            // use: x address
  const int &view = x;       // use: x read
  alias = view;              // use: alias assign; view read
  std::thread(take, std::ref(x)).join(); // use: x address
}

struct Pair {
  int first;
  std::vector<int> list;
  int numbers[4];
};
void parts(Pair p, Pair *q, std::unique_ptr<Pair> u) {
  p.first = 1;          // use: p assign part
  take(p.first);        // use: p read part
  q->first = 1;         // use: q assign behind
  (*q).first += 1;      // use: q update behind
  u->first = 1;         // use: u assign behind
  p.list.push_back(1);  // use: p mutate part
  take(p.list.size());  // use: p ask part
  p.numbers[1] = 2;     // use: p assign part
  p.list[1] = 2;        // use: p assign part
  q = nullptr;          // use: q assign
  u.reset();            // use: u mutate
  takePointer(p.numbers); // use: p address part
}

void objects(std::string s, std::map<int, int> m, std::atomic<int> n, std::function<void()> f) {
  s.append("x");        // use: s mutate
  take(s.size());       // use: s ask
  sink(s);              // use: s read
  sink(std::move(s));   // use: s move
  keep(std::move(s));   // use: s move
  m[1] = 2;             // use: m assign part
  m.erase(1);           // use: m mutate
  ++n;                  // use: n update
  n.store(1);           // use: n mutate
  take(n.load());       // use: n ask
  f();                  // use: f ask
  f = nullptr;          // use: f assign
}

void lambdas(int x, int y) {
  auto set = [&x, y] { x = y; }; // use: x by reference; x assign in lambda; y by copy; y read in lambda
  set();                         // use: set ask
  auto made = [z = x + 1] { take(z); }; // use: x read; z read in lambda
  made();                               // use: made ask
}

int &yields(std::vector<int> &v, int &out) {
  for (int &e : v)      // use: v address
    e = 1;              // use: e assign
  return out;           // use: out address
}

class Counter {
public:
  Counter() : n(1) {}   // use: n assign
  void up() { ++n; }    // use: n update
  int get() const { return n; } // use: n read
  void tell(bool loud) {
    int m = loud ? n : 0; // use: n read; loud read
    this->n = m;          // use: n assign; m read
  }

private:
  int n = 0;
};
