// RUN: %verify %s heddle-uncancellable-sleep -- -std=c++20
// The seeds' rows: a member of a group that sleeps through the cancellation (S4), a worker that polls and sleeps (L6).
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <stop_token>
#include <string>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
void report();
bool connect();
bool fetchA(std::stop_token);
bool doB();

// ---- L6: a token is polled around a sleep ------------------------------------------------------------------------------
void bad_L6(std::stop_token token) {
  std::thread([token] {
    for (;;) {
      if (token.stop_requested()) // note: the loop asks for the stop here
        return;
      std::this_thread::sleep_for(std::chrono::seconds(1)); // warning: 'sleep_for' does not notice a stop request on 'token'; the stop, and whoever waits for this task, is held up for up to 1 s; wait for the time with the token
      report();
    }
  }).detach();
}
void ok_L6(std::stop_token token) {
  std::thread([token] {
    std::mutex m;
    std::condition_variable_any wake;
    for (;;) {
      std::unique_lock lock(m);
      if (wake.wait_for(lock, token, 1s, [&] { return token.stop_requested(); }))
        return;
      report();
    }
  }).detach();
}

// ---- S4: one of several tasks sleeps through the cancellation -----------------------------------------------------------
bool bad_S4(std::stop_token token) { // note: the token is in scope where the task is started
  auto a = std::async(std::launch::async, [token] { return fetchA(token); });
  auto b = std::async(std::launch::async, [] {
    std::this_thread::sleep_for(10s); // warning: 'sleep_for' does not notice a stop request on 'token', which the task is not given; the stop, and whoever waits for the task, is held up for up to 10 s
    return doB();
  });
  return a.get() && b.get();
}
bool ok_S4(std::stop_token token) {
  auto a = std::async(std::launch::async, [token] { return fetchA(token); });
  auto b = std::async(std::launch::async, [token] {
    std::mutex m;
    std::condition_variable_any wake;
    std::unique_lock lock(m);
    wake.wait_for(lock, token, 10s, [] { return false; });
    return !token.stop_requested() && doB();
  });
  return a.get() && b.get();
}
bool ok_S4_nobody_uses_the_token(std::stop_token) {
  auto b = std::async(std::launch::async, [] {
    std::this_thread::sleep_for(10s);
    return doB();
  });
  return b.get();
}

// ---- members of classes ------------------------------------------------------------------------------------------------
class Heartbeat {
public:
  ~Heartbeat() {
    over_ = true; // note: the stop is requested here
    if (thread_.joinable())
      thread_.join(); // note: and the task is waited for here
  }
  void start() { thread_ = std::thread(&Heartbeat::bad_beat, this); }

private:
  void bad_beat() {
    while (!over_) { // note: the loop asks for the stop here
      report();
      std::this_thread::sleep_for(30s); // warning: 'sleep_for' does not notice that 'over_' has changed; '~Heartbeat()' waits for this thread for up to 30 s; wait for the time on a condition variable that the stop notifies
    }
  }
  std::atomic<bool> over_{false};
  std::thread thread_;
};

class Poller { // stop() only asks, the destructor waits; a state instead of a truth value
public:
  ~Poller() {
    stop();
    worker_.join(); // note: and the task is waited for here
  }
  void stop() { state_ = State::Stopped; } // note: the stop is requested here
  bool isRunning() const { return state_ == State::Running; }

private:
  enum class State { Running, Stopped };
  void poll() {
    while (isRunning()) { // note: the loop asks for the stop here
      report();
      bad_pause();
    }
  }
  void bad_pause() { usleep(500'000); } // warning: 'usleep' does not notice that 'state_' has changed; '~Poller()' waits for this thread for up to 500 ms
  std::atomic<State> state_{State::Running};
  std::thread worker_{[this] { poll(); }};
};

class Retrier { // the time is given to a helper; the flag is plain
public:
  void stop() {
    quit_ = true; // note: the stop is requested here
    pthread_join(thread_, nullptr); // note: and the task is waited for here
  }
  void start() { pthread_create(&thread_, nullptr, &Retrier::entry, this); }

private:
  static void *entry(void *self) {
    static_cast<Retrier *>(self)->bad_run();
    return nullptr;
  }
  void bad_run() {
    for (;;) {
      if (quit_) // note: the loop asks for the stop here
        break;
      if (!connect())
        napFor(5); // warning: 'napFor' does not notice that 'quit_' has changed; 'stop()' waits for this thread for up to 5 s
    }
  }
  bool quit_ = false;
  pthread_t thread_;

public:
  static void napFor(int seconds) { ::sleep(seconds); } // note: it sleeps here
};

// A helper that nobody but the thread has: one mend there is enough.
class Lighthouse {
public:
  ~Lighthouse() {
    dark_ = true; // note: the stop is requested here
    keeper_.join(); // note: and the task is waited for here
  }

private:
  void turn() {
    while (!dark_) { // note: the loop asks for the stop here
      if (connect())
        bad_doze(20s); // note: 'bad_doze' is called here
      else
        bad_doze(5s);
    }
  }
  static void bad_doze(std::chrono::seconds s) {
    std::this_thread::sleep_for(s); // warning: 'sleep_for' does not notice that 'dark_' has changed; '~Lighthouse()' waits for this thread for up to 20 s
  }
  std::atomic<bool> dark_{false};
  std::thread keeper_{[this] { turn(); }};
};
namespace {
void bad_lull(unsigned seconds) {
  sleep(seconds); // warning: 'sleep' does not notice a stop request on 'stop'; the stop, and whoever waits for this task, is held up for up to 90 s
}
void mow(std::stop_token stop) {
  while (!stop.stop_requested()) { // note: the loop asks for the stop here
    report();
    bad_lull(90); // note: 'bad_lull' is called here
  }
}
void lullOfAll(unsigned seconds) { sleep(seconds); } // note: it sleeps here
void bad_rake(std::stop_token stop) {
  while (!stop.stop_requested()) { // note: the loop asks for the stop here
    report();
    lullOfAll(90); // warning: 'lullOfAll' does not notice a stop request on 'stop'
  }
}
} // namespace
void startGarden() {
  static std::jthread mower(mow), raker(bad_rake);
  lullOfAll(1);
}
class Doorman { // short enough, whoever calls
public:
  ~Doorman() {
    home_ = true;
    thread_.join();
  }

private:
  void run() {
    while (!home_) {
      report();
      ok_blink(100ms);
    }
  }
  static void ok_blink(std::chrono::milliseconds ms) { std::this_thread::sleep_for(ms); }
  std::atomic<bool> home_{false};
  std::thread thread_{[this] { run(); }};
};

class Publisher { // a token, by the jthread's own; a default that others may change
public:
  explicit Publisher(std::chrono::milliseconds period) : period_(period), thread_([this](std::stop_token st) { bad_publish(st); }) {}

private:
  void bad_publish(const std::stop_token &st) {
    do {
      report();
      std::this_thread::sleep_until(std::chrono::steady_clock::now() + period_); // warning: 'sleep_until' does not notice a stop request on 'st'; the stop, and whoever waits for this task, is held up for up to 350 ms (by default)
    } while (!st.stop_requested()); // note: the loop asks for the stop here
  }
  std::chrono::milliseconds period_{350};
  std::jthread thread_;
};

struct Job {
  std::atomic<int> *left;
  std::atomic_bool cancelled{false};
};
static void bad_work(Job &job) {
  while (!job.cancelled.load()) { // note: the loop asks for the stop here
    --*job.left;
    std::this_thread::sleep_for(std::chrono::milliseconds(1500)); // warning: 'sleep_for' does not notice that 'cancelled' has changed; 'runFor()' waits for this thread for up to 1.5 s
  }
}
void runFor(Job &job) {
  std::thread t(bad_work, std::ref(job));
  report();
  job.cancelled = true; // note: the stop is requested here
  t.join();             // note: and the task is waited for here
}
void bad_local_flag() {
  std::atomic<bool> stop = false;
  auto spinner = std::async(std::launch::async, [&stop] {
    while (!stop) // note: the loop asks for the stop here
      std::this_thread::sleep_for(2s); // warning: 'sleep_for' does not notice that 'stop' has changed; 'bad_local_flag()' waits for this thread for up to 2 s
  });
  report();
  stop = true;    // note: the stop is requested here
  spinner.wait(); // note: and the task is waited for here
}
void bad_local_ends() {
  std::atomic_flag stop;
  std::jthread spinner([&stop] { // note: and the task is waited for here
    while (!stop.test()) // note: the loop asks for the stop here
      std::this_thread::sleep_for(2s); // warning: 'sleep_for' does not notice that 'stop' has changed; the end of 'spinner' waits for this thread
  });
  report();
  stop.test_and_set(); // note: the stop is requested here
}
// A token that is handed on, but the pause between tries is not given it.
bool tryOnce(const std::string &, std::stop_token);
bool bad_retry(const std::string &name, std::stop_token token) {
  for (int tries = 0; tries < 5; ++tries) {
    if (tryOnce(name, token))
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100 << tries)); // warning: 'sleep_for' does not notice a stop request on 'token'; the stop, and whoever waits for this task, is held up for as long as it lasts
  }
  return false;
}
void bad_backoff_doubles(std::stop_token token) {
  auto backoff = 100ms;
  while (!token.stop_requested() && !connect()) { // note: the loop asks for the stop here
    std::this_thread::sleep_for(backoff); // warning: 'sleep_for' does not notice a stop request on 'token'
    backoff *= 2;
  }
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class Short {
public:
  ~Short() {
    over_ = true;
    thread_.join();
  }

private:
  void ok_beat() {
    while (!over_) {
      report();
      std::this_thread::sleep_for(20ms);
    }
  }
  void ok_sliced() {
    while (!over_) {
      report();
      for (int i = 0; i < 100 && !over_; ++i)
        std::this_thread::sleep_for(100ms);
    }
  }
  static constexpr auto Step = 10ms;
  void ok_constant() {
    while (!over_) {
      report();
      std::this_thread::sleep_for(Step * 2);
    }
  }
  std::atomic<bool> over_{false};
  std::thread thread_{[this] {
    ok_beat();
    ok_sliced();
    ok_constant();
  }};
};
class Woken {
public:
  ~Woken() {
    {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

private:
  void ok_beat() {
    std::unique_lock lock(mutex_);
    while (!over_) {
      report();
      wake_.wait_for(lock, 30s, [this] { return over_; });
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_{[this] { ok_beat(); }};
};
// A flag that says "done" is waited for; nobody waits for the one who looks.
class Starter {
public:
  void ok_start() {
    thread_ = std::thread([this] {
      ready_ = true;
      report();
    });
    while (!ready_)
      std::this_thread::sleep_for(100ms);
  }
  ~Starter() {
    ready_ = false;
    thread_.join();
  }

private:
  std::atomic<bool> ready_{false};
  std::thread thread_;
};
static std::atomic<bool> interrupted;
void ok_main_loop() { // the process ends with it: nobody waits
  while (!interrupted)
    std::this_thread::sleep_for(1s);
}
void onSignal(int) { interrupted = true; }
void ok_grace(std::stop_token token) {
  while (!token.stop_requested())
    report();
  if (token.stop_requested())
    std::this_thread::sleep_for(1s); // lets others finish
}
void ok_no_token() {
  for (int i = 0; i < 3 && !connect(); ++i)
    std::this_thread::sleep_for(1s);
}
bool sleepFor(std::stop_token token, std::chrono::milliseconds time) { // a sleep that notices
  std::mutex m;
  std::condition_variable_any cv;
  std::unique_lock lock(m);
  return !cv.wait_for(lock, token, time, [] { return false; }) && !token.stop_requested();
}
void ok_own_sleep(std::stop_token token) {
  while (sleepFor(token, 5s))
    report();
}
void ok_short_with_token(std::stop_token token) {
  while (!token.stop_requested()) {
    report();
    std::this_thread::sleep_for(1ms);
  }
}
class Detached { // nobody waits for it: it owns what it uses
public:
  static void ok_start(std::shared_ptr<std::atomic<bool>> over) {
    std::thread([over] {
      while (!*over) {
        report();
        std::this_thread::sleep_for(1s);
      }
    }).detach();
  }
};
void ok_joined_before_any_stop() {
  std::atomic<bool> done = false;
  std::thread t([&] {
    report();
    done = true;
  });
  while (!done)
    std::this_thread::sleep_for(60ms);
  t.join();
}
void ok_timed_phase(std::stop_token token) { // it is the sleep that ends the task
  std::jthread worker([] { report(); });
  if (token.stop_possible())
    worker.request_stop();
}
void bad_sleep_of_a_time_record() {
  std::atomic<bool> stop = false;
  std::thread t([&stop] {
    while (!stop) { // note: the loop asks for the stop here
      timespec pause{10, 0};
      nanosleep(&pause, nullptr); // warning: 'nanosleep' does not notice that 'stop' has changed; 'bad_sleep_of_a_time_record()' waits for this thread for up to 10 s
    }
  });
  stop = true; // note: the stop is requested here
  t.join();    // note: and the task is waited for here
}
void ok_sleep_of_a_short_time_record() {
  std::atomic<bool> stop = false;
  std::thread t([&stop] {
    while (!stop) {
      timespec pause;
      pause.tv_sec = 0;
      pause.tv_nsec = 1000000;
      nanosleep(&pause, nullptr);
    }
  });
  stop = true;
  t.join();
}
// A wrapper around a flag: what one of them is set to says nothing of the others.
template <class T> class Guarded {
public:
  void operator=(T v) {
    std::lock_guard lock(mutex_);
    value_ = v;
  }
  operator bool() const { return value_; }

private:
  std::mutex mutex_;
  T value_{};
};
class Link {
public:
  void close() {
    while (!broken_ && connected_) // on the thread of the caller
      ok_linger();
    closing_ = true;
    thread_.join();
  }

private:
  void ok_linger() { std::this_thread::sleep_for(1s); }
  Guarded<bool> broken_, connected_, closing_;
  std::thread thread_;
};
class Reader { // the state of a parser: nobody stops by it
public:
  ~Reader() {
    inHeader_ = false;
    thread_.join();
  }

private:
  void ok_read() {
    for (;;) {
      if (inHeader_) {
        report();
        if (connect())
          return;
        std::this_thread::sleep_for(1s);
      }
    }
  }
  std::atomic<bool> inHeader_{true};
  std::thread thread_{[this] { ok_read(); }};
};

// How long is not known: in microseconds it is a back-off.
class BackOff {
public:
  BackOff(std::chrono::microseconds pause, std::chrono::seconds rest) : pause_(pause), rest_(rest) {}
  ~BackOff() {
    over_ = true; // note: the stop is requested here
    thread_.join(); // note: and the task is waited for here
  }

private:
  void bad_run() {
    while (!over_) { // note: the loop asks for the stop here
      ok_pause();
      std::this_thread::sleep_for(rest_); // warning: 'sleep_for' does not notice that 'over_' has changed
    }
  }
  void ok_pause() {
    if (!over_)
      std::this_thread::sleep_for(pause_);
  }
  std::atomic<bool> over_{false};
  std::chrono::microseconds pause_;
  std::chrono::seconds rest_;
  std::thread thread_{[this] { bad_run(); }};
};

// ---- whose task it is that is waited for ----------------------------------------------------------------------------------
class TwoThreads { // the join is that of another thread
public:
  void start() {
    reader_ = std::thread(&TwoThreads::ok_copy, this);
    reader_.detach();
    gain_ = std::thread(&TwoThreads::bad_gain, this);
  }
  void stop() {
    running_ = false; // note: the stop is requested here
    gain_.join();     // note: and the task is waited for here
  }

private:
  void ok_copy() {
    while (running_) {
      report();
      std::this_thread::sleep_for(2s);
    }
  }
  void bad_gain() {
    while (running_) { // note: the loop asks for the stop here
      report();
      std::this_thread::sleep_for(3s); // warning: 'sleep_for' does not notice that 'running_' has changed; 'stop()' waits for this thread for up to 3 s
    }
  }
  std::atomic<bool> running_{true};
  std::thread reader_, gain_;
};
class Kept { // neither is detached, but only one is joined by the one who stops
public:
  void start() {
    feeder_ = new std::thread([this] { ok_feed(); });
    parser_ = new std::thread([this] { parse(); });
  }
  void stop() {
    over_ = true;
    parser_->join();
  }

private:
  void ok_feed() {
    while (!over_) {
      report();
      std::this_thread::sleep_for(2s);
    }
  }
  void parse() {
    while (!over_)
      report();
  }
  std::atomic<bool> over_{false};
  std::thread *feeder_, *parser_;
};
class Moved { // the handle is filled with a thread that was stored elsewhere: it may be this one
public:
  void start() {
    std::thread t(&Moved::bad_run, this);
    adopt(t);
  }
  void adopt(std::thread &other) { thread_ = std::move(other); }
  void stop() {
    over_ = true;   // note: the stop is requested here
    thread_.join(); // note: and the task is waited for here
  }

private:
  void bad_run() {
    while (!over_) { // note: the loop asks for the stop here
      report();
      std::this_thread::sleep_for(2s); // warning: 'sleep_for' does not notice that 'over_' has changed; 'stop()' waits for this thread for up to 2 s
    }
  }
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class Base { // the task comes to the loop through a virtual member
public:
  virtual ~Base() = default;
  void start() {
    thread_ = std::thread([this] { work(); });
  }
  void stop() {
    over_ = true;   // note: the stop is requested here
    thread_.join(); // note: and the task is waited for here
  }

protected:
  virtual void work() = 0;
  std::atomic<bool> over_{false};

private:
  std::thread thread_;
};
class Derived : public Base {
  void work() override { bad_loop(); }
  void bad_loop() {
    while (!over_) { // note: the loop asks for the stop here
      report();
      std::this_thread::sleep_for(2s); // warning: 'sleep_for' does not notice that 'over_' has changed; 'stop()' waits for this thread for up to 2 s
    }
  }
};

// ---- states ---------------------------------------------------------------------------------------------------------------
enum class Mode { Idle, Busy, Failed, Closed };
class Machine { // the value that ends the loop is not the one that is set
public:
  void start() { thread_ = std::thread(&Machine::ok_run, this); }
  void reset() {
    mode_ = Mode::Idle;
    thread_.join();
  }

private:
  void ok_run() {
    for (;;) {
      if (mode_ == Mode::Failed)
        return;
      report();
      std::this_thread::sleep_for(5s);
    }
  }
  std::atomic<Mode> mode_{Mode::Busy};
  std::thread thread_;
};
class Closing { // and here it is
public:
  void start() { thread_ = std::thread(&Closing::bad_run, this); }
  void close() {
    mode_ = Mode::Closed; // note: the stop is requested here
    thread_.join();       // note: and the task is waited for here
  }

private:
  void bad_run() {
    for (;;) {
      if (mode_ == Mode::Closed) // note: the loop asks for the stop here
        return;
      report();
      std::this_thread::sleep_for(5s); // warning: 'sleep_for' does not notice that 'mode_' has changed; 'close()' waits for this thread for up to 5 s
    }
  }
  std::atomic<Mode> mode_{Mode::Busy};
  std::thread thread_;
};
struct Settings {
  bool once;
};
class Configured { // set up before the start
public:
  void init(const Settings &settings) {
    once_ = settings.once;
    thread_ = std::thread(&Configured::ok_run, this);
  }
  void end() { thread_.join(); }

private:
  void ok_run() {
    for (;;) {
      report();
      if (once_)
        return;
      std::this_thread::sleep_for(5s);
    }
  }
  bool once_ = false;
  std::thread thread_;
};
class Voting { // each of several is asked
public:
  void start() { thread_ = std::thread(&Voting::ok_count, this); }
  void vote(unsigned i) {
    peers_[i].refused = true;
    thread_.join();
  }

private:
  struct Peer {
    std::atomic<bool> refused{false};
  };
  void ok_count() {
    for (Peer &peer : peers_) {
      if (peer.refused)
        return;
      std::this_thread::sleep_for(1s);
    }
  }
  std::vector<Peer> peers_{3};
  std::thread thread_;
};
class Exchanged { // the start and the stop by the same call: the request is the second
public:
  void start() {
    bool expected = false;
    if (running_.compare_exchange_strong(expected, true))
      thread_ = std::thread(&Exchanged::bad_run, this);
  }
  void stop() {
    bool expected = true;
    if (running_.compare_exchange_strong(expected, false)) // note: the stop is requested here
      thread_.join(); // note: and the task is waited for here
  }

private:
  void bad_run() {
    while (running_) { // note: the loop asks for the stop here
      report();
      std::this_thread::sleep_for(5s); // warning: 'sleep_for' does not notice that 'running_' has changed; 'stop()' waits for this thread for up to 5 s
    }
  }
  std::atomic<bool> running_{false};
  std::thread thread_;
};
class Awaiting { // the loop waits for the start of a thread of its own
public:
  void ok_start() {
    thread_ = std::thread([this] {
      up_.store(true);
      report();
    });
    while (!up_)
      std::this_thread::sleep_for(2s);
  }
  ~Awaiting() { thread_.join(); }

private:
  std::atomic<bool> up_{false};
  std::thread thread_;
};
class Portions { // a second at a time, and nothing else
public:
  ~Portions() {
    over_ = true; // note: the stop is requested here
    thread_.join(); // note: and the task is waited for here
  }

private:
  void ok_wait() {
    for (int i = 0; i < 60 && !over_; ++i)
      std::this_thread::sleep_for(1s);
  }
  void bad_work() {
    while (!over_) { // note: the loop asks for the stop here
      ok_wait();
      report();
      std::this_thread::sleep_for(1s); // warning: 'sleep_for' does not notice that 'over_' has changed; '~Portions()' waits for this thread for up to 1 s
    }
  }
  void ok_short() {
    while (!over_) {
      report();
      std::this_thread::sleep_for(250ms);
    }
  }
  std::atomic<bool> over_{false};
  std::thread thread_{[this] {
    bad_work();
    ok_short();
  }};
};
class Stages { // a switch over the state
public:
  void start() { thread_ = std::thread(&Stages::bad_run, this); }
  void close() {
    mode_ = Mode::Closed; // note: the stop is requested here
    thread_.join();       // note: and the task is waited for here
  }

private:
  void bad_run() {
    for (;;)
      switch (mode_) { // note: the loop asks for the stop here
      case Mode::Idle:
        mode_ = connect() ? Mode::Busy : Mode::Failed;
        break;
      case Mode::Failed:
        std::this_thread::sleep_for(7s); // warning: 'sleep_for' does not notice that 'mode_' has changed; 'close()' waits for this thread for up to 7 s
        if (mode_ == Mode::Closed)
          break;
        mode_ = Mode::Idle;
        break;
      case Mode::Busy:
        report();
        break;
      case Mode::Closed:
        return;
      }
  }
  std::atomic<Mode> mode_{Mode::Idle};
  std::thread thread_;
};

// ---- frames ----
class Projector {
public:
  explicit Projector(int rate) : rate_(rate), thread_([this] { run(); }), slow_([this] { bad_run(); }) {}
  ~Projector() {
    over_ = true;
    thread_.join();
    slow_.join();
  }

private:
  void run() {
    auto next = std::chrono::steady_clock::now();
    while (!over_) {
      report();
      next += std::chrono::milliseconds(1000 / rate_);
      ok_wait(next);
      std::this_thread::sleep_until(next);
    }
  }
  static void ok_wait(std::chrono::steady_clock::time_point);
  void bad_run() {
    auto next = std::chrono::steady_clock::now();
    while (!over_) {
      report();
      next += 30s;
      std::this_thread::sleep_until(next); // warning: 'sleep_until' does not notice that 'over_' has changed; '~Projector()' waits for this thread for up to 30 s
    }
  }
  const int rate_;
  std::atomic<bool> over_{false};
  std::thread thread_, slow_;
};
