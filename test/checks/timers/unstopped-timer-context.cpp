// RUN: %verify %s heddle-unstopped-timer -- -std=c++20
// Functions with a context, executors that run things later, the only scheduler of a program, timers that queue
// themselves.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

void publish(const std::string &);

// ---- a function pointer and the object -----------------------------------------------------------------------------
class Wheel {
public:
  using Fire = void (*)(void *);
  unsigned add(unsigned delay_ms, Fire fire, void *context) {
    slots_.push_back({delay_ms, fire, context});
    return static_cast<unsigned>(slots_.size());
  }
  void remove(unsigned id) { slots_.erase(slots_.begin() + id); }
  void forEach(unsigned period, Fire fire, void *context) {
    for (unsigned i = 0; i != period; ++i)
      fire(context);
  }
  void turn() {
    for (Slot &slot : slots_)
      slot.fire(slot.context);
  }

private:
  struct Slot {
    unsigned left;
    Fire fire;
    void *context;
  };
  std::vector<Slot> slots_;
};
struct bad_wheel {
class Lamp {
public:
  explicit Lamp(Wheel &wheel) : wheel_(wheel) { id_ = wheel_.add(500, &Lamp::blink, this); } // warning: the handler holds a raw pointer to the object and stays with 'wheel_' when the object is destroyed; it then uses 'name_' of a dead object; take the handler back in the destructor
  ~Lamp() { publish("off"); }

private:
  static void blink(void *self) { publish(static_cast<Lamp *>(self)->name_); } // note: the handler uses 'name_' here
  Wheel &wheel_;
  std::string name_;
  unsigned id_ = 0;
};
};
extern "C" {
struct reactor;
int reactor_add_timer(reactor *, long interval_ms, void (*)(void *), void *);
void reactor_del_timer(reactor *, int);
struct wheel_timer;
wheel_timer *wheel_start(reactor *, unsigned timeout, void (*)(wheel_timer *, void *), void *);
void wheel_stop(wheel_timer *);
}
struct bad_c_library {
class Probe {
public:
  explicit Probe(reactor *r) : reactor_(r) {}
  ~Probe() = default;
  void start() {
    timer_ = reactor_add_timer(reactor_, 1000, tick, this); // warning: the handler holds a raw pointer to the object and stays with 'reactor_' when the object is destroyed
  }

private:
  static void tick(void *arg) {
    auto *self = reinterpret_cast<Probe *>(arg);
    self->measure();
  }
  void measure() { ++count_; }
  reactor *reactor_;
  int timer_ = -1;
  int count_ = 0;
};
std::unique_ptr<Probe> make(reactor *r) { return std::make_unique<Probe>(r); }
};
struct bad_opaque_timer {
class Probe {
public:
  explicit Probe(reactor *r) : reactor_(r) {
    timer_ = wheel_start(reactor_, 250, &Probe::expired, this); // warning: the handler holds a raw pointer to the object and stays with 'reactor_' when the object is destroyed
  }
  ~Probe() { publish(name_); }

private:
  static void expired(wheel_timer *, void *arg) {
    Probe &self = *static_cast<Probe *>(arg);
    publish(self.name_);
  }
  reactor *reactor_;
  wheel_timer *timer_ = nullptr;
  std::string name_;
};
};
struct Queue {
  std::mutex mutex;
  std::multimap<std::chrono::milliseconds, std::pair<void (*)(void *), void *>> entries;
};
void runAfter(Queue &queue, std::chrono::milliseconds delay, void (*f)(void *), void *context) {
  std::lock_guard lock(queue.mutex);
  queue.entries.emplace(delay, std::make_pair(f, context));
}
struct bad_free_function {
class Door {
public:
  explicit Door(Queue &queue) : queue_(queue) {}
  ~Door() { publish("gone"); }
  void open() {
    runAfter(queue_, std::chrono::seconds(8), &Door::close, this); // warning: the handler holds a raw pointer to the object and stays with 'queue_' when the object is destroyed
  }

private:
  static void close(void *p) { ((Door *)p)->open_ = false; }
  Queue &queue_;
  bool open_ = true;
};
};

// ---- what runs on a thread of its own, later -----------------------------------------------------------------------
class Loop {
public:
  using Clock = std::chrono::steady_clock;
  Loop() : thread_([this] { run(); }) {}
  ~Loop() {
    {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  void after(Clock::duration delay, std::function<void()> f) {
    {
      std::lock_guard lock(mutex_);
      all_.emplace(Clock::now() + delay, std::move(f));
    }
    wake_.notify_all();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!over_) {
      if (all_.empty()) {
        wake_.wait(lock, [this] { return over_ || !all_.empty(); });
        continue;
      }
      auto f = std::move(all_.begin()->second);
      all_.erase(all_.begin());
      lock.unlock();
      f();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<Clock::time_point, std::function<void()>> all_;
  bool over_ = false;
  std::thread thread_;
};
struct bad_flag { // the flag that tells it to stop is dead, too
class Blinker {
public:
  explicit Blinker(Loop &loop) : loop_(loop) {}
  ~Blinker() { stop(); }
  void start() {
    on_ = true;
    again();
  }
  void stop() { on_ = false; }

private:
  void again() {
    loop_.after(std::chrono::milliseconds(100), [self = this] { // warning: the handler holds a raw pointer to the object and stays with 'loop_' when the object is destroyed; it then uses 'on_' of a dead object
      if (!self->on_) // note: the handler uses 'on_' here
        return;
      publish(self->name_);
      self->again();
    });
  }
  Loop &loop_;
  std::atomic<bool> on_{false};
  std::string name_;
};
};
struct bad_interface {
struct Clock {
  virtual ~Clock() = default;
  virtual void callAfter(std::chrono::milliseconds, std::function<void()>) = 0;
};
class Blinker {
public:
  explicit Blinker(Clock *clock) : clock_(clock) {
    clock_->callAfter(std::chrono::seconds(1), [me = this] { publish(me->name_); }); // warning: the handler holds a raw pointer to the object and stays with 'clock_' when the object is destroyed
  }
  ~Blinker() { publish("bye"); }

private:
  Clock *clock_;
  std::string name_;
};
};

// ---- the only one of its class ---------------------------------------------------------------------------------------
class Timers {
public:
  static Timers &instance();
  int every(std::chrono::milliseconds, std::function<void()>);
  void cancel(int id);
  static void once(std::chrono::milliseconds, std::function<void()>);
};
struct bad_only_one {
class Sensor {
public:
  Sensor() {
    id_ = Timers::instance().every(std::chrono::seconds(1), [this] { publish(name_); }); // warning: the handler holds a raw pointer to the object and stays with 'Timers' when the object is destroyed
  }
  ~Sensor() { publish("bye"); }
  void later() {
    Timers::once(std::chrono::seconds(1), [this] { publish(name_); }); // warning: the handler holds a raw pointer to the object and stays with 'Timers'
  }

private:
  std::string name_;
  int id_ = 0;
};
};

// ---- a timer that queues itself --------------------------------------------------------------------------------------
class Alarm;
class Alarms {
public:
  void add(Alarm *alarm, std::chrono::steady_clock::time_point when) { all_.emplace(when, alarm); }
  void remove(Alarm *alarm) {
    std::erase_if(all_, [alarm](auto &x) { return x.second == alarm; });
  }
  void turn();

private:
  std::multimap<std::chrono::steady_clock::time_point, Alarm *> all_;
};
class Alarm {
public:
  explicit Alarm(Alarms &alarms) : alarms_(alarms) {}
  void set(std::chrono::steady_clock::time_point when, std::function<void()> f) {
    f_ = std::move(f);
    alarms_.add(this, when); // warning: the object stays with 'alarms_' when it is destroyed, which then calls 'fire' on a dead object; take it back in the destructor
  }
  void again(std::chrono::steady_clock::time_point when) {
    drop();
    set(when, f_);
  }
  void fire() { f_(); }

private:
  void drop() { alarms_.remove(this); }
  Alarms &alarms_;
  std::function<void()> f_;
};
void Alarms::turn() {
  for (auto &[when, alarm] : all_)
    alarm->fire(); // note: 'fire' is called here, when the time has come
}
class Guest {
public:
  explicit Guest(Alarms &alarms) : wake_(alarms) {}
  void arrive() {
    wake_.set(std::chrono::steady_clock::now(), [] { publish("wake"); });
  }

private:
  Alarm wake_;
};
class Hotel {
public:
  void arrive(int room) {
    guests_[room] = std::make_unique<Guest>(alarms_);
    guests_[room]->arrive();
  }
  void leave(int room) { guests_.erase(room); }

private:
  Alarms alarms_;
  std::map<int, std::unique_ptr<Guest>> guests_;
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
struct ok_wheel {
class Lamp {
public:
  explicit Lamp(Wheel &wheel) : wheel_(wheel) { id_ = wheel_.add(500, &Lamp::blink, this); }
  ~Lamp() { wheel_.remove(id_); }

private:
  static void blink(void *self) { publish(static_cast<Lamp *>(self)->name_); }
  Wheel &wheel_;
  std::string name_;
  unsigned id_ = 0;
};
};
struct ok_called_at_once {
class Lamp {
public:
  explicit Lamp(Wheel &wheel) : wheel_(wheel) { wheel_.forEach(3, &Lamp::blink, this); }
  ~Lamp() { publish("off"); }

private:
  static void blink(void *self) { publish(static_cast<Lamp *>(self)->name_); }
  Wheel &wheel_;
  std::string name_;
};
};
struct ok_c_library {
class Probe {
public:
  explicit Probe(reactor *r) : reactor_(r) { timer_ = reactor_add_timer(reactor_, 1000, tick, this); }
  ~Probe() { reactor_del_timer(reactor_, timer_); }

private:
  static void tick(void *arg) { ++static_cast<Probe *>(arg)->count_; }
  reactor *reactor_;
  int timer_ = -1;
  int count_ = 0;
};
};
struct ok_stopped_by_its_handle {
class Probe {
public:
  explicit Probe(reactor *r) : reactor_(r) { timer_ = wheel_start(reactor_, 250, &Probe::expired, this); }
  ~Probe() { wheel_stop(timer_); }

private:
  static void expired(wheel_timer *, void *arg) { ++static_cast<Probe *>(arg)->count_; }
  reactor *reactor_;
  wheel_timer *timer_;
  int count_ = 0;
};
};
struct ok_only_one {
class Sensor {
public:
  Sensor() {
    id_ = Timers::instance().every(std::chrono::seconds(1), [this] { publish(name_); });
  }
  ~Sensor() { Timers::instance().cancel(id_); }

private:
  std::string name_;
  int id_ = 0;
};
};
struct ok_only_one_and_unseen {
class Sensor {
public:
  Sensor() {
    id_ = Timers::instance().every(std::chrono::seconds(1), [this] { publish(name_); });
  }
  ~Sensor() { end(); }

private:
  void end(); // in another file
  std::string name_;
  int id_ = 0;
};
};
struct ok_nothing_of_the_object {
class Door {
public:
  explicit Door(Queue &queue) : queue_(queue) {}
  ~Door() { publish("gone"); }
  void open() { runAfter(queue_, std::chrono::seconds(8), &Door::close, this); }

private:
  static void close(void *) { publish("closed"); }
  Queue &queue_;
};
};
struct ok_shared_state {
class Blinker {
public:
  explicit Blinker(Loop &loop) : loop_(loop), state_(std::make_shared<State>()) {}
  ~Blinker() { state_->on = false; }
  void start() {
    loop_.after(std::chrono::milliseconds(100), [state = state_] {
      if (state->on)
        publish(state->name);
    });
  }

private:
  struct State {
    std::atomic<bool> on{true};
    std::string name;
  };
  Loop &loop_;
  std::shared_ptr<State> state_;
};
};
struct ok_removes_itself {
class Alarm2;
struct Alarms2 {
  void add(Alarm2 *alarm, std::chrono::steady_clock::time_point when) { all.emplace(when, alarm); }
  void remove(Alarm2 *alarm) {
    std::erase_if(all, [alarm](auto &x) { return x.second == alarm; });
  }
  void turn();
  std::multimap<std::chrono::steady_clock::time_point, Alarm2 *> all;
};
class Alarm2 {
public:
  explicit Alarm2(Alarms2 &alarms) : alarms_(alarms) {}
  ~Alarm2() { drop(); }
  void set(std::chrono::steady_clock::time_point when) { alarms_.add(this, when); }
  void fire() { publish("now"); }

private:
  void drop() { alarms_.remove(this); }
  Alarms2 &alarms_;
};
struct Hotel2 {
  void leave() { guests.clear(); }
  std::list<Alarm2> guests;
};
};
void ok_removes_itself::Alarms2::turn() {
  for (auto &[when, alarm] : all)
    alarm->fire();
}
struct ok_cancelled_by_its_owner {
class Alarm3;
struct Alarms3 {
  void add(Alarm3 *alarm, std::chrono::steady_clock::time_point when) { all.emplace(when, alarm); }
  void remove(Alarm3 *alarm) {
    std::erase_if(all, [alarm](auto &x) { return x.second == alarm; });
  }
  void turn();
  std::multimap<std::chrono::steady_clock::time_point, Alarm3 *> all;
};
class Alarm3 {
public:
  explicit Alarm3(Alarms3 &alarms) : alarms_(alarms) {}
  void set(std::chrono::steady_clock::time_point when) { alarms_.add(this, when); }
  void cancel() { alarms_.remove(this); }
  void fire() { publish("now"); }

private:
  Alarms3 &alarms_;
};
struct Hotel3 {
  void leave(int room) {
    guests[room]->cancel();
    guests.erase(room);
  }
  std::map<int, std::unique_ptr<Alarm3>> guests;
};
};
void ok_cancelled_by_its_owner::Alarms3::turn() {
  for (auto &[when, alarm] : all)
    alarm->fire();
}
