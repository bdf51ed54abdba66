// Flags of classes, globals and locals, std::thread and kin.
// RUN: %verify %s heddle-plain-stop-flag -- -std=c++20
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
void work();
bool failed();
int use(int);

struct bad_Member {
  class Member {
  public:
    Member() : thread_([this] { run(); }) {} // note: this thread is started here
    ~Member() {
      stop_ = true; // note: written here in '~Member'
      thread_.join();
    }

  private:
    void run() {
      while (!stop_) // warning: 'stop_' ends this loop and is written by another thread without a common lock
        work();
    }
    bool stop_ = false; // note: declared here, not atomic
    std::thread thread_;
  };
};

class bad_Volatile {
public:
  void start() {
    running = true;
    thread = std::thread(&bad_Volatile::loop, this);
  }
  void stop() {
    running = false;
    thread.join();
  }

private:
  void loop() {
    while (running) { // warning: 'running' ends this loop
      work();
      std::this_thread::sleep_for(10ms);
    }
  }
  volatile bool running = false;
  std::thread thread;
};

struct bad_Getter {
  class Getter {
  public:
    void start() {
      thread = std::thread([this] {
        for (;;) {
          if (stopRequested()) // note: the loop asks here
            break;
          work();
        }
      });
    }
    bool stopRequested() const { return stop; } // warning: 'stop' ends this loop
    void requestStop() { stop = true; }         // note: written here in 'requestStop'
    ~Getter() {
      requestStop();
      thread.join();
    }

  private:
    bool stop = false;
    std::thread thread;
  };
};

class bad_Count {
public:
  void start() {
    thread = std::thread([this] { poll(); });
  }
  void cancel() { state = 2; }
  void join() { thread.join(); }

private:
  void poll() {
    do
      work();
    while (state != 2); // warning: 'state' ends this loop
  }
  int state = 0;
  std::thread thread;
};

enum class State { Running, Stopping };
struct bad_Enum {
  class Enum {
  public:
    explicit Enum(int n) {
      for (int i = 0; i < n; ++i)
        threads.emplace_back([this, i] { serve(i); });
    }
    ~Enum() {
      state = State::Stopping;
      for (auto &t : threads)
        t.join();
    }

  private:
    void serve(int i) {
      while (true) {
        if (state == State::Stopping) // warning: 'state' ends this loop
          return;
        use(i);
      }
    }
    State state = State::Running;
    std::vector<std::thread> threads;
  };
};

// The mutex guards the queue, and is forgotten for the flag.
struct bad_OneSided {
  class OneSided {
  public:
    void start() {
      thread = std::thread([this] { run(); });
    }
    ~OneSided() {
      {
        std::lock_guard lock(mutex);
        done = true;
      }
      thread.join();
    }

  private:
    void run() {
      while (!done) { // warning: 'done' ends this loop
        std::lock_guard lock(mutex);
        ++count;
      }
    }
    std::mutex mutex;
    bool done = false;
    int count = 0;
    std::thread thread;
  };
};

static bool quit = false;
static void bad_pump() {
  while (!quit) // warning: 'quit' ends this loop
    work();
}
void starts_pump() {
  std::thread t(bad_pump);
  std::this_thread::sleep_for(1s);
  quit = true;
  t.join();
}

void bad_local() {
  bool over = false;
  std::thread t([&] {
    while (!over) // warning: 'over' ends this loop
      work();
  });
  std::this_thread::sleep_for(1s);
  over = true;
  t.join();
}

static void bad_until(const bool &stop) {
  while (!stop) // warning: 'stop' ends this loop
    work();
}
void starts_until() {
  bool stop = false;
  std::thread t(bad_until, std::ref(stop));
  work();
  stop = true;
  t.join();
}

struct Shared {
  bool cancelled = false;
  int progress = 0;
};
void bad_shared_struct() {
  auto shared = std::make_shared<Shared>();
  auto f = std::async(std::launch::async, [shared] {
    while (!shared->cancelled) // warning: 'cancelled' ends this loop
      ++shared->progress;
  });
  work();
  shared->cancelled = true;
  f.get();
}

class Runnable {
public:
  virtual ~Runnable() = default;
  void start() {
    t = std::thread([this] { run(); });
  }
  void stop() {
    keepGoing = false;
    t.join();
  }

protected:
  virtual void run() = 0;
  bool keepGoing = true;

private:
  std::thread t;
};
class bad_Derived : public Runnable {
  void run() override {
    while (keepGoing) // warning: 'keepGoing' ends this loop
      work();
  }
};

// The thread sets it, and the starter turns until then.
struct bad_WaitsForThread {
  class WaitsForThread {
  public:
    WaitsForThread() : thread([this] { init(); }) {
      while (!ready) // warning: 'ready' ends this loop and is written by the started thread
        std::this_thread::yield();
    }
    ~WaitsForThread() { thread.join(); }

  private:
    void init() {
      work();
      ready = true;
    }
    bool ready = false;
    std::thread thread;
  };
};

// ---- silent ---------------------------------------------------------------------------------------------------------

struct ok_Atomic {
  class Atomic {
  public:
    Atomic() : thread_([this] { run(); }) {}
    ~Atomic() {
      stop_ = true;
      thread_.join();
    }

  private:
    void run() {
      while (!stop_)
        work();
    }
    std::atomic<bool> stop_{false};
    std::thread thread_;
  };
};

struct ok_Locked {
  class Locked {
  public:
    void start() {
      thread = std::thread([this] { run(); });
    }
    ~Locked() {
      {
        std::lock_guard lock(mutex);
        stop = true;
      }
      thread.join();
    }

  private:
    void run() {
      while (true) {
        {
          std::lock_guard lock(mutex);
          if (stop)
            return;
        }
        work();
      }
    }
    std::mutex mutex;
    bool stop = false;
    std::thread thread;
  };
};

class ok_LockedGetter {
public:
  void start() {
    thread = std::thread([this] { run(); });
  }
  void shutdown() {
    set(true);
    thread.join();
  }

private:
  bool stopped() {
    std::lock_guard lock(mutex);
    return stop;
  }
  void set(bool value) {
    std::lock_guard lock(mutex);
    stop = value;
  }
  void run() {
    while (!stopped())
      work();
  }
  std::mutex mutex;
  bool stop = false;
  std::thread thread;
};

struct ok_Condition {
  class Condition {
  public:
    Condition() : thread([this] { run(); }) {}
    ~Condition() {
      {
        std::lock_guard lock(mutex);
        stop = true;
      }
      wake.notify_all();
      thread.join();
    }

  private:
    void run() {
      std::unique_lock lock(mutex);
      while (!stop) {
        wake.wait(lock, [this] { return stop || items > 0; });
        --items;
      }
    }
    std::mutex mutex;
    std::condition_variable wake;
    bool stop = false;
    int items = 0;
    std::thread thread;
  };
};

// Private members that are called with the lock held.
struct ok_HeldByCallers {
  class HeldByCallers {
  public:
    void start() {
      thread = std::thread([this] { run(); });
    }
    ~HeldByCallers() {
      {
        std::lock_guard lock(mutex);
        stopLocked();
      }
      thread.join();
    }

  private:
    void stopLocked() { stop = true; }
    bool stoppedLocked() const { return stop; }
    void run() {
      std::unique_lock lock(mutex);
      while (!stoppedLocked()) {
        lock.unlock();
        work();
        lock.lock();
      }
    }
    std::mutex mutex;
    bool stop = false;
    std::thread thread;
  };
};

// The permit orders the write before the read.
struct ok_Semaphore {
  class Semaphore {
  public:
    Semaphore() : thread([this] { run(); }) {}
    ~Semaphore() {
      stop = true;
      items.release();
      thread.join();
    }

  private:
    void run() {
      for (;;) {
        items.acquire();
        if (stop)
          return;
        work();
      }
    }
    std::counting_semaphore<> items{0};
    bool stop = false;
    std::thread thread;
  };
};

// Written before the start and after the join only.
class ok_Ordered {
public:
  void start() {
    stop = false;
    failed_ = false;
    thread = std::thread([this] { run(); });
  }
  void wait() {
    thread.join();
    stop = true;
  }

private:
  void run() {
    while (!stop && !failed_) {
      work();
      if (failed())
        failed_ = true;
    }
  }
  bool stop = false;
  bool failed_ = false;
  std::thread thread;
};

// The flag belongs to an object of the thread's own.
class Parser {
public:
  void parse() {
    while (!done)
      step();
  }
  void finish() { done = true; }

private:
  void step() { work(); }
  bool done = false;
};
void ok_own_object() {
  std::thread t([] {
    Parser p;
    p.parse();
  });
  Parser mine;
  mine.finish();
  mine.parse();
  t.join();
}

// Each thread writes its own.
class ok_Two {
public:
  void start() {
    a = std::thread([this] { first.parse(); });
    b = std::thread([this] {
      Parser p;
      p.finish();
    });
  }
  void join() {
    a.join();
    b.join();
  }

private:
  Parser first;
  std::thread a, b;
};

void ok_copy() {
  bool verbose = false;
  std::thread t([verbose] {
    while (verbose)
      work();
  });
  verbose = true;
  t.join();
}

class ok_NoThread {
public:
  void run() {
    while (!stop)
      work();
  }
  void quit() { stop = true; }

private:
  bool stop = false;
};

// What is set does not end the loop: the start of another run.
class ok_OtherValue {
public:
  void prepare() { running = true; }
  void start() {
    thread = std::thread([this] { run(); });
  }
  void wait() { thread.join(); }

private:
  void run() {
    while (running)
      work();
  }
  bool running = false;
  std::thread thread;
};

struct ok_Const {
  class Const {
  public:
    explicit Const(bool forever) : forever(forever), thread([this] { run(); }) {}
    ~Const() { thread.join(); }

  private:
    void run() {
      do
        work();
      while (forever);
    }
    const bool forever;
    std::thread thread;
  };
};

void ok_sequential() {
  bool over = false;
  std::thread t([] { work(); });
  t.join();
  std::thread u([&] {
    while (!over)
      over = failed();
  });
  u.join();
  over = true;
}

// A setting that a parser stores, the state that a search compares with, and a count of the loop's own.
static bool parse(const char *text);
struct ok_Settings {
  void set(const char *text) { again_ = parse(text); }
  void start() {
    thread_ = std::thread([this] {
      do
        work();
      while (again_);
    });
  }
  ~ok_Settings() { thread_.join(); }
  bool again_ = false;
  std::thread thread_;
};
struct ok_Search {
  void enter(int state) { state_ = state; }
  void start() {
    thread_ = std::thread([this] {
      for (int i = 0; i < 4; ++i)
        if (table_[i] == state_)
          break;
    });
  }
  ~ok_Search() { thread_.join(); }
  int state_ = 0;
  int table_[4] = {};
  std::thread thread_;
};

// The caller says which.
struct bad_Setter {
  struct Worker {
    void setRunning(bool on) { running_ = on; } // note: written here in 'setRunning'
    void start() {
      thread_ = std::thread([this] { // note: this thread is started here
        while (running_) // warning: 'running_' ends this loop and is written by another thread without a common lock
          work();
      });
    }
    ~Worker() { thread_.join(); }
    bool running_ = true; // note: declared here, not atomic
    std::thread thread_;
  };
};

// A number that callers give is a setting.
class ok_Limit {
public:
  void setLimit(int n) { limit_ = n; }
  void start() {
    thread_ = std::thread([this] {
      for (int i = 0; i != limit_; ++i)
        turn(i);
    });
  }
  ~ok_Limit() { thread_.join(); }

private:
  void turn(int);
  int limit_ = 0;
  std::thread thread_;
};

// What is stored together with other values of the caller's is a setting, and so is one condition of several.
class ok_StoredTogether {
public:
  void initServer(int port) {
    server_ = true;
    port_ = port;
  }
  void setReconnect(bool on) { reconnect_ = on; }
  void start() {
    thread_ = std::thread([this] {
      for (int i = 0; i < port_; ++i) {
        if (server_)
          break;
        while (reconnect_ && i > 0)
          turn(--i);
      }
    });
  }
  ~ok_StoredTogether() { thread_.join(); }

private:
  void turn(int);
  bool server_ = false, reconnect_ = false;
  int port_ = 0;
  std::thread thread_;
};
class bad_SetRunning {
public:
  void setRunning(bool on) { running_ = on; }
  void start() {
    thread_ = std::jthread([this] {
      while (running_) // warning: 'running_' ends this loop and is written by another thread
        turn(1);
    });
  }

private:
  void turn(int);
  bool running_ = true;
  std::jthread thread_;
};

// A stop that says why it stops.
class bad_StopWithReason {
public:
  void stop(int reason) {
    running_ = false;
    reason_ = reason;
  }
  void start() {
    thread_ = std::jthread([this] {
      while (running_) // warning: 'running_' ends this loop and is written by another thread
        turn(reason_);
    });
  }

private:
  void turn(int);
  bool running_ = true;
  int reason_ = 0;
  std::jthread thread_;
};

// ---- what a member makes of the flag -----------------------------------------------------------------------------------
class KeepsGoing {
public:
  void launch() { thread_ = std::thread(&KeepsGoing::loop, this); }
  void shutdown() {
    quit_ = true;
    thread_.join();
  }

private:
  bool bad_keepGoing() const { return !quit_; } // warning: 'quit_' ends this loop and is written by another thread without a common lock
  void loop() {
    while (bad_keepGoing())
      work();
  }
  bool quit_ = false;
  std::thread thread_;
};
class GoesOnUntil {
public:
  void launch() { thread_ = std::thread(&GoesOnUntil::loop, this); }
  void shutdown() {
    state_ = 2;
    thread_.join();
  }

private:
  bool bad_running() const { return state_ != 2; } // warning: 'state_' ends this loop
  void loop() {
    while (bad_running())
      work();
  }
  int state_ = 0;
  std::thread thread_;
};
class ok_KeepsGoingByAtomic {
public:
  void launch() { thread_ = std::thread(&ok_KeepsGoingByAtomic::loop, this); }
  void shutdown() {
    quit_ = true;
    thread_.join();
  }

private:
  bool keepGoing() const { return !quit_; }
  bool again() const { return !keepGoing() && again(); }
  void loop() {
    while (keepGoing())
      work();
  }
  std::atomic<bool> quit_{false};
  std::thread thread_;
};

// ---- one member starts the thread, and on another path stores and joins ----
class Switched {
public:
  ~Switched() { turn(false); }
  void turn(bool on) {
    on_ = on;
    if (on)
      thread_ = std::thread([this] { run(); });
    else
      thread_.join();
  }

private:
  void run() {
    while (bad_on())
      step();
  }
  bool bad_on() const { return on_; } // warning: 'on_' ends this loop and is written by
  void step();
  bool on_ = false;
  std::thread thread_;
};
class ok_Restarted {
public:
  ~ok_Restarted() { stop(); }
  void restart(int size) {
    stop();
    size_ = size;
    on_ = true;
    thread_ = std::thread([this] {
      while (on_ && size_ > 0)
        step();
    });
  }
  void runOnce(bool on) {
    on_ = on;
    thread_ = std::thread([this] {
      while (on_)
        step();
    });
    thread_.join();
  }

private:
  void stop() {
    if (thread_.joinable())
      thread_.join();
  }
  void step();
  bool on_ = false;
  int size_ = 0;
  std::thread thread_;
};
