// State that is changed outside of the mutex of its waiters, before they are notified.
// RUN: %verify %s heddle-condition-modified-unlocked -- -std=c++20
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Task = std::function<void()>;

struct bad_Pool {
  class Pool {
  public:
    explicit Pool(int n) {
      for (int i = 0; i < n; ++i)
        workers.emplace_back([this] { run(); });
    }
    ~Pool() {
      stop = true;        // warning: 'stop' is changed without 'mutex' before 'ready' is notified
      ready.notify_all(); // note: it is notified here
      for (auto &w : workers)
        w.join();
    }
    void submit(Task task) {
      {
        std::lock_guard lock(mutex);
        tasks.push(std::move(task));
      }
      ready.notify_one();
    }

  private:
    void run() {
      for (;;) {
        Task task;
        {
          std::unique_lock lock(mutex);
          ready.wait(lock, [this] { return stop || !tasks.empty(); }); // note: the waiter tests it under 'mutex'
          if (stop && tasks.empty())
            return;
          task = std::move(tasks.front());
          tasks.pop();
        }
        task();
      }
    }
    std::vector<std::thread> workers;
    std::queue<Task> tasks;
    std::mutex mutex;
    std::condition_variable ready;
    bool stop = false;
  };
};

struct bad_Atomic {
  class Pool {
  public:
    Pool() : worker([this] { run(); }) {}
    ~Pool() { shutdown(); }
    void shutdown() {
      done_.store(true); // warning: 'done_' is changed without 'mutex_'
      cv_.notify_all();
      worker.join();
    }

  private:
    void run() {
      std::unique_lock<std::mutex> lock(mutex_);
      while (!done_) {
        if (tasks_.empty()) {
          cv_.wait(lock);
          continue;
        }
        tasks_.pop_front();
      }
    }
    std::mutex mutex_;
    std::condition_variable cv_;
    std::atomic<bool> done_{false};
    std::deque<int> tasks_;
    std::thread worker;
  };
};

struct bad_Helper {
  class Service {
  public:
    void start() {
      t = std::thread([this] { loop(); });
    }
    void stop() {
      running = false; // warning: 'running' is changed without 'm'
      wake();
      t.join();
    }

  private:
    void wake() { cv.notify_one(); }
    bool alive() const { return running; }
    void loop() {
      std::unique_lock<std::mutex> lock(m);
      while (alive())
        cv.wait_for(lock, 30s);
    }
    std::mutex m;
    std::condition_variable cv;
    std::atomic_bool running{true};
    std::thread t;
  };
};

struct bad_Queue {
  class Queue {
  public:
    void push(int i) {
      items.push_back(i); // warning: 'items' is changed without 'mutex'
      filled.notify_one();
    }
    int pop() {
      std::unique_lock lock(mutex);
      while (items.empty())
        filled.wait(lock);
      int i = items.front();
      items.pop_front();
      return i;
    }

  private:
    std::mutex mutex;
    std::condition_variable filled;
    std::deque<int> items;
  };
};

struct bad_Latch {
  class Latch {
  public:
    explicit Latch(int n) : count(n) {}
    void countDown() {
      if (--count == 0) // warning: 'count' is changed without 'mutex'
        zero.notify_all();
    }
    void wait() {
      std::unique_lock lock(mutex);
      zero.wait(lock, [&] { return count == 0; });
    }

  private:
    std::atomic<int> count;
    std::mutex mutex;
    std::condition_variable zero;
  };
};

// The lock is given back too early.
struct bad_TooEarly {
  class Event {
  public:
    void set() {
      {
        std::lock_guard lock(mutex);
        ++generation;
      }
      signalled = true; // warning: 'signalled' is changed without 'mutex'
      cv.notify_all();
    }
    void wait() {
      std::unique_lock lock(mutex);
      cv.wait(lock, [this] { return signalled; });
    }

  private:
    std::mutex mutex;
    std::condition_variable cv;
    bool signalled = false;
    int generation = 0;
  };
};

static std::mutex globalMutex;
static std::condition_variable globalReady;
static bool ready;
void waits() {
  std::unique_lock lock(globalMutex);
  globalReady.wait(lock, [] { return ready; });
}
void bad_global() {
  std::thread t(waits);
  ready = true; // warning: 'ready' is changed without 'globalMutex'
  globalReady.notify_one();
  t.join();
}

void bad_locals() {
  std::mutex m;
  std::condition_variable cv;
  bool done = false;
  std::thread t([&] {
    done = true; // warning: 'done' is changed without 'm'
    cv.notify_one();
  });
  {
    std::unique_lock lock(m);
    cv.wait(lock, [&] { return done; });
  }
  t.join();
}

// ---- silent ---------------------------------------------------------------------------------------------------------

struct ok_Pool {
  class Pool {
  public:
    explicit Pool(int n) {
      for (int i = 0; i < n; ++i)
        workers.emplace_back([this] { run(); });
    }
    ~Pool() {
      {
        std::lock_guard lock(mutex);
        stop = true;
      }
      ready.notify_all();
      for (auto &w : workers)
        w.join();
      stop = false;
      ready.notify_all();
    }
    void submit(Task task) {
      std::unique_lock lock(mutex);
      tasks.push(std::move(task));
      lock.unlock();
      ready.notify_one();
    }

  private:
    void run() {
      for (;;) {
        std::unique_lock lock(mutex);
        ready.wait(lock, [this] { return stop || !tasks.empty(); });
        if (stop && tasks.empty())
          return;
        Task task = std::move(tasks.front());
        tasks.pop();
        lock.unlock();
        task();
      }
    }
    std::vector<std::thread> workers;
    std::queue<Task> tasks;
    std::mutex mutex;
    std::condition_variable ready;
    bool stop = false;
  };
};

// An empty critical section between the change and the notification is the cure, too.
struct ok_EmptySection {
  class Pool {
  public:
    Pool() : worker([this] { run(); }) {}
    ~Pool() {
      done = true;
      { std::lock_guard lock(mutex); }
      cv.notify_all();
      worker.join();
    }
    void cancel() {
      done = true;
      std::lock_guard lock(mutex);
      cv.notify_all();
    }
    void abort() {
      done = true;
      wake();
    }

  private:
    void wake() {
      std::lock_guard lock(mutex);
      cv.notify_all();
    }
    void run() {
      std::unique_lock lock(mutex);
      cv.wait(lock, [this] { return done.load(); });
    }
    std::mutex mutex;
    std::condition_variable cv;
    std::atomic<bool> done{false};
    std::thread worker;
  };
};

// The lock is held by all who call it.
struct ok_HeldByCaller {
  class Queue {
  public:
    void push(int i) {
      std::lock_guard lock(mutex);
      add(i);
    }
    void pushAll(const std::vector<int> &all) {
      std::lock_guard lock(mutex);
      for (int i : all)
        add(i);
    }
    int pop() {
      std::unique_lock lock(mutex);
      filled.wait(lock, [this] { return !items.empty(); });
      int i = items.front();
      items.pop_front();
      return i;
    }

  private:
    void add(int i) {
      items.push_back(i);
      filled.notify_one();
    }
    std::mutex mutex;
    std::condition_variable filled;
    std::deque<int> items;
  };
};

struct ok_GuardParameter {
  class Queue {
  public:
    void add(int i, const std::unique_lock<std::mutex> &) {
      items.push_back(i);
      filled.notify_one();
    }
    int pop() {
      std::unique_lock lock(mutex);
      filled.wait(lock, [this] { return !items.empty(); });
      int i = items.front();
      items.pop_front();
      return i;
    }

  private:
    std::mutex mutex;
    std::condition_variable filled;
    std::deque<int> items;
  };
};

// What is changed decides over no wait.
struct ok_Statistics {
  class Queue {
  public:
    void push(int i) {
      ++pushed;
      {
        std::lock_guard lock(mutex);
        items.push_back(i);
      }
      filled.notify_one();
    }
    int pop() {
      std::unique_lock lock(mutex);
      filled.wait(lock, [this] { return !items.empty(); });
      int i = items.front();
      items.pop_front();
      return i;
    }
    long count() const { return pushed; }

  private:
    std::mutex mutex;
    std::condition_variable filled;
    std::deque<int> items;
    std::atomic<long> pushed{0};
  };
};

// A poll: the wait is short, and the flag is looked at again.
struct ok_Poll {
  class Ticker {
  public:
    Ticker() : t([this] { run(); }) {}
    ~Ticker() {
      stop = true;
      cv.notify_all();
      t.join();
    }

  private:
    void run() {
      std::unique_lock lock(m);
      while (!stop)
        cv.wait_for(lock, 50ms);
    }
    std::mutex m;
    std::condition_variable cv;
    std::atomic<bool> stop{false};
    std::thread t;
  };
};

// Set before there is a waiter.
struct ok_BeforeStart {
  class Runner {
  public:
    void start() {
      running = true;
      cv.notify_all();
      t = std::thread([this] { run(); });
    }
    void stop() {
      {
        std::lock_guard lock(m);
        running = false;
      }
      cv.notify_all();
      t.join();
    }

  private:
    void run() {
      std::unique_lock lock(m);
      cv.wait(lock, [this] { return !running; });
    }
    std::mutex m;
    std::condition_variable cv;
    bool running = false;
    std::thread t;
  };
};

// std::atomic's own wait tests and sleeps in one.
struct ok_AtomicWait {
  std::atomic<bool> flag{false};
  void set() {
    flag = true;
    flag.notify_all();
  }
  void wait() { flag.wait(false); }
};

// Every way out of the loop sets the flag: nothing is known of locks where nothing gets to.
class ok_Shrinking {
public:
  ~ok_Shrinking() {
    std::unique_lock<std::mutex> lock(mutex_);
    stop_ = true;
    ready_.notify_all();
    gone_.wait(lock, [this] { return active_ == 0; });
  }
  void grow() {
    ++active_;
    std::thread(&ok_Shrinking::work, this).detach();
  }

private:
  void work() {
    bool shrinks = false;
    for (;;) {
      std::unique_lock<std::mutex> lock(mutex_);
      ready_.wait(lock, [this] { return stop_ || !tasks_.empty(); });
      if (stop_) {
        shrinks = true;
        --active_;
        break;
      }
      tasks_.pop();
    }
    if (shrinks) {
      std::unique_lock<std::mutex> lock(mutex_);
      if (active_ == 0)
        gone_.notify_all();
    } else {
      std::unique_lock<std::mutex> lock(mutex_);
      --active_;
      gone_.notify_all();
    }
  }
  std::atomic<int> active_{0};
  std::queue<Task> tasks_;
  std::mutex mutex_;
  std::condition_variable ready_, gone_;
  bool stop_ = false;
};
