// RUN: %verify %s heddle-join-not-started -- -std=c++20
// The destructor joins without asking; the thread was not started, or another member has joined it.
#include <atomic>
#include <condition_variable>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

struct Port {
  bool connect(const std::string &name);
  bool valid() const;
};
std::unique_ptr<Port> openPort(const std::string &name);
void work();
void *loop(void *);
bool load();

// ---- a start that may fail ------------------------------------------------------------------------------------------
struct bad_reader {
  class Reader {
  public:
    explicit Reader(std::string path) : path_(std::move(path)) {}
    ~Reader() {
      stop_ = true;
      thread_.join(); // warning: 'thread_' is started under a condition only, and joined here without one
    }
    bool start() {
      int fd = ::open(path_.c_str(), O_RDONLY);
      if (fd < 0) // note: the condition is asked here
        return false;
      thread_ = std::thread([this, fd] { // note: 'thread_' is started here
        while (!stop_)
          work();
        ::close(fd);
      });
      return true;
    }

  private:
    std::string path_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
  };
};
struct bad_link {
  class Link {
  public:
    ~Link() { close(); }
    void open(const std::string &name) {
      if (thread_.joinable())
        return;
      if (!port_.connect(name)) // note: the condition is asked here
        throw std::runtime_error("no such port");
      thread_ = std::thread([this] { run(); });
    }

  private:
    void close() {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        closed_ = true;
      }
      changed_.notify_one();
      thread_.join(); // warning: 'thread_' is started under a condition only
    }
    void run() {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return closed_; });
    }
    Port port_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool closed_ = false;
    std::thread thread_;
  };
};
class bad_Argument {
public:
  ~bad_Argument() { pthread_join(thread_, nullptr); } // warning: 'thread_' is started under a condition only
  bool begin(const Port *port) {
    if (!port) // note: the condition is asked here
      return false;
    return pthread_create(&thread_, nullptr, loop, this) == 0;
  }

private:
  pthread_t thread_;
};
struct bad_lists {
  class List {
  public:
    explicit List(std::vector<int> items) : items_(std::move(items)) {}
    ~List() { thread_.join(); } // warning: 'thread_' is started under a condition only
    void play() {
      if (items_.empty()) // note: the condition is asked here
        return;
      thread_ = std::thread(work);
    }

  private:
    const std::vector<int> items_;
    std::thread thread_;
  };
};

class ok_Reader {
public:
  ~ok_Reader() {
    if (thread_.joinable())
      thread_.join();
  }
  bool start(const std::string &name) {
    port_ = openPort(name);
    if (!port_)
      return false;
    thread_ = std::thread(work);
    return true;
  }

private:
  std::unique_ptr<Port> port_;
  std::thread thread_;
};
class ok_AsksForThePort {
public:
  ~ok_AsksForThePort() {
    if (port_)
      thread_.join();
  }
  bool start(const std::string &name) {
    port_ = openPort(name);
    if (!port_)
      return false;
    thread_ = std::thread(work);
    return true;
  }

private:
  std::unique_ptr<Port> port_;
  std::thread thread_;
};
class ok_RunsAlready {
public:
  ~ok_RunsAlready() {
    running_ = false;
    thread_.join();
  }
  void start() {
    if (running_.exchange(true))
      return;
    thread_ = std::thread(work);
  }
  void startOnce() {
    bool expected = false;
    if (!running_.compare_exchange_strong(expected, true))
      return;
    thread_ = std::thread(work);
  }

private:
  std::atomic<bool> running_{false};
  std::thread thread_;
};
class ok_RunsAlreadyLocked {
public:
  ~ok_RunsAlreadyLocked() { thread_.join(); }
  void start() {
    std::lock_guard<std::mutex> lock(mutex_);
    bool was = started_;
    if (was || isStarted())
      return;
    started_ = true;
    thread_ = std::thread(work);
  }

private:
  bool isStarted() const { return started_; }
  std::mutex mutex_;
  bool started_ = false;
  std::thread thread_;
};
class ok_WhoStopsHasStarted {
public:
  bool start(const std::string &name) {
    port_ = openPort(name);
    if (!port_)
      return false;
    thread_ = std::thread(work);
    return true;
  }
  void stop() { thread_.join(); }

private:
  std::unique_ptr<Port> port_;
  std::thread thread_;
};

// ---- joined before --------------------------------------------------------------------------------------------------
class bad_Saver {
public:
  ~bad_Saver() {
    requestStop();
    thread_.join(); // warning: 'thread_' is joined when the object ends, although 'stop' may have joined it before; the second join throws or is undefined; test 'joinable()' first
  }
  void start() { thread_ = std::thread(work); }
  void stop() {
    requestStop();
    if (thread_.joinable())
      thread_.join(); // note: 'stop' joins it here
  }

private:
  void requestStop() { stop_ = true; }
  std::atomic<bool> stop_{false};
  std::thread thread_;
};
class bad_Waits {
public:
  ~bad_Waits() { thread_.join(); } // warning: 'thread_' is joined when the object ends, although 'wait' may have joined it before
  void start() { thread_ = std::thread(work); }
  void wait() { thread_.join(); } // note: 'wait' joins it here

private:
  std::thread thread_;
};
struct bad_stoppedByOthers {
  class Stopped {
  public:
    ~Stopped() { stop(); }
    void start() { thread_ = std::thread(work); }
    void stop() {
      thread_.join(); // warning: 'thread_' is joined when the object ends, although 'stop' may have joined it before
    }

  private:
    std::thread thread_;
  };
};
class Server {
public:
  void begin() { worker_.start(); }
  void end() { worker_.stop(); }

private:
  bad_stoppedByOthers::Stopped worker_;
};
class ok_StoppedByTheDestructor { // nobody else is seen to stop it
public:
  ~ok_StoppedByTheDestructor() { stop(); }
  void start() { thread_ = std::thread(work); }
  void stop() { thread_.join(); }

private:
  std::thread thread_;
};
class ok_JoinedOnce {
public:
  ~ok_JoinedOnce() {
    if (!joined_)
      thread_.join();
  }
  void start() { thread_ = std::thread(work); }
  void stop() {
    thread_.join();
    joined_ = true;
  }

private:
  bool joined_ = false;
  std::thread thread_;
};
class ok_Restarts {
public:
  ~ok_Restarts() { thread_.join(); }
  void start() { thread_ = std::thread(work); }
  void restart() {
    thread_.join();
    start();
  }

private:
  std::thread thread_;
};
class ok_OfTheConstructor {
public:
  ok_OfTheConstructor() : thread_(work) {}
  ~ok_OfTheConstructor() { thread_.join(); }

private:
  std::thread thread_;
};
class ok_Private {
public:
  ~ok_Private() { thread_.join(); }
  void start() { thread_ = std::thread(work); }

private:
  void finish() { thread_.join(); }
  std::thread thread_;
};

// ---- not started ----------------------------------------------------------------------------------------------------
struct bad_leaves_early {
  class Heartbeat {
  public:
    ~Heartbeat() {
      stop_ = true;
      thread_.join(); // warning: 'thread_' is joined when the object ends, also if it was not started; the join then throws or is undefined; test 'joinable()' first
    }
    void setPeriod(int seconds) { period_ = seconds; }
    void start() { thread_ = std::thread(work); }

  private:
    std::atomic<bool> stop_{false};
    int period_ = 1;
    std::thread thread_;
  };
  static int run() {
    Heartbeat beat; // note: an object is made here, which may end before it is started
    beat.setPeriod(3);
    if (!load())
      return 1;
    beat.start();
    work();
    return 0;
  }
};
struct bad_one_branch {
  class Sampler {
  public:
    ~Sampler() { finish(); }
    void begin() { spawn(); }

  private:
    void spawn() { thread_ = std::thread(work); }
    void finish() {
      thread_.join(); // warning: 'thread_' is joined when the object ends, also if it was not started
    }
    std::thread thread_;
  };
  static void run(bool profiling) {
    Sampler sampler; // note: an object is made here
    if (profiling)
      sampler.begin();
    work();
  }
};
class Ticker {
public:
  ~Ticker() { thread_.join(); }
  void start() { thread_ = std::thread(work); }

private:
  std::thread thread_;
};
void ok_on_every_path(bool verbose) {
  Ticker ticker;
  if (verbose)
    work();
  ticker.start();
}
void launch(Ticker &ticker);
void ok_started_elsewhere(bool now) {
  Ticker ticker;
  if (now)
    ticker.start();
  else
    launch(ticker);
}
class Asked {
public:
  ~Asked() {
    if (started_)
      thread_.join();
  }
  void start() {
    started_ = true;
    thread_ = std::thread(work);
  }

private:
  bool started_ = false;
  std::thread thread_;
};
void ok_asked(bool parallel) {
  Asked asked;
  if (parallel)
    asked.start();
}
class Joining {
public:
  void start() { thread_ = std::jthread(work); }

private:
  std::jthread thread_;
};
void ok_joining(bool parallel) {
  Joining joining;
  if (parallel)
    joining.start();
}
