// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
// A stop that asks a flag which the task itself may have set.
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

bool receive();
void work();

class Receiver {
public:
  ~Receiver() { bad_stop(); }
  void start() {
    running_ = true;
    thread_ = std::thread([this] { run(); }); // note: the task is started here
  }
  void bad_stop() {
    if (!running_) // warning: 'thread_' is not joined once its task has set 'running_' itself
      return;
    running_ = false;
    if (thread_.joinable())
      thread_.join(); // note: this join is then skipped
  }

private:
  void run() {
    while (running_)
      if (!receive()) {
        running_ = false; // note: it sets 'running_' here
        break;
      }
  }
  std::atomic<bool> running_{false};
  std::thread thread_;
};
class Exchanged {
public:
  ~Exchanged() { bad_close(); }
  void bad_close() {
    if (open_.exchange(false)) // warning: 'thread_' is not joined once its task has set 'open_' itself
      thread_.join();
  }
  void open() {
    open_.store(true);
    thread_ = std::thread(&Exchanged::serve, this);
  }

private:
  void serve() {
    while (open_.load() && receive())
      work();
    open_.store(false);
  }
  std::atomic<bool> open_{false};
  std::thread thread_;
};
class Finished {
public:
  ~Finished() { bad_end(); }
  void bad_end() {
    if (!finished_ && thread_->joinable()) // warning: 'thread_' is not joined once its task has set 'finished_' itself
      thread_->join();
  }
  void start() {
    thread_ = std::make_unique<std::thread>([this] {
      work();
      finished_ = true;
    });
  }

private:
  std::atomic<bool> finished_{false};
  std::unique_ptr<std::thread> thread_;
};

// ---- silent ------------------------------------------------------------------------------------------------------------
class ok_AsksTheThread {
public:
  ~ok_AsksTheThread() { stop(); }
  void start() {
    running_ = true;
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    running_ = false;
    if (thread_.joinable())
      thread_.join();
  }

private:
  void run() {
    while (running_ && receive())
      work();
    running_ = false;
  }
  std::atomic<bool> running_{false};
  std::thread thread_;
};
class ok_OnlyOthersSetIt {
public:
  ~ok_OnlyOthersSetIt() { stop(); }
  void start() {
    running_ = true;
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    if (!running_)
      return;
    running_ = false;
    thread_.join();
  }

private:
  void run() {
    while (running_)
      work();
  }
  std::atomic<bool> running_{false};
  std::thread thread_;
};
class ok_TheDestructorJoins {
public:
  ~ok_TheDestructorJoins() {
    stop();
    if (thread_.joinable())
      thread_.join();
  }
  void start() {
    running_ = true;
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    if (!running_)
      return;
    running_ = false;
    thread_.join();
  }

private:
  void run() {
    while (running_ && receive())
      work();
    running_ = false;
  }
  std::atomic<bool> running_{false};
  std::thread thread_;
};
class ok_LetGo {
public:
  void start() {
    running_ = true;
    thread_ = std::thread([this] { run(); });
  }
  ~ok_LetGo() {
    if (running_)
      thread_.join();
    else if (thread_.joinable())
      thread_.detach();
  }

private:
  void run() {
    work();
    running_ = false;
  }
  std::atomic<bool> running_{false};
  std::thread thread_;
};
class ok_AnotherFlag {
public:
  ~ok_AnotherFlag() {
    if (started_)
      thread_.join();
  }
  void start() {
    started_ = true;
    thread_ = std::thread([this] {
      work();
      done_ = true;
    });
  }

private:
  bool started_ = false;
  std::atomic<bool> done_{false};
  std::thread thread_;
};
class ok_JThread {
public:
  void stop() {
    if (!running_)
      return;
    thread_.join();
  }
  void start() {
    running_ = true;
    thread_ = std::jthread([this] {
      work();
      running_ = false;
    });
  }

private:
  std::atomic<bool> running_{false};
  std::jthread thread_;
};
