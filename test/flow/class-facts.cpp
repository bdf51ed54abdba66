// The fields, tasks and conditions of a class; what its members do to fields, in which phase of the object's life and
// under which locks.
// RUN: %verify --word class %s heddle-dev-class -- -std=c++20
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

void use(int);

class Worker {
public:
  Worker() {
    left = 3; // class: write left in Worker, construction
    thread = std::thread([this] { run(); }); // class: task on thread; flags: stop; spawn thread in Worker, construction
    started = true; // class: write started in Worker, concurrent
  }
  ~Worker() {
    {
      std::lock_guard lock(mutex); // class: acquire mutex in ~Worker, concurrent
      stop = true; // class: write stop in ~Worker, concurrent holding mutex
    }
    ready.notify_all(); // class: notify ready in ~Worker, concurrent
    thread.join(); // class: join thread in ~Worker, concurrent
    use(left); // class: read left in ~Worker, destruction
  }
  void add(int item) {
    std::lock_guard lock(mutex); // class: acquire mutex in add, concurrent
    push(item);
    ready.notify_one(); // class: notify ready in add, concurrent holding mutex
  }

private:
  void push(int item) { items.push_back(item); } // class: write items in add, concurrent holding mutex; insert items in add, concurrent holding mutex
  void run() {
    std::unique_lock lock(mutex); // class: acquire mutex in task
    while (!stop) { // class: read stop in task holding mutex
      ready.wait(lock, [this] { return stop || !items.empty(); }); // class: read stop in task holding mutex; look items in task holding mutex; wait-condition ready in task holding mutex; test items in task holding mutex
      while (!items.empty()) // class: look items in task holding mutex; test items in task holding mutex
        items.pop_front(); // class: write items in task holding mutex; extract items in task holding mutex
      --left; // class: write left in task holding mutex
    }
  }

  std::mutex mutex; // class: field mutex
  std::condition_variable ready; // class: field condition; waited for under mutex until items stop
  std::deque<int> items; // class: field plain many
  bool stop = false; // class: field plain
  bool started = false; // class: field plain
  int left = 0; // class: field plain
  std::thread thread; // class: field thread; ends: terminates
};

class Poller {
public:
  void start() {
    rounds = 0; // class: write rounds in start, before tasks
    running = true; // class: write running in start, before tasks
    poller = std::thread(&Poller::poll, this); // class: task on poller; flags: running; spawn poller in start, before tasks
  }
  void finish() {
    running = false; // class: write running in finish, concurrent; write running in ~Poller, concurrent
    if (poller.joinable()) // class: test poller in finish, concurrent; test poller in ~Poller, concurrent
      poller.join(); // class: join poller in finish, concurrent; join poller in ~Poller, concurrent
    use(rounds); // class: read rounds in finish, after tasks; read rounds in ~Poller, destruction
  }
  ~Poller() { finish(); }

private:
  void poll() {
    while (running) // class: read running in task
      ++rounds; // class: write rounds in task
  }

  std::atomic<bool> running{false}; // class: field atomic
  int rounds = 0; // class: field plain
  std::thread poller; // class: field thread; ends: terminates
};

class Pool {
public:
  explicit Pool(int n) {
    for (int i = 0; i < n; ++i)
      workers.emplace_back([this] { ++done; }); // class: task on workers; write workers in Pool, concurrent; insert workers in Pool, construction; spawn workers in Pool, construction; write done in task
  }
  ~Pool() {
    for (auto &w : workers) // class: read workers in ~Pool, destruction
      w.join(); // class: join workers in ~Pool, destruction
    use(done); // class: read done in ~Pool, destruction
  }

private:
  std::atomic<int> done{0}; // class: field atomic
  std::vector<std::thread> workers; // class: field thread many; ends: terminates
};

class Eager {
  bool quit = false; // class: field plain
  std::jthread loop{[this](std::stop_token token) { // class: field joining-thread; ends: joins cancels; task on loop; flags: quit; observes stop
    while (!token.stop_requested() && !quit) // class: read quit in task
      use(1);
  }};

public:
  void leave() { quit = true; } // class: write quit in leave, concurrent
};

struct Plain { // no role, no task: no facts
  int a = 0;
  void set() { a = 1; }
};

// A task that is given parts of the object.
class Lender {
public:
  void start() {
    thread = std::thread([&total = total] { ++total; }); // class: task on thread; spawn thread in start, before tasks; write total in task
  }
  ~Lender() { thread.join(); } // class: join thread in ~Lender, concurrent

private:
  int total = 0; // class: field plain
  int other = 0; // class: field plain
  std::thread thread; // class: field thread; ends: terminates
};

// Started in two members: either may find the task of the other running.
class Twice {
public:
  void first() {
    count = 1; // class: write count in first, concurrent
    one = std::thread([this] { use(count); }); // class: task on one; spawn one in first, concurrent; read count in task
  }
  void second() {
    count = 2; // class: write count in second, concurrent
    two = std::thread([this] { use(count); }); // class: task on two; spawn two in second, concurrent; read count in task
    one.join(); // class: join one in second, concurrent
    count = 3; // class: write count in second, concurrent
    two.join(); // class: join two in second, concurrent
    count = 4; // class: write count in second, after tasks
  }

private:
  int count = 0; // class: field plain
  std::thread one, two; // class: field thread; ends: terminates; field thread; ends: terminates
};

// A lock that its callers hold.
class Counter {
public:
  void add() {
    std::lock_guard lock(mutex); // class: acquire mutex in add, concurrent
    bump();
  }
  int sum() {
    std::lock_guard lock(mutex); // class: acquire mutex in sum, concurrent
    bump();
    return total; // class: read total in sum, concurrent holding mutex
  }
  int peek() const { return total; } // class: read total in peek, concurrent

private:
  void bump() { ++total; } // class: write total in add, concurrent holding mutex; write total in sum, concurrent holding mutex
  mutable std::mutex mutex; // class: field mutex
  int total = 0; // class: field plain
};

// Handlers: private, and called by nobody who can be seen.
void listen(void (*)(void *), void *);
class Client {
public:
  Client() {
    listen([](void *self) { static_cast<Client *>(self)->opened(); }, this);
  }

private:
  void opened() { note(); }
  void note() { open = true; } // class: write open in opened, concurrent
  std::mutex mutex; // class: field mutex
  bool open = false; // class: field plain
};

// A task that calls what a member has stored.
class Repeats {
public:
  Repeats() : job_([this] { ++turns_; }) { // class: write turns_ in task holding mutex_
    thread_ = std::thread([this] { run(); }); // class: task on thread_; spawn thread_ in Repeats, construction
  }
  ~Repeats() { thread_.join(); } // class: join thread_ in ~Repeats, concurrent

private:
  void run() {
    std::lock_guard<std::mutex> lock(mutex_); // class: acquire mutex_ in task
    job_(); // class: read job_ in task holding mutex_
  }
  std::mutex mutex_; // class: field mutex
  std::function<void()> job_; // class: field function
  int turns_ = 0; // class: field plain
  std::thread thread_; // class: field thread; ends: terminates
};
