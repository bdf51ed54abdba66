// The variables of static storage that a unit defines, and which of them start a task.
// RUN: %verify --word global %s heddle-dev-globals -- -std=c++20
#include <memory>
#include <thread>

void work();
int number = 1; // global: starts none
extern int elsewhere;
struct Starter {
  Starter() : thread([] { work(); }) {}
  std::jthread thread;
};
namespace inner {
Starter starter;                           // global: starts a task
std::jthread direct(work);                 // global: starts a task
std::thread none;                          // global: starts none
auto made = std::make_unique<Starter>();   // global: starts a task
} // namespace inner
struct Holder {
  static Starter member;
  static inline int count = 0; // a member of a class, defined there
};
Starter Holder::member; // global: starts a task
void local() { static Starter lazy; }

struct Service {};
Service &first() {
  static Service *s = new Service; // global: made when it is first asked for
  return *s;
}
static Service *second;
Service *get() {
  if (!second)
    second = new Service; // global: made when it is first asked for
  return second;
}
static Service *third;
Service *deleted() {
  if (!third)
    third = new Service;
  return third;
}
void end() { delete third; }
Service &byValue() {
  static Service s;
  return s;
}
void kept() { second = new Service; }
