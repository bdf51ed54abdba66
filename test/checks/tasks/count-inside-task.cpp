// RUN: %verify %s heddle-count-inside-task -- -std=c++20
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <semaphore>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
void doWork(int i);

/// A wait group as many write it.
class WaitGroup {
public:
  void add(int n = 1) {
    std::lock_guard lock(mutex_);
    count_ += n;
  }
  void done() {
    std::lock_guard lock(mutex_);
    if (--count_ == 0)
      zero_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    zero_.wait(lock, [this] { return count_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable zero_;
  int count_ = 0;
};

// ---- the seeds --------------------------------------------------------------------------------------------------------

void bad_P2_added_inside() {
  WaitGroup wg;
  for (int i = 0; i != 100; ++i)
    std::thread([&wg, i] { // note: the task is started here, and nothing has counted it
      wg.add(); // warning: the task counts itself into 'wg': whoever waits for zero before the task has got here goes on while it runs
      doWork(i);
      wg.done();
    }).detach();
  wg.wait(); // note: here it is waited for
}

void ok_P2_added_before() {
  WaitGroup wg;
  for (int i = 0; i != 100; ++i) {
    wg.add();
    std::thread([&wg, i] {
      doWork(i);
      wg.done();
    }).detach();
  }
  wg.wait();
}

class Worker {
public:
  void bad_L13_start() {
    std::thread([this] {
      running_.add(); // warning: the task counts itself into 'running_'
      doWork(1);
      running_.done();
    }).detach();
  }
  void ok_L13_start() {
    other_.add();
    std::thread([this] {
      doWork(1);
      other_.done();
    }).detach();
  }
  void wait() {
    running_.wait();
    other_.wait();
  }

private:
  WaitGroup running_, other_;
};

// ---- bare counters ----------------------------------------------------------------------------------------------------

void bad_polled_counter() {
  std::atomic<int> active{0};
  for (int i = 0; i != 8; ++i)
    std::thread([&active, i] {
      ++active; // warning: the task counts itself into 'active'
      doWork(i);
      --active;
    }).detach();
  while (active > 0) // note: here it is waited for
    std::this_thread::sleep_for(1ms);
}

class Server {
public:
  void handle(int client) {
    std::thread(&Server::bad_serve, this, client).detach();
  }
  ~Server() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return inFlight_ == 0; });
  }

private:
  void bad_serve(int client) {
    {
      std::lock_guard lock(mutex_);
      ++inFlight_; // warning: the task counts itself into 'inFlight_'
    }
    doWork(client);
    std::lock_guard lock(mutex_);
    if (--inFlight_ == 0)
      idle_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable idle_;
  int inFlight_ = 0;
};

/// Counts for as long as it lives.
class Counted {
public:
  explicit Counted(std::atomic<int> &n) : n_(n) { n_.fetch_add(1); }
  ~Counted() {
    n_.fetch_sub(1);
    n_.notify_all();
  }

private:
  std::atomic<int> &n_;
};

void bad_counted_by_a_guard(std::vector<int> work) {
  std::atomic<int> running{0};
  for (int w : work)
    std::thread([&running, w] {
      Counted here(running); // warning: the task counts itself into 'running'
      doWork(w);
    }).detach();
  for (int n = running; n != 0; n = running)
    running.wait(n); // note: here it is waited for
}

struct Shared {
  std::atomic<int> pending{0};
};
void *bad_entry(void *arg) {
  auto *s = static_cast<Shared *>(arg);
  s->pending.fetch_add(1); // warning: the task counts itself into 'pending'
  doWork(1);
  s->pending.fetch_sub(1);
  return nullptr;
}
void startsPthread(Shared &s) {
  pthread_t t;
  pthread_create(&t, nullptr, bad_entry, &s);
  pthread_detach(t);
  while (s.pending.load() != 0)
    std::this_thread::yield();
}

void bad_work(std::atomic<int> &n, int i) {
  n++; // warning: the task counts itself into 'n'
  doWork(i);
  n--;
}
void startsWork() {
  std::atomic<int> n{0};
  std::thread(bad_work, std::ref(n), 1).detach(); // note: the task is started here
  while (n)
    std::this_thread::yield();
}

// ---- silence ---------------------------------------------------------------------------------------------------------

/// A count that nobody waits for.
class Statistics {
public:
  void ok_start() {
    std::thread([this] {
      ++active_;
      doWork(1);
      --active_;
    }).detach();
  }
  int active() const { return active_; }

private:
  std::atomic<int> active_{0};
};

/// The usual pool: a worker is busy while it works on what it took out, and both change under one lock.
class Pool {
public:
  Pool() : worker_([this] { ok_run(); }) {}
  void waitIdle() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return tasks_.empty() && busy_ == 0; });
  }
  void waitNotBusy() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return busy_ == 0; });
  }

private:
  void ok_run() {
    for (;;) {
      std::function<void()> f;
      {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return !tasks_.empty(); });
        f = std::move(tasks_.front());
        tasks_.pop_front();
        ++busy_;
      }
      f();
      std::lock_guard lock(mutex_);
      if (--busy_ == 0)
        idle_.notify_all();
    }
  }
  std::mutex mutex_;
  std::condition_variable filled_, idle_;
  std::deque<std::function<void()>> tasks_;
  int busy_ = 0;
  std::jthread worker_;
};

/// A task that starts another counts the other, having been counted itself.
void ok_counts_its_child(WaitGroup &wg) {
  wg.add();
  std::thread([&wg] {
    wg.add();
    std::thread([&wg] {
      doWork(2);
      wg.done();
    }).detach();
    doWork(1);
    wg.done();
  }).detach();
  wg.wait();
}

/// Counted out by somebody else.
void ok_only_raises() {
  std::atomic<int> started{0};
  std::jthread t([&started] {
    ++started;
    doWork(1);
  });
  while (started == 0)
    std::this_thread::yield();
}

/// The starter goes on when the task has said that it runs.
void ok_told_of_the_start() {
  WaitGroup wg;
  std::promise<void> started;
  std::thread([&] {
    wg.add();
    started.set_value();
    doWork(1);
    wg.done();
  }).detach();
  started.get_future().wait();
  wg.wait();
}

void ok_semaphore_tells_of_the_start() {
  std::atomic<int> active{0};
  std::binary_semaphore up{0};
  std::thread([&] {
    ++active;
    up.release();
    doWork(1);
    --active;
  }).detach();
  up.acquire();
  while (active > 0)
    std::this_thread::yield();
}

/// Its own count, around each of many.
void ok_in_a_loop(std::vector<int> work) {
  std::atomic<int> busy{0};
  std::jthread t([&] {
    for (int w : work) {
      ++busy;
      doWork(w);
      --busy;
    }
  });
  while (busy > 0)
    std::this_thread::yield();
}

void ok_counted_before_by_hand() {
  std::atomic<int> active{0};
  for (int i = 0; i != 8; ++i) {
    active.fetch_add(1);
    std::thread([&active, i] {
      doWork(i);
      active.fetch_sub(1);
    }).detach();
  }
  while (active > 0)
    std::this_thread::yield();
}

void ok_local_of_the_task() {
  std::jthread t([] {
    int depth = 0;
    ++depth;
    doWork(depth);
    --depth;
  });
}

// A count that goes by a signed step, behind a guard.
class Tally {
public:
  void shift(int by) {
    std::lock_guard lock(mutex_);
    open_ += by;
    if (open_ == 0)
      none_.notify_all();
  }
  void settle() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return open_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable none_;
  int open_ = 0;
};
class Seat {
public:
  explicit Seat(Tally &tally) : tally_(tally) { tally_.shift(+1); }
  ~Seat() { tally_.shift(-1); }

private:
  Tally &tally_;
};
class Hall {
public:
  void seatTakenInside() {
    for (int i = 0; i != 8; ++i)
      std::thread([this, i] { bad_serve(i); }).detach();
    tally_.settle();
  }
  void ok_seat_taken_before() {
    for (int i = 0; i != 8; ++i)
      std::thread([i, seat = std::make_shared<Seat>(tally_)] { doWork(i); }).detach();
    tally_.settle();
  }
  void ok_shifted_before() {
    for (int i = 0; i != 8; ++i) {
      tally_.shift(1);
      std::thread([this, i] {
        doWork(i);
        tally_.shift(-1);
      }).detach();
    }
    tally_.settle();
  }

private:
  void bad_serve(int i) {
    Seat seat(tally_); // warning: the task counts itself into 'open_'
    doWork(i);
  }
  Tally tally_;
};

// The report stands where both are done, and not in the helpers that do one of them.
class Oven {
public:
  void inHelper() {
    for (int i = 0; i != 8; ++i)
      std::thread(Loaf{this, i}).detach();
    std::unique_lock lock(mutex_);
    empty_.wait(lock, [this] { return inside_ == 0; });
  }
  void in() {
    std::lock_guard lock(mutex_);
    ++inside_;
  }
  void out() {
    std::lock_guard lock(mutex_);
    if (--inside_ == 0)
      empty_.notify_all();
  }

private:
  struct Loaf {
    Oven *oven;
    int number;
    void operator()() const { bad_bake(); }
    void bad_bake() const {
      oven->in(); // warning: the task counts itself into 'inside_'
      doWork(number);
      oven->out();
    }
  };
  std::mutex mutex_;
  std::condition_variable empty_;
  int inside_ = 0;
};
