// Executors of which nothing is seen but an interface, or a class whose bodies stand in another file.
// RUN: %verify --word op %s heddle-dev-ops -- -std=c++20
#include "Inputs/executors.h"
#include <functional>
#include <string>

class TaskQueue {
public:
  bool pushTask(int priority, std::function<void()> &&task);
};
class JobRunner {
public:
  void run_async(const std::function<void()> &job);
};
// It is seen to call what it is given.
class InlineExecutor {
public:
  virtual void execute(std::function<void()> job) {
    job(); // op: call of an unknown callable
  }
};
struct SeenExecutor {
  virtual void execute(std::function<void()> job) = 0;
};
struct RunsNow : SeenExecutor {
  void execute(std::function<void()> job) override {
    job(); // op: call of an unknown callable
  }
};
// No name says that it runs jobs, or that it keeps this one.
class Button {
public:
  void post(std::function<void()> clicked);
};
class ConnectionPool {
public:
  void forEach(std::function<void()> visit);
  void submit(std::function<bool()> query);
  void schedule(std::function<void(int)> everyTurn);
};

void work();
void use(Executor &executor, WorkerPool &pool, TaskQueue *queue, JobRunner &runner) {
  executor.execute([] { work(); }); // op: defer executor {lambda}
  pool.submit([] { work(); });      // op: spawn pool {lambda}
  pool.waitIdle();                  // op: wait pool
  queue->pushTask(1, [] { work(); }); // op: defer queue {lambda}
  runner.run_async([] { work(); });   // op: defer runner {lambda}
}
void others(InlineExecutor &inlined, SeenExecutor &seen, Button &button, ConnectionPool &connections) {
  inlined.execute([] { work(); });           // op: call of execute; run-now {lambda}
  seen.execute([] { work(); });              // op: (escape) seen; defer {lambda}
  button.post([] { work(); });               // op: (escape) button; defer {lambda}
  connections.forEach([] { work(); });       // op: (escape) connections; defer {lambda}
  connections.submit([] { return true; });   // op: (escape) connections; defer {lambda}
  connections.schedule([](int) { work(); }); // op: (escape) connections; defer {lambda}
}
