// RUN: %verify %s heddle-timer-not-rearmed -- -std=c++20
// The seed's row (F12: an idle timer that events do not reset), and handlers of hand-written schedulers.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
struct Event {
  int id;
};
void handle(const Event &);
void heartbeat();
void log(const char *);

class Events {
public:
  std::optional<Event> popUntil(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!some_.wait_until(lock, deadline, [&] { return !items_.empty(); }))
      return std::nullopt;
    Event e = items_.front();
    items_.pop_front();
    return e;
  }
  void push(Event e) {
    std::lock_guard lock(mutex_);
    items_.push_back(e);
    some_.notify_one();
  }

private:
  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<Event> items_;
};

// ---- the seed ----------------------------------------------------------------------------------------------------------
void bad_poller(std::stop_token stop, Events &events) {
  auto idleUntil = Clock::now() + 5s;
  while (!stop.stop_requested()) {
    if (auto event = events.popUntil(idleUntil)) { // note: this waits until the deadline
      handle(*event); // warning: this handles a message and does not move 'idleUntil'; the idle timeout fires although there is activity; set the deadline anew for each message
    } else {
      heartbeat();
      idleUntil = Clock::now() + 5s; // note: it is moved here only
    }
  }
}
void ok_poller(std::stop_token stop, Events &events) {
  auto idleUntil = Clock::now() + 5s;
  while (!stop.stop_requested()) {
    if (auto event = events.popUntil(idleUntil))
      handle(*event);
    else
      heartbeat();
    idleUntil = Clock::now() + 5s;
  }
}

// ---- loops -------------------------------------------------------------------------------------------------------------
void bad_continues(Events &events, Clock::duration idleTimeout) {
  auto deadline = Clock::now() + idleTimeout;
  for (;;) {
    auto event = events.popUntil(deadline);
    if (event) {
      handle(*event); // warning: this handles a message and does not move 'deadline'
      continue;
    }
    heartbeat();
    deadline = Clock::now() + idleTimeout;
  }
}
void bad_negated(Events &events) {
  auto quietSince = Clock::now();
  for (;;) {
    auto event = events.popUntil(quietSince + 2s);
    if (!event) {
      heartbeat();
      quietSince = Clock::now();
    } else {
      handle(*event); // warning: this handles a message and does not move 'quietSince'
    }
  }
}
void ok_in_both(Events &events, Clock::duration idleTimeout) {
  auto deadline = Clock::now() + idleTimeout;
  for (;;) {
    if (auto event = events.popUntil(deadline)) {
      handle(*event);
      deadline = Clock::now() + idleTimeout;
    } else {
      heartbeat();
      deadline = Clock::now() + idleTimeout;
    }
  }
}
// A beat that goes on whatever comes.
void ok_beat(Events &events) {
  auto next = Clock::now() + 5s;
  for (;;) {
    if (auto event = events.popUntil(next)) {
      handle(*event);
    } else {
      heartbeat();
      next += 5s;
    }
  }
}
// The whole conversation is limited.
bool ok_limit(Events &events, Clock::duration limit) {
  auto idleOrNot = Clock::now() + limit;
  for (;;) {
    auto event = events.popUntil(idleOrNot);
    if (!event)
      return false;
    handle(*event);
  }
}
void ok_own_of_each_turn(Events &events) {
  for (;;) {
    auto idleUntil = Clock::now() + 5s;
    if (auto event = events.popUntil(idleUntil))
      handle(*event);
    else
      idleUntil = Clock::now();
  }
}
void ok_before(Events &events) {
  Clock::time_point idleUntil;
  for (;;) {
    idleUntil = Clock::now() + 5s;
    if (auto event = events.popUntil(idleUntil))
      handle(*event);
  }
}

// ---- schedulers --------------------------------------------------------------------------------------------------------
class Scheduler {
public:
  void after(Clock::duration delay, std::function<void()> run);
};
struct Sample {
  double value;
};
class Sensor {
public:
  bool read(Sample &into);
  std::optional<Sample> next();
  bool connected() const;
};
void publish(const Sample &);

class bad_failed {
public:
  void start() { tick(); }

private:
  void tick() {
    Sample sample;
    if (!sensor_.read(sample)) {
      log("sensor does not answer");
      return; // warning: the timer is not armed again on this early return; the handler never runs again; arm the timer before the return, or on every path
    }
    publish(sample);
    scheduler_.after(1s, [this] { tick(); }); // note: it is armed again here on the other paths
  }
  Scheduler &scheduler_;
  Sensor sensor_;
};
class bad_local_result {
public:
  void tick() {
    auto sample = sensor_.next();
    if (!sample)
      return; // warning: the timer is not armed again on this early return
    publish(*sample);
    scheduler_.after(1s, [this] { tick(); });
  }

private:
  Scheduler &scheduler_;
  Sensor sensor_;
};
class bad_paused {
public:
  void start() { tick(); }
  void pause() { paused_ = true; }
  void resume() { paused_ = false; }

private:
  void tick() {
    if (paused_)
      return; // warning: the timer is not armed again on this early return
    heartbeat();
    again();
  }
  void again() {
    scheduler_.after(1s, [this] { tick(); });
  }
  Scheduler &scheduler_;
  std::atomic<bool> paused_{false};
};
class bad_nothing_to_do {
public:
  void add(Event e) {
    std::lock_guard lock(mutex_);
    batch_.push_back(e);
  }
  void start() { flush(); }

private:
  void flush() {
    std::lock_guard lock(mutex_);
    if (batch_.empty())
      return; // warning: the timer is not armed again on this early return
    for (const Event &e : batch_)
      handle(e);
    batch_.clear();
    scheduler_.after(100ms, [this] { flush(); });
  }
  Scheduler &scheduler_;
  std::mutex mutex_;
  std::vector<Event> batch_;
};

class ok_failed {
public:
  void start() { tick(); }

private:
  void tick() {
    Sample sample;
    if (sensor_.read(sample))
      publish(sample);
    else
      log("sensor does not answer");
    scheduler_.after(1s, [this] { tick(); });
  }
  Scheduler &scheduler_;
  Sensor sensor_;
};
class ok_armed_first {
public:
  void tick() {
    scheduler_.after(1s, [this] { tick(); });
    auto sample = sensor_.next();
    if (!sample)
      return;
    publish(*sample);
  }

private:
  Scheduler &scheduler_;
  Sensor sensor_;
};
class ok_resumed {
public:
  void start() { tick(); }
  void pause() { paused_ = true; }
  void resume() {
    paused_ = false;
    tick();
  }

private:
  void tick() {
    if (paused_)
      return;
    heartbeat();
    scheduler_.after(1s, [this] { tick(); });
  }
  Scheduler &scheduler_;
  std::atomic<bool> paused_{false};
};
class ok_stopped {
public:
  void start() { tick(); }
  void stop() { stopped_ = true; }

private:
  void tick() {
    if (stopped_)
      return;
    heartbeat();
    scheduler_.after(1s, [this] { tick(); });
  }
  Scheduler &scheduler_;
  std::atomic<bool> stopped_{false};
};
class ok_armed_by_add {
public:
  void add(Event e) {
    if (batch_.empty())
      arm();
    batch_.push_back(e);
  }

private:
  void flush() {
    if (batch_.empty())
      return;
    batch_.clear();
    arm();
  }
  void arm() {
    scheduler_.after(100ms, [this] { flush(); });
  }
  Scheduler &scheduler_;
  std::vector<Event> batch_;
};
class ok_counted {
public:
  void tick() {
    if (++attempts_ > 5)
      return;
    heartbeat();
    scheduler_.after(1s, [this] { tick(); });
  }

private:
  Scheduler &scheduler_;
  int attempts_ = 0;
};
class ok_gives_up {
public:
  void tick() {
    Sample sample;
    if (!sensor_.read(sample)) {
      onLost_();
      return;
    }
    publish(sample);
    scheduler_.after(1s, [this] { tick(); });
  }

private:
  Scheduler &scheduler_;
  Sensor sensor_;
  std::function<void()> onLost_;
};
class ok_told_to_end {
public:
  void tick() {
    if (!goOn_())
      return;
    if (!sensor_.connected())
      return;
    scheduler_.after(1s, [this] { tick(); });
  }

private:
  Scheduler &scheduler_;
  Sensor sensor_;
  std::function<bool()> goOn_;
};
class ok_until_done {
public:
  void tick() {
    heartbeat();
    if (!done())
      scheduler_.after(1s, [this] { tick(); });
  }
  bool done();

private:
  Scheduler &scheduler_;
};
class ok_weak : public std::enable_shared_from_this<ok_weak> {
public:
  void arm() {
    scheduler_.after(1s, [weak = weak_from_this()] {
      auto self = weak.lock();
      if (!self)
        return;
      heartbeat();
      self->arm();
    });
  }

private:
  Scheduler &scheduler_;
};
class ok_token {
public:
  void tick(std::stop_token stop) {
    if (stop.stop_requested())
      return;
    heartbeat();
    scheduler_.after(1s, [this, stop] { tick(stop); });
  }

private:
  Scheduler &scheduler_;
};
// Started again by others after it has ended.
class ok_started_by_many {
public:
  void onConnect() { tick(); }
  void onData() { tick(); }

private:
  void tick() {
    Sample sample;
    if (!sensor_.read(sample))
      return;
    publish(sample);
    scheduler_.after(1s, [this] { tick(); });
  }
  Scheduler &scheduler_;
  Sensor sensor_;
};
