// RUN: %verify %s heddle-plain-stop-flag -- -std=c++20
// A thread class whose bodies stand in another file.
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

void work();

class Thread {
public:
  Thread(std::function<void()> callable, const std::string &name);
  ~Thread();
  void join();

private:
  std::function<void()> callable_;
  std::thread thread_;
};

class bad_Scheduler {
public:
  void start() {
    for (int i = 0; i < 4; ++i)
      threads_.push_back(std::make_shared<Thread>(std::bind(&bad_Scheduler::run, this), std::to_string(i)));
  }
  void stop() {
    stopping_ = true;
    for (auto &t : threads_)
      t->join();
  }

private:
  void run() {
    while (!stopping_) // warning: 'stopping_' ends this loop and is written by another thread without a common lock
      work();
  }
  bool stopping_ = false;
  std::vector<std::shared_ptr<Thread>> threads_;
};
class ok_Scheduler {
public:
  void start() {
    thread_ = std::make_unique<Thread>([this] { run(); }, "one");
  }
  void stop() {
    stopping_ = true;
    thread_->join();
  }

private:
  void run() {
    while (!stopping_)
      work();
  }
  std::atomic<bool> stopping_{false};
  std::unique_ptr<Thread> thread_;
};
class ok_SetBeforeItStarts {
public:
  void start() {
    stopping_ = false;
    thread_ = std::make_unique<Thread>([this] { run(); }, "one");
  }

private:
  void run() {
    while (!stopping_)
      work();
  }
  bool stopping_ = true;
  std::unique_ptr<Thread> thread_;
};
