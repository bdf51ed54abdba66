// RUN: %verify %s heddle-member-destroyed-before-task -- -std=c++20
// A base whose thread runs virtual members: the derived part is gone when the destructor of the base waits.
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>

class Protocol {
public:
  virtual ~Protocol() {
    stop_ = true;
    if (thread_.joinable())
      thread_.join(); // note: the base waits for the task here
  }
  void init() {
    thread_ = std::thread([this] { // note: the base starts the task here
      while (!stop_)
        task(); // note: the task calls 'task' here
    });
  }

protected:
  virtual void task() = 0;

private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};
class Dplus : public Protocol { // warning: the base waits for its task after 'Dplus' is destroyed, and the task calls 'task' of it
  void task() override { ++seen_["x"]; } // note: which uses 'seen_'
  std::map<std::string, int> seen_;
};

// An end in a helper, a handle that joins by itself, a default that is overridden.
class Device {
public:
  virtual ~Device() { shutdown(); }
  Device() = default;
  void open() { thread_ = std::thread(&Device::loop, this); }

protected:
  virtual void poll() {}

private:
  void loop() {
    while (!over_)
      poll();
  }
  void shutdown() {
    over_ = true;
    thread_.join();
  }
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class Camera : public Device { // warning: the base waits for its task after 'Camera' is destroyed
  void poll() override { frame_ += "x"; }
  std::string frame_;
};
class Ticker {
public:
  virtual ~Ticker() = default;
  void start() {
    thread_ = std::jthread([this](std::stop_token stop) {
      while (!stop.stop_requested())
        tick();
    });
  }

protected:
  virtual void tick() = 0;

private:
  std::jthread thread_;
};
class Clock : public Ticker { // warning: the base waits for its task after 'Clock' is destroyed
  void tick() override { now_ += "."; }
  std::string now_;
};

// ---- silent ------------------------------------------------------------------------------------------------------------
class Worker {
public:
  virtual ~Worker() { stop(); }
  void start() {
    thread_ = std::thread([this] {
      while (!stop_)
        work();
    });
  }

protected:
  virtual void work() = 0;
  void stop() {
    stop_ = true;
    if (thread_.joinable())
      thread_.join();
  }

private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};
class ok_StopsItself : public Worker {
public:
  ~ok_StopsItself() override { stop(); }

private:
  void work() override { text_ += "x"; }
  std::string text_;
};
class Service {
public:
  virtual ~Service() { stop(); }
  void start() {
    thread_ = std::thread([this] {
      while (!stop_)
        work();
    });
  }
  void stop() {
    stop_ = true;
    if (thread_.joinable())
      thread_.join();
  }

protected:
  virtual void work() = 0;

private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};
class ok_OwnersStopIt : public Service {
  void work() override { text_ += "x"; }
  std::string text_;
};
void owner() {
  ok_OwnersStopIt s;
  s.start();
  s.stop();
}
class Plain {
public:
  virtual ~Plain() { thread_.join(); }
  void start() {
    thread_ = std::thread([this] { hook(); });
  }

protected:
  virtual void hook() {}

private:
  std::thread thread_;
};
class ok_UsesNothingOfItsOwn : public Plain {
  void hook() override {}
};
class Kept : public std::enable_shared_from_this<Kept> {
public:
  virtual ~Kept() = default;
  void start() {
    std::thread([self = shared_from_this()] { self->work(); }).detach();
  }

protected:
  virtual void work() = 0;
};
class ok_KeptAlive : public Kept {
  void work() override { text_ += "x"; }
  std::string text_;
};
class Hidden {
public:
  virtual ~Hidden() { thread_.join(); }
  void start() {
    thread_ = std::thread([this] { work(); });
  }

protected:
  virtual void work() = 0;

private:
  std::thread thread_;
};
class ok_EndNotVisible : public Hidden {
public:
  ~ok_EndNotVisible() override;

private:
  void work() override { text_ += "x"; }
  std::string text_;
};
