// RUN: %verify %s heddle-join-not-started -- -std=c++20
// A member starts one of its threads under a condition only, and another member joins all of them.
#include <atomic>
#include <pthread.h>
#include <thread>

bool step();
void *entry(void *);

struct bad_recorder {
class Recorder {
public:
  explicit Recorder(bool sound) : sound_(sound) {}
  void begin() {
    picture_ = std::thread([this] { run(); });
    if (sound_) // note: the condition is asked here
      audio_ = std::thread([this] { run(); }); // note: 'audio_' is started here
  }
  void finish() {
    over_ = true;
    picture_.join();
    joinAudio();
  }

private:
  void joinAudio() {
    audio_.join(); // warning: 'audio_' is started under a condition only, and joined here without one; the join throws or is undefined when it was not started; test 'joinable()' first
  }
  void run() {
    while (!over_ && step()) {
    }
  }
  const bool sound_;
  std::atomic<bool> over_{false};
  std::thread picture_, audio_;
};
};
struct bad_destructor {
class Sampler {
public:
  explicit Sampler(int period) : period_(period) {
    if (period_ > 0)
      thread_ = std::thread([this] {
        while (!over_ && step()) {
        }
      });
  }
  ~Sampler() {
    over_ = true;
    thread_.join(); // warning: 'thread_' is started under a condition only, and joined here without one
  }

private:
  int period_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};
};
class bad_Posix {
public:
  void start(bool both) {
    pthread_create(&first_, nullptr, entry, this);
    if (both)
      pthread_create(&second_, nullptr, entry, this);
  }
  void wait() {
    pthread_join(first_, nullptr);
    pthread_join(second_, nullptr); // warning: 'second_' is started under a condition only, and joined here without one
  }

private:
  pthread_t first_, second_;
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_Tested {
public:
  void begin(bool sound) {
    picture_ = std::thread(step);
    if (sound)
      audio_ = std::thread(step);
  }
  void finish() {
    picture_.join();
    if (audio_.joinable())
      audio_.join();
  }

private:
  std::thread picture_, audio_;
};
class ok_SameCondition {
public:
  void begin() {
    picture_ = std::thread(step);
    if (sound_)
      audio_ = std::thread(step);
  }
  void finish() {
    picture_.join();
    if (hasSound())
      audio_.join();
  }

private:
  bool hasSound() const { return sound_; }
  bool sound_ = false;
  std::thread picture_, audio_;
};
class ok_CallerAsks {
public:
  void begin() {
    picture_ = std::thread(step);
    if (sound_)
      audio_ = std::thread(step);
  }
  void finish() {
    picture_.join();
    if (sound_)
      joinAudio();
  }

private:
  void joinAudio() { audio_.join(); }
  bool sound_ = false;
  std::thread picture_, audio_;
};
class ok_LeavesFirst { // who calls start() once knows it runs
public:
  void start() {
    if (started_)
      return;
    started_ = true;
    if (step())
      thread_ = std::thread(step);
    else
      thread_ = std::thread([] {});
  }
  void stop() { thread_.join(); }

private:
  bool started_ = false;
  std::thread thread_;
};
class ok_Joining {
public:
  void begin(bool sound) {
    picture_ = std::jthread(step);
    if (sound)
      audio_ = std::jthread(step);
  }

private:
  std::jthread picture_, audio_;
};
class ok_Returned { // the start leaves where it does not start; its caller does not stop then
public:
  bool start(bool ready) {
    if (!ready)
      return false;
    thread_ = std::thread(step);
    return true;
  }
  void stop() { thread_.join(); }

private:
  std::thread thread_;
};
struct bad_startsTheOtherAfterwards {
class Node { // nothing is started when it runs already; the second thread in any other case
public:
  ~Node() {
    if (running_)
      halt();
  }
  void launch(const char *primary) {
    if (running_)
      return;
    running_ = true;
    if (*primary)
      follower_ = std::thread(step);
    compactor_ = std::thread(step);
  }
  void halt() {
    compactor_.join();
    follower_.join(); // warning: 'follower_' is started under a condition only, and joined here without one
    running_ = false;
  }

private:
  bool running_ = false;
  std::thread follower_, compactor_;
};
};
class ok_oneOfThem { // whoever asked for the other one says so
public:
  void launch(bool follow) {
    if (running_)
      return;
    running_ = true;
    follows_ = follow;
    if (follows_)
      follower_ = std::thread(step);
    else
      leader_ = std::thread(step);
  }
  void halt() {
    if (follows_)
      follower_.join();
    else
      leader_.join();
  }

private:
  bool running_ = false, follows_ = false;
  std::thread follower_, leader_;
};
class ok_bothOrNone {
public:
  void launch(bool ready) {
    if (!running_ && ready) {
      follower_ = std::thread(step);
      compactor_ = std::thread(step);
      running_ = true;
    }
  }
  void halt() {
    if (!running_)
      return;
    follower_.join();
    compactor_.join();
  }

private:
  bool running_ = false;
  std::thread follower_, compactor_;
};

// ---- a copy of a handle ----
struct Journal {
  pthread_t worker;
  bool busy;
};
bool ready();
void ok_reap(Journal *j) {
  const bool over = j->busy && ready();
  const pthread_t id = j->worker;
  if (over)
    pthread_join(id, nullptr);
}
void bad_never_created() {
  pthread_t id;
  pthread_join(id, nullptr); // warning: 'id' was not started on this path
}


// ---- a setting of the object decides ----
struct Options {
  int period = 0;
};
struct bad_setting {
class Uploader {
public:
  explicit Uploader(Options options) : options_(options) {}
  ~Uploader() { stop(); }
  void start() {
    if (options_.period == 0 || thread_.joinable()) // note: the condition is asked here
      return;
    thread_ = std::thread([this] { run(); });
  }

private:
  void stop() {
    over_ = true;
    thread_.join(); // warning: 'thread_' is started under a condition only, and joined here without one
  }
  void run() {
    while (!over_ && step()) {
    }
  }
  const Options options_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};
};
struct bad_setting_of_the_constructor {
class Sampler {
public:
  explicit Sampler(bool live) : live_(live) {}
  ~Sampler() {
    over_ = true;
    thread_.join(); // warning: 'thread_' is started under a condition only, and joined here without one
  }
  void open() {
    if (live_)
      thread_ = std::thread(step);
  }

private:
  bool live_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};
};
class ok_setting_tested {
public:
  explicit ok_setting_tested(Options options) : options_(options) {}
  ~ok_setting_tested() {
    if (thread_.joinable())
      thread_.join();
  }
  void start() {
    if (options_.period == 0)
      return;
    thread_ = std::thread(step);
  }

private:
  const Options options_;
  std::thread thread_;
};
class ok_setting_asked_twice {
public:
  explicit ok_setting_asked_twice(Options options) : options_(options) {}
  ~ok_setting_asked_twice() {
    if (options_.period != 0)
      thread_.join();
  }
  void start() {
    if (options_.period == 0)
      return;
    thread_ = std::thread(step);
  }

private:
  const Options options_;
  std::thread thread_;
};
class ok_state { // set when it has started
public:
  ~ok_state() { thread_.join(); }
  void start() {
    if (started_)
      return;
    started_ = true;
    thread_ = std::thread(step);
  }

private:
  bool started_ = false;
  std::thread thread_;
};
class ok_setting_of_who_stops { // who stops it has started it
public:
  explicit ok_setting_of_who_stops(Options options) : options_(options) {}
  void start() {
    if (options_.period == 0)
      return;
    thread_ = std::thread(step);
  }
  void stop() { thread_.join(); }

private:
  const Options options_;
  std::thread thread_;
};

// ---- what the start writes down ----------------------------------------------------------------------------------------
class Driver {
public:
  explicit Driver(const char *port) : port_(port) {}
  ~Driver() { ok_stop(); }
  bool start() {
    if (started_)
      return true;
    if (!port_)
      return false;
    started_ = true;
    thread_ = std::thread(step);
    return true;
  }
  void ok_stop() {
    if (!started_)
      return;
    thread_.join();
    started_ = false;
  }

private:
  const char *const port_;
  bool started_ = false;
  std::thread thread_;
};
class EarlyDriver {
public:
  explicit EarlyDriver(const char *port) : port_(port) {}
  ~EarlyDriver() { bad_stop(); }
  bool start() {
    if (started_)
      return true;
    started_ = true;
    if (!port_) // note: the condition is asked here
      return false;
    thread_ = std::thread(step);
    return true;
  }
  void bad_stop() {
    if (!started_)
      return;
    thread_.join(); // warning: 'thread_' is started under a condition only, and joined here without one
  }

private:
  const char *const port_;
  bool started_ = false;
  std::thread thread_;
};
