// RUN: %verify %s heddle-count-inside-task -- -std=c++20
#include "Inputs/executors.h"
#include "Inputs/wait_group.h"
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

// ---- the seeds --------------------------------------------------------------------------------------------------------

void bad_P2_added_inside() {
  WaitGroup wg;
  for (int i = 0; i != 100; ++i)
    std::thread([&wg, i] { // note: the task is started here, and not counted yet
      wg.add(); // warning: the task increments 'wg' itself; a waiter may see zero before that and proceed while the task runs
      doWork(i);
      wg.done();
    }).detach();
  wg.wait(); // note: the wait for zero is here
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
      running_.add(); // warning: the task increments 'running_' itself
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
      ++active; // warning: the task increments 'active' itself
      doWork(i);
      --active;
    }).detach();
  while (active > 0) // note: the wait for zero is here
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
      ++inFlight_; // warning: the task increments 'inFlight_' itself
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
      Counted here(running); // warning: the task increments 'running' itself
      doWork(w);
    }).detach();
  for (int n = running; n != 0; n = running)
    running.wait(n); // note: the wait for zero is here
}

struct Shared {
  std::atomic<int> pending{0};
};
void *bad_entry(void *arg) {
  auto *s = static_cast<Shared *>(arg);
  s->pending.fetch_add(1); // warning: the task increments 'pending' itself
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
  n++; // warning: the task increments 'n' itself
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
    Seat seat(tally_); // warning: the task increments 'open_' itself
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
      oven->in(); // warning: the task increments 'inside_' itself
      doWork(number);
      oven->out();
    }
  };
  std::mutex mutex_;
  std::condition_variable empty_;
  int inside_ = 0;
};

// ---- counted by its starter, but too late ---------------------------------------------------------------------------

/// Runs what it is given on its own threads.
class Crew {
public:
  void post(std::function<void()> job);
};

/// Jobs of one box go to the threads of the class itself.
class Bakery {
public:
  Bakery() : baker_([this] { bake(); }) {}
  void bad_order(std::function<void()> job) {
    enqueue(std::move(job)); // note: the task is handed over here
    open_.fetch_add(1); // warning: 'open_' is incremented after the task is handed over; the task may decrement it first, so that a waiter sees zero while other tasks run
  }
  void ok_order(std::function<void()> job) {
    done_.fetch_add(1);
    enqueue(std::move(job));
    started_.fetch_add(1); // nobody waits for it
  }
  void settle() {
    while (open_ != 0) // note: the wait for zero is here
      std::this_thread::sleep_for(1ms);
  }

private:
  void enqueue(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    filled_.notify_one();
  }
  void bake() {
    for (;;) {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [this] { return !jobs_.empty(); });
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      open_.fetch_sub(1); // note: the task decrements it here
    }
  }
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> jobs_;
  std::atomic<int> open_{0}, done_{0}, started_{0};
  std::jthread baker_;
};

class Uploads {
public:
  void bad_start(int i) {
    crew_.post([this, i] {
      doWork(i);
      std::lock_guard lock(mutex_);
      if (--running_ == 0)
        idle_.notify_all();
    });
    std::lock_guard lock(mutex_);
    ++running_; // warning: 'running_' is incremented after the task is handed over
  }
  void bad_start_all(const std::vector<int> &all) {
    for (int i : all)
      std::thread([this, i] {
        doWork(i);
        std::lock_guard lock(mutex_);
        --running_;
        idle_.notify_all();
      }).detach();
    std::lock_guard lock(mutex_);
    running_ += static_cast<int>(all.size()); // warning: 'running_' is incremented after the task is handed over
  }
  void bad_group(int i) {
    std::thread([this, i] {
      doWork(i);
      group_.done();
    }).detach();
    group_.add(); // warning: 'group_' is incremented after the task is handed over
  }
  void ok_counted_before(int i) {
    {
      std::lock_guard lock(mutex_);
      ++running_;
    }
    crew_.post([this, i] { finish(i); });
  }
  // The task is not counted off before this lock is given back.
  void ok_under_one_lock(int i) {
    std::lock_guard lock(mutex_);
    crew_.post([this, i] {
      doWork(i);
      std::lock_guard lock(mutex_);
      if (--running_ == 0)
        idle_.notify_all();
    });
    ++running_;
  }
  void ok_group(int i) {
    group_.add();
    std::thread([this, i] {
      doWork(i);
      group_.done();
    }).detach();
  }
  // What has failed to start is taken back.
  bool ok_taken_back(int i, bool (*start)(std::function<void()>)) {
    ++running_;
    bool started = start([this, i] { finish(i); });
    if (!started)
      --running_;
    return started;
  }
  // The sum of many is right before anybody waits, and the count is a plain number of one thread.
  void ok_statistics(int i) {
    crew_.post([this, i] {
      doWork(i);
      --shown_;
    });
    ++shown_;
  }
  int shown() const { return shown_; }
  void wait() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return running_ == 0; });
    group_.wait();
  }

private:
  void finish(int i) {
    doWork(i);
    std::lock_guard lock(mutex_);
    if (--running_ == 0)
      idle_.notify_all();
  }
  Crew crew_;
  std::mutex mutex_;
  std::condition_variable idle_;
  int running_ = 0;
  std::atomic<int> shown_{0};
  WaitGroup group_;
};

// What comes to zero in the starter's own step is nobody's last task.
void bad_last_one_tells(Crew &crew, std::vector<int> work) {
  std::atomic<int> open{0};
  std::binary_semaphore all{0};
  for (int w : work) {
    crew.post([&open, &all, w] {
      doWork(w);
      if (open.fetch_sub(1) == 1)
        all.release(); // note: the task that reaches zero does this
    });
    ++open; // warning: 'open' is incremented after the task is handed over
  }
  all.acquire();
}

void bad_last_one_fulfils(std::vector<int> work) {
  std::atomic<int> open{0};
  std::promise<void> all;
  for (int w : work) {
    std::thread([&, w] {
      doWork(w);
      if (--open == 0)
        all.set_value();
    }).detach();
    open++; // warning: 'open' is incremented after the task is handed over
  }
  all.get_future().wait();
}

// One thread counts them all and looks at the sum after that: below zero it was for a moment that nobody sees.
void ok_the_starter_waits_itself(Crew &crew, std::vector<int> work) {
  std::atomic<int> open{0};
  for (int w : work) {
    crew.post([&open, w] {
      doWork(w);
      --open;
      open.notify_all();
    });
    ++open;
  }
  for (int n = open; n != 0; n = open)
    open.wait(n);
}

void ok_share_of_the_starter(Crew &crew, std::vector<int> work, std::promise<void> &all) {
  std::atomic<int> open{1};
  for (int w : work) {
    ++open;
    crew.post([&open, &all, w] {
      doWork(w);
      if (--open == 0)
        all.set_value();
    });
  }
  if (--open == 0)
    all.set_value();
}

void ok_all_counted_at_once(Crew &crew, std::vector<int> work, std::promise<void> &all) {
  std::atomic<int> open{static_cast<int>(work.size())};
  for (int w : work)
    crew.post([&open, &all, w] {
      doWork(w);
      if (--open == 0)
        all.set_value();
    });
}

// The tasks begin when they are let go.
void ok_held_back(std::vector<int> work) {
  std::atomic<int> open{0};
  std::promise<void> all, go;
  auto may = go.get_future().share();
  for (int w : work) {
    std::thread([&, may, w] {
      may.wait();
      doWork(w);
      if (--open == 0)
        all.set_value();
    }).detach();
    ++open;
  }
  go.set_value();
  all.get_future().wait();
}

/// All of it happens in one loop: what is posted runs when this has returned.
class Script {
public:
  void ok_ask(int i) {
    loop_.post([this, i] {
      doWork(i);
      if (--asked_ == 0)
        done_();
    });
    ++asked_;
  }
  void ok_pumped(int i) {
    loop_.post([this, i] {
      doWork(i);
      --pumped_;
    });
    ++pumped_;
  }
  void drain() {
    while (pumped_ != 0)
      doWork(0);
  }

private:
  Crew loop_;
  std::function<void()> done_;
  int asked_ = 0;
  std::atomic<int> pumped_{0};
};

/// The number of threads, not of jobs; and one that is under the lock of the queue.
class Team {
public:
  void ok_push(std::function<void()> job) {
    {
      std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
      ++queued_;
    }
    filled_.notify_one();
    if (idle_ == 0) {
      ++threads_;
      std::thread([this] { work(); }).detach();
    }
  }
  void stop() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return threads_ == 0; });
    ended_.wait(lock, [this] { return queued_ == 0; });
  }

private:
  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      ++idle_;
      bool some = filled_.wait_for(lock, 1s, [this] { return !jobs_.empty(); });
      --idle_;
      if (!some)
        break;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
      --queued_;
      ended_.notify_all();
    }
    std::lock_guard lock(mutex_);
    --threads_;
    ended_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable filled_, ended_;
  std::deque<std::function<void()>> jobs_;
  std::atomic<int> threads_{0}, idle_{0};
  int queued_ = 0;
};

// ---- a pool whose wait asks only for what runs ----
template <int> class CrewBase {
protected:
  std::mutex mutex_;
  std::condition_variable work_, idle_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> crew_;
  int busy_ = 0;
  bool done_ = false;
};
class FirstCrew : CrewBase<0> {
public:
  explicit FirstCrew(int n) {
    for (int i = 0; i < n; ++i)
      crew_.emplace_back([this] { bad_run(); });
  }
  void post(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job)); // note: items are put in here, and not counted yet
    work_.notify_one();
  }
  void waitAll() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return busy_ == 0; }); // note: the wait for zero is here
  }

private:
  void bad_run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      work_.wait(lock, [this] { return done_ || !jobs_.empty(); });
      if (jobs_.empty())
        return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      ++busy_; // warning: 'busy_' counts only what was taken out of 'jobs_'
      lock.unlock();
      job();
      lock.lock();
      if (--busy_ == 0)
        idle_.notify_all();
    }
  }
};
class SecondCrew : CrewBase<1> {
public:
  explicit SecondCrew(int n) {
    for (int i = 0; i < n; ++i)
      crew_.emplace_back([this] { ok_run(); });
  }
  void post(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    work_.notify_one();
  }
  void waitAll() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return jobs_.empty() && busy_ == 0; });
  }

private:
  void ok_run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      work_.wait(lock, [this] { return done_ || !jobs_.empty(); });
      if (jobs_.empty())
        return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      ++busy_;
      lock.unlock();
      job();
      lock.lock();
      --busy_;
      idle_.notify_all();
    }
  }
};
class ThirdCrew : CrewBase<2> { // what is queued is dropped on purpose
public:
  explicit ThirdCrew(int n) {
    for (int i = 0; i < n; ++i)
      crew_.emplace_back([this] { ok_run_until_done(); });
  }
  void post(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    work_.notify_one();
  }
  void stop() {
    std::unique_lock lock(mutex_);
    done_ = true;
    work_.notify_all();
    idle_.wait(lock, [this] { return busy_ == 0; });
  }

private:
  void ok_run_until_done() {
    std::unique_lock lock(mutex_);
    for (;;) {
      work_.wait(lock, [this] { return done_ || !jobs_.empty(); });
      if (done_)
        return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      ++busy_;
      lock.unlock();
      job();
      lock.lock();
      --busy_;
      idle_.notify_all();
    }
  }
};

// ---- executors of which only the interface is seen ---------------------------------------------------------------------
struct bad_uploads {
  class Uploads {
  public:
    explicit Uploads(Executor &executor) : executor_(executor) {}
    void upload(int part) {
      executor_.execute([this, part] { // note: the task is started here, and not counted yet
        running_.add(); // warning: the task increments 'running_' itself
        doWork(part);
        running_.done();
      });
    }
    void finish() { running_.wait(); } // note: the wait for zero is here

  private:
    Executor &executor_;
    WaitGroup running_;
  };
};
struct ok_uploads {
  class Uploads {
  public:
    explicit Uploads(Executor &executor) : executor_(executor) {}
    void upload(int part) {
      running_.add();
      executor_.execute([this, part] {
        doWork(part);
        running_.done();
      });
    }
    void finish() { running_.wait(); }

  private:
    Executor &executor_;
    WaitGroup running_;
  };
};
