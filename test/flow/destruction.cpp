// What the end of a value does, by its type.
// RUN: %verify --word class %s heddle-dev-class -- -std=c++20
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

struct Helper {
  std::string name;
  std::thread thread;
};
class Joining {
public:
  ~Joining() { wait(); }

private:
  void wait() { thread.join(); } // class: join thread in ~Joining, destruction
  std::thread thread; // class: field thread; ends: terminates
};
class Hidden {
public:
  ~Hidden();

private:
  std::thread thread;
};
class Logs {
public:
  ~Logs() { name.clear(); } // class: write name in ~Logs, destruction

private:
  std::string name; // class: field plain
  std::thread thread; // class: field thread; ends: terminates
};
struct Derived : Joining {};
struct Node {
  std::unique_ptr<Node> next;
  std::jthread thread;
};

class All {
public:
  int answer() const { return 42; }

private:
  std::mutex mutex; // class: field mutex
  std::thread thread; // class: field thread; ends: terminates
  std::thread *pointer; // class: field thread
  std::thread &reference; // class: field thread
  std::unique_ptr<std::thread> unique; // class: field thread; ends: terminates
  std::shared_ptr<std::thread> shared; // class: field thread; ends: terminates
  std::optional<std::thread> maybe; // class: field thread; ends: terminates
  std::vector<std::thread> many; // class: field thread many; ends: terminates
  std::thread array[2]; // class: field thread many; ends: terminates
  std::vector<std::unique_ptr<Helper>> helpers; // class: field thread many; ends: terminates
  std::jthread jthread; // class: field joining-thread; ends: joins cancels
  pthread_t number; // class: field thread; ends: leaks
  std::promise<int> promise; // class: field promise; ends: breaks
  std::future<int> future; // class: field future
  std::unique_lock<std::mutex> lock; // class: field guard; ends: unlocks
  Helper helper; // class: field plain; ends: terminates
  Joining joining; // class: field plain; ends: joins
  Hidden hidden; // class: field plain; ends: unknown
  Logs logs; // class: field plain; ends: terminates
  Derived derived; // class: field plain; ends: joins
  Node node; // class: field plain; ends: joins cancels
  std::string text; // class: field plain
};
