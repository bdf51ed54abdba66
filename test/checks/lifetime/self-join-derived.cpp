// RUN: %verify %s heddle-self-join -- -std=c++20
// The class with the thread calls a virtual member on it; what overrides it stops the object.
#include <atomic>
#include <thread>

bool ping();
void log(const char *);

class Periodic {
public:
  virtual ~Periodic() = default;
  void start() {
    thread_ = std::thread([this] { loop(); }); // note: the task is started here
  }
  void shutdown() {
    over_ = true;
    if (thread_.joinable())
      thread_.join(); // note: here the thread waits for itself
  }

protected:
  virtual void step() = 0;
  void requestStop() { over_ = true; }

private:
  void loop() {
    while (!over_)
      step(); // note: 'step' is called here
  }
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class Monitor : public Periodic {
  int misses_ = 0;
  void bad_giveUp() {
    log("gone");
    shutdown(); // warning: 'shutdown', called by the task, joins the task's own thread
  }

public:
  ~Monitor() override { shutdown(); }

protected:
  void step() override {
    if (!ping() && ++misses_ > 4)
      bad_giveUp(); // note: 'bad_giveUp' is called here
  }
};
class ok_Monitor : public Periodic {
  int misses_ = 0;

public:
  ~ok_Monitor() override { shutdown(); }

protected:
  void step() override {
    if (!ping() && ++misses_ > 4)
      requestStop();
  }
};
