// The scripts of construction and destruction: initialisers in the order of declaration with what they start, bodies
// with own calls inlined, members in reverse, bases.
// RUN: %verify --word life %s heddle-dev-class-life -- -std=c++20
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

void use(int);

struct Base {
  int id = 0;
};

class Late : Base { // life: ends by call stop, join thread, end value, end thread, base Base
public:
  Late() : thread([this] { use(value); }) { value = 2; } // life: made by base Base, init thread, spawn thread (task), init value
  ~Late() { stop(); }

private:
  void stop() { thread.join(); }

  std::thread thread;
  int value = 1;
};

class ByDefault { // life: made by leave mutex, init thread (task), init value; ends by end value, end thread, end mutex
  std::mutex mutex;
  std::jthread thread{[this] { use(value); }};
  int value = 1;

public:
  int get() { return value; }
};

class Made { // life: made by init mutex, init thread, spawn thread (task), init other, spawn other (task), init value; ends by end value, end other, end thread, end mutex
  void run() { use(value); }
  std::mutex mutex;
  std::jthread thread{[this] { use(value); }};
  std::jthread other = std::jthread(&Made::run, this);
  int value = 1;

public:
  int get() { return value; }
};
int makes() { return Made().get(); }

class NeverMade { // life: made by init thread (task); ends by end thread
  void run() {}
  std::jthread thread{&NeverMade::run, this};

public:
  int get() { return 1; }
};

class Written { // life: ends by end held, end value, end thread
public:
  explicit Written(int n) : value(n) {} // life: made by init thread, spawn thread (task), init value, init held, call run
  Written() : Written(1) {} // life: made by init thread, spawn thread (task), init value, init held, call run

private:
  int run() { return value; }
  std::jthread thread{[this] { run(); }};
  int value;
  int held = run();
};

class Listed { // life: ends by end second, end first
public:
  Listed() : first(&Listed::run, this), second(std::make_unique<std::thread>([this] { run(); })) {} // life: made by init first, spawn first (task), init second, spawn second (task)
  ~Listed();

private:
  void run() {}
  std::jthread first;
  std::unique_ptr<std::thread> second;
};

class Delegates { // life: ends by end thread, end size
public:
  Delegates() : Delegates(1) { start(); } // life: made by init size, init thread, call start, spawn thread (task)
  explicit Delegates(int n) : size(n) {} // life: made by init size, init thread

private:
  void start() {
    thread = std::jthread([this] { use(size); });
  }
  int size;
  std::jthread thread;
};

class Aggregate { // life: made by leave thread; ends by end thread
public:
  void run() { thread = std::thread([] { use(1); }); }
  std::thread thread;
};
