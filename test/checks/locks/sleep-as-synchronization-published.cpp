// RUN: %verify %s heddle-sleep-as-synchronization -- -std=c++20
// What a task publishes once, in an atomic, through getters, behind helpers that sleep or start it.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
int listenOnAnyPort() noexcept;
void serve(int port) noexcept;
bool load(std::vector<int> &table) noexcept;
void use(int) noexcept;

class bad_Server {
public:
  int run() {
    thread_ = std::jthread([this](std::stop_token stop) { loop(stop); }); // note: the task is started here
    std::this_thread::sleep_for(200ms); // warning: this sleep stands for a wait for the task
    return port_; // note: which is used here, as if the task had done so
  }

private:
  void loop(std::stop_token stop) {
    port_ = listenOnAnyPort(); // note: it writes 'port_' here
    while (!stop.stop_requested())
      serve(port_);
  }
  std::atomic<int> port_{0};
  std::jthread thread_;
};

class Device {
public:
  ~Device() { thread_.join(); }
  void open() { thread_ = std::thread(&Device::probe, this); }
  bool present() const { return present_.load(); }
  std::string model() const {
    std::lock_guard lock(mutex_);
    return model_;
  }

private:
  void probe() {
    std::lock_guard lock(mutex_);
    model_ = "t1";
    present_.store(true);
  }
  std::atomic<bool> present_{false};
  mutable std::mutex mutex_;
  std::string model_;
  std::thread thread_;
};
bool bad_open_and_ask(Device &device) {
  device.open();
  usleep(100000); // warning: this sleep stands for a wait for the task
  return device.present();
}

class Table {
public:
  Table() : thread_([this] { ready_ = load(table_); }) {}
  ~Table() { thread_.join(); }
  int bad_first() {
    settle(); // warning: this sleep stands for a wait for the task
    return ready_ ? table_.front() : 0;
  }
  int ok_level() {
    settle();
    return level_;
  }

private:
  static void settle() { std::this_thread::sleep_for(1s); }
  std::vector<int> table_;
  bool ready_ = false;
  int level_ = 1;
  std::thread thread_;
};

struct Probe {
  std::atomic<int> result{-1};
};
static void *measure(void *p) {
  static_cast<Probe *>(p)->result = listenOnAnyPort();
  return nullptr;
}
int bad_pthread(Probe &probe) {
  pthread_t thread;
  if (pthread_create(&thread, nullptr, measure, &probe) != 0)
    return -1;
  sleep(1); // warning: this sleep stands for a wait for the task
  int result = probe.result.load();
  pthread_join(thread, nullptr);
  return result;
}

// ---- silent ---------------------------------------------------------------------------------------------------------

// Asked again until it is there.
class ok_Retries {
public:
  int run() {
    thread_ = std::jthread([this] { port_ = listenOnAnyPort(); });
    for (int i = 0; i < 100 && port_ == 0; ++i)
      std::this_thread::sleep_for(10ms);
    return port_;
  }
  int longer() {
    thread_ = std::jthread([this] { port_ = listenOnAnyPort(); });
    std::this_thread::sleep_for(10ms);
    while (port_ == 0)
      std::this_thread::yield();
    return port_;
  }

private:
  std::atomic<int> port_{0};
  std::jthread thread_;
};

// Measures how much is done in a second.
int ok_throughput() {
  std::atomic<int> done{0};
  std::atomic<bool> stop{false};
  std::thread worker([&] {
    while (!stop) {
      use(1);
      ++done;
    }
  });
  std::this_thread::sleep_for(1s);
  int n = done;
  stop = true;
  worker.join();
  return n;
}
class ok_Gauge {
public:
  int sample() {
    thread_ = std::jthread([this](std::stop_token stop) {
      while (!stop.stop_requested())
        level_ = listenOnAnyPort();
    });
    std::this_thread::sleep_for(1s);
    return level_;
  }

private:
  std::atomic<int> level_{0};
  std::jthread thread_;
};

// Waits for it as well.
class ok_Waits {
public:
  int run() {
    thread_ = std::jthread([this] {
      std::lock_guard lock(mutex_);
      port_ = listenOnAnyPort();
      ready_ = true;
      changed_.notify_all();
    });
    std::this_thread::sleep_for(10ms);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ready_; });
    return port_;
  }
  int joined() {
    std::atomic<int> n{0};
    std::thread thread([&] { n = listenOnAnyPort(); });
    std::this_thread::sleep_for(10ms);
    thread.join();
    return n;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int port_ = 0;
  bool ready_ = false;
  std::jthread thread_;
};

// What it is by now, whatever that is.
std::string ok_locked(Device &device) {
  device.open();
  usleep(100000);
  return device.model();
}

// A flag for the thread, which it reads; a pause that has nothing to do with it.
class ok_Others {
public:
  void start() {
    thread_ = std::jthread([this] {
      while (on_)
        use(0);
    });
  }
  void blink() {
    on_ = true;
    std::this_thread::sleep_for(1s);
    if (on_)
      on_ = false;
  }
  int level() {
    std::this_thread::sleep_for(1s);
    return level_;
  }
  void set(int n) { level_ = n; }

private:
  std::atomic<bool> on_{false};
  std::atomic<int> level_{0};
  std::jthread thread_;
};

// Set before the thread starts.
class ok_Before {
public:
  int run() {
    size_ = 3;
    thread_ = std::jthread([this] { use(size_); });
    std::this_thread::sleep_for(10ms);
    return size_;
  }

private:
  std::atomic<int> size_{0};
  std::jthread thread_;
};

// A test that nothing has happened by then, and a count that several threads make.
#define EXPECT_FALSE(x) static_cast<void>((x) ? throw 1 : 0)
void ok_not_yet(std::mutex &gate) {
  std::atomic<bool> passed{false};
  std::unique_lock lock(gate);
  std::thread thread([&] {
    std::lock_guard inner(gate);
    passed = true;
  });
  std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(passed);
  lock.unlock();
  thread.join();
}
int ok_count() {
  std::atomic<int> arrived{0};
  std::thread one([&] { ++arrived; }), two([&] { ++arrived; });
  std::this_thread::sleep_for(10ms);
  int early = arrived;
  one.join();
  two.join();
  return early;
}

// Under a lock, behind a long sleep.
#include <mutex>
int openPort();
void serveOn(int port);
class Server {
public:
  Server() : thread_([this] { run(); }) {}
  ~Server() { thread_.join(); }
  int helper() {
    bad_settle();
    return port();
  }
  int bad_block() {
    std::this_thread::sleep_for(std::chrono::seconds(3)); // warning: this sleep stands for a wait for the task
    std::lock_guard lock(mutex_);
    return port_;
  }
  // Long enough to be polite, too short to be a wait.
  int ok_short() {
    std::this_thread::sleep_for(20ms);
    return port();
  }
  // It is asked again.
  int ok_again() {
    for (int i = 0; i != 10; ++i) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      if (int p = port())
        return p;
    }
    return 0;
  }
  int ok_now() { return port(); }

private:
  void run() {
    int port = openPort();
    {
      std::lock_guard lock(mutex_);
      port_ = port;
    }
    serveOn(port);
  }
  void bad_settle() {
    std::this_thread::sleep_for(std::chrono::seconds(2)); // warning: this sleep stands for a wait for the task
  }
  int port() {
    std::lock_guard lock(mutex_);
    return port_;
  }
  std::mutex mutex_;
  int port_ = 0;
  std::thread thread_;
};
// What the thread stores again and again is a state.
class Meter {
public:
  Meter() : thread_([this] { run(); }) {}
  ~Meter() { thread_.join(); }
  int ok_sample() {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    std::lock_guard lock(mutex_);
    return last_;
  }

private:
  void run() {
    for (int i = 0; i != 100; ++i) {
      int next = openPort();
      std::lock_guard lock(mutex_);
      last_ = next;
    }
  }
  std::mutex mutex_;
  int last_ = 0;
  std::thread thread_;
};
