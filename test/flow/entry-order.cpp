// What has happened before a body is called or handed over has happened when it runs.
// RUN: %verify --word before %s heddle-dev-entry -- -std=c++20
#include <functional>
#include <thread>
#include <vector>

void heddle_before();
void mark_a();
void mark_b();
void mark_c();

void task(bool b) {
  mark_a();
  if (b)
    mark_b();
  std::thread t([&] {
    heddle_before(); // before: a
    mark_c();
    heddle_before(); // before: a c
  });
  mark_b();
  t.join();
}
void in_turn(bool b) {
  auto work = [&] {
    heddle_before(); // before: a
  };
  mark_a();
  if (b)
    work();
  else {
    mark_b();
    std::thread(work).detach();
  }
}
void nested() {
  mark_a();
  std::thread([] {
    mark_b();
    std::thread([] {
      heddle_before(); // before: a b
    }).join();
  }).join();
}
void later(std::function<void()> f);
void deferred() {
  mark_a();
  later([] {
    heddle_before(); // before: a
  });
  mark_b();
}

class Server {
public:
  void start() {
    mark_a();
    thread_ = std::thread(&Server::run, this);
    mark_b();
  }
  void stop() { thread_.join(); }
  void open() {
    heddle_before(); // before: nothing
  }

private:
  void run() {
    heddle_before(); // before: a
    loop(3);
  }
  void loop(int n) {
    heddle_before(); // before: a
    if (n)
      loop(n - 1);
  }
  std::thread thread_;
};

class Restarts {
public:
  void start() {
    mark_a();
    begin();
  }
  void restart() { begin(); }

private:
  void begin() { thread_ = std::thread([this] { run(); }); }
  void run() {
    heddle_before(); // before: nothing
  }
  std::thread thread_;
};

static void once() {
  heddle_before(); // before: b
}
void calls() {
  mark_b();
  once();
}
static void in_table() {
  heddle_before(); // before: nothing
}
void (*const table[])() = {in_table};
void calls_in_table() {
  mark_b();
  in_table();
}
static void uncalled() {
  heddle_before(); // before: nothing
}
