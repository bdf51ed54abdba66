// REQUIRES: absl
// RUN: %verify %s heddle-uncancellable-sleep -- -std=c++20
// The stop is an event that happens once.
#include <absl/synchronization/notification.h>
#include <absl/time/clock.h>
#include <chrono>
#include <thread>

void sweep();

class bad_Sweeper {
public:
  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    quit_.Notify(); // note: the stop is requested here
    thread_.join(); // note: and the task is waited for here
  }

private:
  void run() {
    while (!quit_.HasBeenNotified()) { // note: the loop asks for the stop here
      absl::SleepFor(absl::Minutes(10)); // warning: 'SleepFor' does not notice that 'quit_' has changed; 'stop()' waits for this thread for up to 10 min; wait for the time on a condition variable that the stop notifies
      sweep();
    }
  }
  absl::Notification quit_;
  std::thread thread_;
};
struct bad_pointer {
class Pointer {
public:
  explicit Pointer(absl::Notification *quit) : quit_(quit), thread_([this] { run(); }) {}
  ~Pointer() {
    quit_->Notify();
    thread_.join();
  }

private:
  void run() {
    for (;;) {
      if (quit_->HasBeenNotified())
        return;
      sweep();
      std::this_thread::sleep_for(std::chrono::seconds(5)); // warning: 'sleep_for' does not notice that 'quit_' has changed; '~Pointer()' waits for this thread for up to 5 s
    }
  }
  absl::Notification *quit_;
  std::thread thread_;
};
};
class ok_waitsForIt {
public:
  void stop() {
    quit_.Notify();
    thread_.join();
  }

private:
  void run() {
    while (!quit_.WaitForNotificationWithTimeout(absl::Minutes(10)))
      sweep();
  }
  absl::Notification quit_;
  std::thread thread_{[this] { run(); }};
};
class ok_short {
public:
  void stop() {
    quit_.Notify();
    thread_.join();
  }

private:
  void run() {
    while (!quit_.HasBeenNotified())
      absl::SleepFor(absl::Milliseconds(20));
  }
  absl::Notification quit_;
  std::thread thread_{[this] { run(); }};
};
class ok_ready { // it waits for work to be ready, nobody waits for it
public:
  void await() {
    while (!ready_.HasBeenNotified())
      absl::SleepFor(absl::Seconds(1));
  }
  void done() { ready_.Notify(); }

private:
  absl::Notification ready_;
};
class ok_ownSignal { // the thread notifies by itself
public:
  ~ok_ownSignal() { thread_.join(); }

private:
  void run() {
    while (!done_.HasBeenNotified()) {
      absl::SleepFor(absl::Seconds(1));
      done_.Notify();
    }
  }
  absl::Notification done_;
  std::thread thread_{[this] { run(); }};
};
