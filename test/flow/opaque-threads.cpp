// Classes of threads whose bodies stand in another file.
// RUN: %verify --word task %s heddle-dev-tasks -- -std=c++20
#include <functional>
#include <memory>
#include <pthread.h>
#include <string>
#include <thread>

void work();

class Thread {
public:
  Thread(std::function<void()> callable, const std::string &name);
  ~Thread();
  void join();

private:
  static void *entry(void *self);
  pthread_t thread_ = 0;
  std::function<void()> callable_;
};
class Started {
public:
  explicit Started(std::function<void()> callable);
  void start();
  void join();

private:
  std::function<void()> callable_;
  std::thread thread_;
};
class NoThread {
public:
  explicit NoThread(std::function<void()> callable);
  void join();

private:
  std::function<void()> callable_;
};

class Scheduler {
public:
  void start() {
    thread_ = std::make_unique<Thread>(std::bind(&Scheduler::run, this), "scheduler"); // task: on thread_; writes count_
  }
  void stop() { thread_->join(); }

private:
  void run() { ++count_; }
  int count_ = 0;
  std::unique_ptr<Thread> thread_;
};
void local() {
  Thread t([] { work(); }, "local"); // task: on t
  t.join();
}
void started_later() {
  Started s([] { work(); });
  s.start();
  s.join();
}
void something_else() {
  NoThread n([] { work(); });
  n.join();
}
