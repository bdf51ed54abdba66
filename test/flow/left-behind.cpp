// Handlers that an object leaves with others; classes whose objects end early.
// RUN: %verify --word left %s heddle-dev-left -- -std=c++20
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

class Loop {
public:
  void after(std::chrono::seconds, std::function<void()> f) { all_.push_back(f); }
  void on(int, std::function<void()> f) { all_.push_back(f); }
  void drop(int) { all_.clear(); }
  int size() const { return 0; }

private:
  std::vector<std::function<void()>> all_;
};

class Leaves { // left: mortal
public:
  explicit Leaves(Loop &loop) : loop_(loop) {}
  ~Leaves() = default;
  void start() {
    if (loop_.size())
      loop_.on(1, [this] { ++n_; }); // left: with loop_
    loop_.after(std::chrono::seconds(1), [this] { ++n_; }); // left: with loop_, timed
  }

private:
  Loop &loop_;
  int n_ = 0;
};
class TakesBack {
public:
  explicit TakesBack(Loop &loop) : loop_(loop) {}
  void start() {
    loop_.on(1, [this] { ++n_; });
  }
  void stop() { loop_.drop(1); }

private:
  Loop &loop_;
  int n_ = 0;
};
class OnTheHeap { // left: mortal
public:
  void start() {}
};
class PartOfMortal { // left: mortal
public:
  void start() {}
};
class Holder { // left: mortal
public:
  ~Holder() {}

private:
  PartOfMortal part_;
};
auto make() { return std::make_unique<OnTheHeap>(); }

void keep(Loop *, int delay, void (*)(void *), void *);
void keepAny(Loop *, void (*)(void *), void *);
void visit(Loop *, void (*f)(void *), void *context) { f(context); }
class Registered { // left: mortal, dropped
public:
  explicit Registered(Loop &loop) : loop_(loop) {}
  void start() {
    keep(&loop_, 5, tick, this); // left: with loop_, timed
    keepAny(&loop_, &Registered::tick, this); // left: with loop_
  }

private:
  static void tick(void *self) { ++static_cast<Registered *>(self)->n_; }
  Loop &loop_;
  int n_ = 0;
};
class Visited {
public:
  explicit Visited(Loop &loop) : loop_(loop) {}
  void start() { visit(&loop_, tick, this); }

private:
  static void tick(void *self) { ++static_cast<Visited *>(self)->n_; }
  Loop &loop_;
  int n_ = 0;
};
class Drops {
public:
  void drop() { all_.clear(); }

private:
  std::vector<std::unique_ptr<Registered>> all_;
};
