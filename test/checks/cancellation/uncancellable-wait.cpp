// RUN: %verify %s heddle-uncancellable-wait -- -std=c++20
// The seeds' rows: a send that blocks on shutdown (P26), a consumer that waits for its queue alone (L21).
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <semaphore>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
struct Item {
  int id = 0;
};
void process(const Item &);
void report();

template <class T> class Bounded { // written by hand: recognised by what its members do
public:
  explicit Bounded(std::size_t most) : most_(most) {}
  void push(T item) {
    std::unique_lock lock(mutex_);
    space_.wait(lock, [this] { return closed_ || items_.size() < most_; });
    if (closed_)
      return;
    items_.push_back(std::move(item));
    ready_.notify_one();
  }
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return closed_ || !items_.empty(); });
    if (items_.empty())
      return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    space_.notify_one();
    return item;
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    ready_.notify_all();
    space_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable ready_, space_;
  std::deque<T> items_;
  const std::size_t most_;
  bool closed_ = false;
};

// ---- P26 ---------------------------------------------------------------------------------------------------------------
class bad_P26 {
public:
  void submit(Item job) { jobs_.push(job); }
  std::optional<Item> result() { return results_.pop(); }

private:
  void run(std::stop_token token) {
    while (!token.stop_requested()) { // note: the loop asks for the stop here
      auto job = jobs_.pop(); // warning: 'pop' on 'jobs_' is not woken when a stop is requested; whoever waits for this task waits until something else ends the wait, which may be never; wait with the token, or wake the wait in a 'stop_callback'
      if (job)
        results_.push(*job); // warning: 'push' on 'results_' is not woken when a stop is requested
    }
  }
  Bounded<Item> jobs_{16}, results_{16};
  std::jthread worker_{[this](std::stop_token token) { run(token); }};
};
class ok_P26 {
public:
  void submit(Item job) { jobs_.push(job); }
  std::optional<Item> result() { return results_.pop(); }

private:
  void run(std::stop_token token) {
    std::stop_callback wake(token, [this] {
      jobs_.close();
      results_.close();
    });
    while (!token.stop_requested()) {
      auto job = jobs_.pop();
      if (job)
        results_.push(*job);
    }
  }
  Bounded<Item> jobs_{16}, results_{16};
  std::jthread worker_{[this](std::stop_token token) { run(token); }};
};
class ok_P26_closed_by_the_owner {
public:
  ~ok_P26_closed_by_the_owner() {
    worker_.request_stop();
    jobs_.close();
  }
  void submit(Item job) { jobs_.push(job); }

private:
  void run(std::stop_token token) {
    while (!token.stop_requested())
      if (auto job = jobs_.pop())
        process(*job);
  }
  Bounded<Item> jobs_{16};
  std::jthread worker_{[this](std::stop_token token) { run(token); }};
};

// ---- L21 ---------------------------------------------------------------------------------------------------------------
void bad_L21(std::stop_token token, Bounded<Item> &inbox) {
  while (!token.stop_requested()) // note: the loop asks for the stop here
    process(inbox.pop().value_or(Item{})); // warning: 'pop' on 'inbox' is not woken when a stop is requested
}
void ok_L21(std::stop_token token, Bounded<Item> &inbox) {
  std::stop_callback wake(token, [&inbox] { inbox.close(); });
  while (!token.stop_requested())
    process(inbox.pop().value_or(Item{}));
}
void ok_L21_ends_by_the_queue(std::stop_token token, Bounded<Item> &inbox) { // the owner of the queue closes it
  while (!token.stop_requested()) {
    auto item = inbox.pop();
    if (!item)
      break;
    process(*item);
  }
}

// ---- conditions --------------------------------------------------------------------------------------------------------
class Worker { // nobody notifies
public:
  ~Worker() {
    {
      std::lock_guard lock(mutex_);
      over_ = true; // note: the stop is requested here
    }
    thread_.join(); // note: and the task is waited for here
  }
  void add(Item item) {
    std::lock_guard lock(mutex_);
    items_.push_back(item);
    changed_.notify_one();
  }

private:
  void bad_run() {
    std::unique_lock lock(mutex_);
    while (!over_) { // note: the loop asks for the stop here
      changed_.wait(lock, [this] { return over_ || !items_.empty(); }); // warning: 'wait' on 'changed_' is not woken when a stop is requested; '~Worker()' waits for this thread until something else ends the wait, which may be never; wake the wait after the stop was requested
      take();
    }
  }
  void take();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  bool over_ = false;
  std::thread thread_{[this] { bad_run(); }};
};
class Deaf { // it is notified, but waits on: the predicate does not ask
public:
  ~Deaf() {
    over_ = true; // note: the stop is requested here
    changed_.notify_all(); // note: it is notified here, but what it waits for has not come
    thread_.join(); // note: and the task is waited for here
  }
  void add(Item item) {
    std::lock_guard lock(mutex_);
    items_.push_back(item);
    changed_.notify_one();
  }

private:
  void bad_run() {
    while (!over_) { // note: the loop asks for the stop here
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !items_.empty(); }); // warning: 'wait' on 'changed_' goes on waiting when a stop is requested; '~Deaf()' waits for this thread until something else ends the wait, which may be never; let the wait's condition ask for the stop, too
      items_.pop_front();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  std::atomic<bool> over_ = false;
  std::thread thread_{[this] { bad_run(); }};
};
class DeafLoop { // the same, with a loop around the wait
public:
  void stop() {
    running_ = false; // note: the stop is requested here
    changed_.notify_all(); // note: it is notified here, but what it waits for has not come
    thread_.join(); // note: and the task is waited for here
  }
  void add(Item item) {
    std::lock_guard lock(mutex_);
    items_.push_back(item);
    changed_.notify_one();
  }

private:
  Item next() {
    std::unique_lock lock(mutex_);
    while (items_.empty())
      waitOn(lock);
    Item item = items_.front();
    items_.pop_front();
    return item;
  }
  void waitOn(std::unique_lock<std::mutex> &lock) { changed_.wait(lock); }
  void bad_run() {
    while (running_) { // note: the loop asks for the stop here
      std::unique_lock lock(mutex_);
      while (items_.empty())
        changed_.wait(lock); // warning: 'wait' on 'changed_' goes on waiting when a stop is requested; 'stop()' waits for this thread
      items_.pop_front();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  std::atomic<bool> running_ = true;
  std::thread thread_{[this] { bad_run(); }};
};
class LongWait { // it gives up after a minute
public:
  void stop() {
    running_ = false; // note: the stop is requested here
    thread_.join();   // note: and the task is waited for here
  }

private:
  void bad_run() {
    while (running_) { // note: the loop asks for the stop here
      report();
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, 60s); // warning: 'wait_for' on 'wake_' is not woken when a stop is requested; 'stop()' waits for this thread for up to 60 s
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> running_ = true;
  std::thread thread_{&LongWait::bad_run, this};
};
class Posix {
public:
  void start() { pthread_create(&thread_, nullptr, &Posix::entry, this); }
  void stop() {
    pthread_mutex_lock(&mutex_);
    stop_ = true; // note: the stop is requested here
    pthread_mutex_unlock(&mutex_);
    pthread_join(thread_, nullptr); // note: and the task is waited for here
  }

private:
  static void *entry(void *self) {
    static_cast<Posix *>(self)->bad_run();
    return nullptr;
  }
  void bad_run() {
    pthread_mutex_lock(&mutex_);
    while (!stop_) { // note: the loop asks for the stop here
      pthread_cond_wait(&ready_, &mutex_); // warning: 'pthread_cond_wait' on 'ready_' is not woken when a stop is requested; 'stop()' waits for this thread
      report();
    }
    pthread_mutex_unlock(&mutex_);
  }
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t ready_ = PTHREAD_COND_INITIALIZER;
  bool stop_ = false;
  pthread_t thread_;
};
class Permits {
public:
  ~Permits() {
    quit_ = true;   // note: the stop is requested here
    thread_.join(); // note: and the task is waited for here
  }
  void add() { permits_.release(); }

private:
  void bad_run() {
    while (!quit_) { // note: the loop asks for the stop here
      permits_.acquire(); // warning: 'acquire' on 'permits_' is not woken when a stop is requested; '~Permits()' waits for this thread
      report();
    }
  }
  std::counting_semaphore<> permits_{0};
  std::atomic<bool> quit_ = false;
  std::thread thread_{[this] { bad_run(); }};
};
void bad_token_ignored_by_wait(std::stop_token token, std::mutex &m, std::deque<Item> &) {
  std::condition_variable cv;
  bool ready = false;
  std::jthread setter([&] {
    std::lock_guard lock(m);
    ready = true;
    cv.notify_one();
  });
  std::unique_lock lock(m);
  while (!token.stop_requested() && !ready) // note: the loop asks for the stop here
    cv.wait(lock); // warning: 'wait' on 'cv' is not woken when a stop is requested
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_notified {
public:
  ~ok_notified() {
    {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!over_) {
      changed_.wait(lock, [this] { return over_ || !items_.empty(); });
      items_.clear();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  bool over_ = false;
  std::thread thread_{[this] { run(); }};
};
class ok_sentinel { // the stop puts something into the queue
public:
  ~ok_sentinel() {
    over_ = true;
    push(Item{-1});
    thread_.join();
  }
  void push(Item item) {
    std::lock_guard lock(mutex_);
    items_.push_back(item);
    changed_.notify_one();
  }

private:
  void run() {
    while (!over_) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !items_.empty(); });
      items_.pop_front();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  std::atomic<bool> over_ = false;
  std::thread thread_{[this] { run(); }};
};
class ok_token_overload {
  void run(std::stop_token token) {
    while (!token.stop_requested()) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, token, [this] { return !items_.empty(); });
      if (!items_.empty())
        items_.pop_front();
    }
  }
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Item> items_;
  std::jthread thread_{[this](std::stop_token token) { run(token); }};
};
class ok_looks_again {
public:
  void stop() {
    running_ = false;
    thread_.join();
  }

private:
  void run() {
    while (running_) {
      report();
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, 100ms);
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> running_ = true;
  std::thread thread_{&ok_looks_again::run, this};
};
class ok_helper_wakes { // by helpers of the same object
public:
  ~ok_helper_wakes() { shutDown(); }

private:
  void shutDown() {
    setStopped();
    wakeAll();
    thread_.join();
  }
  void setStopped() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  void wakeAll() { changed_.notify_all(); }
  bool mustWait() const { return !stopped_ && items_.empty(); }
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      while (mustWait())
        changed_.wait(lock);
      items_.clear();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  bool stopped_ = false;
  std::thread thread_{[this] { run(); }};
};
class ok_permit_given {
public:
  ~ok_permit_given() {
    quit_ = true;
    permits_.release();
    thread_.join();
  }

private:
  void run() {
    while (!quit_) {
      permits_.acquire();
      report();
    }
  }
  std::counting_semaphore<> permits_{0};
  std::atomic<bool> quit_ = false;
  std::thread thread_{[this] { run(); }};
};
class ok_atomic_wait {
public:
  ~ok_atomic_wait() {
    state_ = 2;
    state_.notify_all();
    quit_ = true;
    thread_.join();
  }

private:
  void run() {
    while (!quit_) {
      state_.wait(0);
      report();
    }
  }
  std::atomic<int> state_ = 0;
  std::atomic<bool> quit_ = false;
  std::thread thread_{[this] { run(); }};
};
class ok_queue_closed_elsewhere { // who closes ends the loop, too
public:
  void finish() { inbox_.close(); }
  void stop() {
    over_ = true;
    thread_.join();
  }

private:
  void run() {
    while (!over_) {
      auto item = inbox_.pop();
      if (!item)
        return;
      process(*item);
    }
  }
  Bounded<Item> inbox_{4};
  std::atomic<bool> over_ = false;
  std::thread thread_{[this] { run(); }};
};
class ok_shared_queue { // who owns it closes it
public:
  explicit ok_shared_queue(Bounded<Item> &inbox) : inbox_(inbox) {}
  void stop() {
    over_ = true;
    thread_.join();
  }

private:
  void run() {
    while (!over_)
      if (auto item = inbox_.pop())
        process(*item);
  }
  Bounded<Item> &inbox_;
  std::atomic<bool> over_ = false;
  std::thread thread_{[this] { run(); }};
};
class ok_poll { // the flag is no stop: nobody waits
public:
  void done() { done_ = true; }
  void wait() {
    std::unique_lock lock(mutex_);
    while (!done_)
      changed_.wait(lock);
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> done_ = false;
};
void ok_only_sends_what_fits(std::stop_token token) {
  Bounded<Item> out(4);
  std::jthread reader([&out] {
    while (auto item = out.pop())
      process(*item);
  });
  while (!token.stop_requested())
    out.push(Item{});
  out.close();
}
