// Waits that test nothing, and notifications that wake too few.
// RUN: %verify %s heddle-condition-modified-unlocked -- -std=c++20
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

void use(int);

struct bad_TestedOutside {
  std::mutex mutex;
  std::condition_variable cv;
  bool ready = false;
  void wait() {
    if (!ready) {
      std::unique_lock lock(mutex);
      cv.wait(lock); // warning: 'cv' is waited for without a look at any state since the mutex was taken
    }
  }
  void set() {
    std::lock_guard lock(mutex);
    ready = true;
    cv.notify_all();
  }
};

struct bad_LoopOutside {
  std::mutex mutex;
  std::condition_variable cv;
  bool running = true;
  std::deque<int> items;
  void loop() {
    while (running) {
      std::unique_lock<std::mutex> lock(mutex);
      cv.wait(lock); // warning: 'cv' is waited for without a look at any state
      while (!items.empty())
        items.pop_front();
    }
  }
  void stop() {
    std::lock_guard lock(mutex);
    running = false;
    cv.notify_one();
  }
};

struct bad_Once {
  std::mutex mutex;
  std::condition_variable cv;
  bool ready = false;
  int value = 0;
  int wait() {
    std::unique_lock lock(mutex);
    if (!ready)
      cv.wait(lock); // warning: 'cv' is waited for once, and what it waits for is not tested again
    return value;
  }
  void set(int v) {
    std::lock_guard lock(mutex);
    value = v;
    ready = true;
    cv.notify_one();
  }
};

template <class T> class bad_Edge {
public:
  void put(T value) {
    std::unique_lock lock(mutex);
    notFull.wait(lock, [this] { return items.size() < capacity; });
    bool wasEmpty = items.empty();
    items.push(std::move(value));
    if (wasEmpty)
      notEmpty.notify_one(); // warning: 'notEmpty' is notified only when 'items' was empty
  }
  T get() {
    std::unique_lock lock(mutex);
    notEmpty.wait(lock, [this] { return !items.empty(); });
    const bool wasFull = items.size() >= capacity;
    T value = std::move(items.front());
    items.pop();
    lock.unlock();
    if (wasFull)
      notFull.notify_one(); // warning: 'notFull' is notified only when 'items' was full
    return value;
  }

private:
  std::mutex mutex;
  std::condition_variable notEmpty, notFull;
  std::queue<T> items;
  std::size_t capacity = 8;
};
template class bad_Edge<int>;

// One condition for producers and consumers.
class bad_OneCondition {
public:
  void put(int value) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return items.size() < 8; }); // note: some wait here
    items.push(value);
    changed.notify_one(); // warning: one waiter of 'changed' is woken, on which threads wait for different things
  }
  int get() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return !items.empty(); }); // note: others wait here for something else
    int value = items.front();
    items.pop();
    changed.notify_one();
    return value;
  }

private:
  std::mutex mutex;
  std::condition_variable changed;
  std::queue<int> items;
};

struct bad_Idle {
  class Pool {
  public:
    explicit Pool(int n) {
      for (int i = 0; i < n; ++i)
        workers.emplace_back([this] { run(); });
    }
    void submit(int i) {
      std::lock_guard lock(mutex);
      tasks.push(i);
      changed.notify_one(); // warning: one waiter of 'changed' is woken
    }
    void waitIdle() {
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return tasks.empty() && active == 0; });
    }

  private:
    void run() {
      for (;;) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return !tasks.empty(); });
        int i = tasks.front();
        tasks.pop();
        ++active;
        lock.unlock();
        use(i);
        lock.lock();
        if (--active == 0)
          changed.notify_all();
      }
    }
    std::mutex mutex;
    std::condition_variable changed;
    std::queue<int> tasks;
    int active = 0;
    std::vector<std::thread> workers;
  };
};

// The stop wakes consumers, and forgets the producers.
class bad_Forgotten {
public:
  bool put(int value) {
    std::unique_lock lock(mutex);
    notFull.wait(lock, [this] { return closed || items.size() < 8; }); // note: this waiter tests it as well
    if (closed)
      return false;
    items.push(value);
    notEmpty.notify_one();
    return true;
  }
  bool get(int &value) {
    std::unique_lock lock(mutex);
    notEmpty.wait(lock, [this] { return closed || !items.empty(); });
    if (items.empty())
      return false;
    value = items.front();
    items.pop();
    notFull.notify_one();
    return true;
  }
  void close() {
    std::lock_guard lock(mutex);
    closed = true; // warning: 'closed' also ends waits for 'notFull', which is never notified after the change
    notEmpty.notify_all();
  }

private:
  std::mutex mutex;
  std::condition_variable notEmpty, notFull;
  std::queue<int> items;
  bool closed = false;
};

// ---- silent ---------------------------------------------------------------------------------------------------------

struct ok_Loop {
  std::mutex mutex;
  std::condition_variable cv;
  bool ready = false;
  void wait() {
    std::unique_lock lock(mutex);
    while (!ready)
      cv.wait(lock);
  }
  void tested() {
    if (ready)
      return;
    std::unique_lock lock(mutex);
    for (;;) {
      if (ready)
        break;
      cv.wait(lock);
    }
  }
  void set() {
    std::lock_guard lock(mutex);
    ready = true;
    cv.notify_all();
  }
};

// Started with the mutex held, so that the notification comes later.
struct ok_Handshake {
  std::mutex mutex;
  std::condition_variable cv;
  bool up = false;
  std::thread t;
  void start() {
    std::unique_lock lock(mutex);
    t = std::thread([this] {
      std::lock_guard inner(mutex);
      up = true;
      cv.notify_one();
    });
    while (!up)
      cv.wait(lock);
  }
};

// The caller holds the mutex and turns in a loop.
struct ok_Part {
  std::mutex mutex;
  std::condition_variable cv;
  std::deque<int> items;
  void sleep(std::unique_lock<std::mutex> &lock) { cv.wait(lock); }
  int pop() {
    std::unique_lock lock(mutex);
    while (items.empty())
      sleep(lock);
    int i = items.front();
    items.pop_front();
    return i;
  }
  void push(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
    cv.notify_one();
  }
};

// A condition of one's own: its callers turn in a loop.
struct ok_Adopts {
  std::mutex &mutex;
  std::condition_variable cv;
  void wait() {
    std::unique_lock<std::mutex> lock(mutex, std::adopt_lock);
    cv.wait(lock);
    lock.release();
  }
  void signal() { cv.notify_one(); }
};

// Gives up when it was woken for nothing.
struct ok_Retested {
  std::mutex mutex;
  std::condition_variable cv;
  std::deque<int> items;
  bool pop(int &i) {
    std::unique_lock lock(mutex);
    if (items.empty())
      cv.wait(lock);
    if (items.empty())
      return false;
    i = items.front();
    items.pop_front();
    return true;
  }
  void push(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
    cv.notify_one();
  }
};

// notify_all on the edge wakes whoever waits; a baton is passed on; the condition guards the insertion itself.
class ok_Edges {
public:
  void put(int value) {
    std::lock_guard lock(mutex);
    bool wasEmpty = items.empty();
    items.push(value);
    if (wasEmpty)
      filled.notify_all();
  }
  bool tryPut(int value) {
    std::lock_guard lock(mutex);
    if (items.size() < 8) {
      items.push(value);
      filled.notify_one();
      return true;
    }
    return false;
  }
  int get() {
    std::unique_lock lock(mutex);
    filled.wait(lock, [this] { return !items.empty(); });
    int value = items.front();
    items.pop();
    if (!items.empty())
      filled.notify_one();
    return value;
  }

private:
  std::mutex mutex;
  std::condition_variable filled;
  std::queue<int> items;
};

// One consumer, which takes all there is.
struct ok_OneConsumer {
  class Logger {
  public:
    Logger() : t([this] { run(); }) {}
    void log(int line) {
      std::lock_guard lock(mutex);
      bool wasEmpty = lines.empty();
      lines.push_back(line);
      if (wasEmpty)
        filled.notify_one();
    }

  private:
    void run() {
      for (;;) {
        std::deque<int> all;
        {
          std::unique_lock lock(mutex);
          filled.wait(lock, [this] { return !lines.empty(); });
          all.swap(lines);
        }
        for (int line : all)
          use(line);
      }
    }
    std::mutex mutex;
    std::condition_variable filled;
    std::deque<int> lines;
    std::thread t;
  };
};

// Two threads that take turns: one waits at a time.
void ok_turns() {
  std::mutex m;
  std::condition_variable cv;
  bool ready = false, processed = false;
  std::thread worker([&] {
    std::unique_lock lock(m);
    cv.wait(lock, [&] { return ready; });
    processed = true;
    lock.unlock();
    cv.notify_one();
  });
  {
    std::lock_guard lock(m);
    ready = true;
  }
  cv.notify_one();
  {
    std::unique_lock lock(m);
    cv.wait(lock, [&] { return processed; });
  }
  worker.join();
}

class ok_Both {
public:
  bool put(int value) {
    std::unique_lock lock(mutex);
    notFull.wait(lock, [this] { return closed || items.size() < 8; });
    if (closed)
      return false;
    items.push(value);
    notEmpty.notify_one();
    return true;
  }
  bool get(int &value) {
    std::unique_lock lock(mutex);
    notEmpty.wait(lock, [this] { return closed || !items.empty(); });
    if (items.empty())
      return false;
    value = items.front();
    items.pop();
    notFull.notify_one();
    return true;
  }
  void close() {
    std::lock_guard lock(mutex);
    closed = true;
    notEmpty.notify_all();
    notFull.notify_all();
  }

private:
  std::mutex mutex;
  std::condition_variable notEmpty, notFull;
  std::queue<int> items;
  bool closed = false;
};

// All are woken, whatever they wait for.
class ok_All {
public:
  void put(int value) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return items.size() < 8; });
    items.push(value);
    changed.notify_all();
  }
  int get() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return !items.empty(); });
    int value = items.front();
    items.pop();
    changed.notify_all();
    return value;
  }

private:
  std::mutex mutex;
  std::condition_variable changed;
  std::queue<int> items;
};

// The callers stand in the loop.
struct ok_LoopOfTheCaller {
  void run() {
    while (!stop) {
      std::unique_lock lock(mutex);
      if (items.empty())
        waitForItem(lock);
      else
        items.pop_back();
    }
  }
  void add(int i) {
    std::lock_guard lock(mutex);
    items.push_back(i);
    changed.notify_one();
  }

private:
  void waitForItem(std::unique_lock<std::mutex> &) {
    std::unique_lock inner(other);
    if (quiet)
      changed.wait(inner);
  }
  std::mutex mutex, other;
  std::condition_variable changed;
  std::vector<int> items;
  bool quiet = true;
  std::atomic<bool> stop{false};
};

// A class without any state of its own: globals say what is waited for.
std::mutex gateMutex;
std::condition_variable gateOpened;
bool gateIsOpen;
struct bad_StaticGate {
  static void pass() {
    std::unique_lock lock(gateMutex);
    if (!gateIsOpen)
      gateOpened.wait(lock); // warning: 'gateOpened' is waited for once, and what it waits for is not tested again
  }
  static void open() {
    {
      std::lock_guard lock(gateMutex);
      gateIsOpen = true;
    }
    gateOpened.notify_all();
  }
};
