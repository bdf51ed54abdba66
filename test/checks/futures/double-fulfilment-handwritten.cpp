// RUN: %verify %s heddle-double-fulfilment -- -std=c++20
// Hand-written futures, recognised by what their members do.
#include "Inputs/event.h"
#include "Inputs/promise.h"
#include <pthread.h>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

int compute();
bool stale(int);

// ---- the seed's own type: each member completes it, and nothing asks whether it is complete --------------------------

class bad_F2_future {
public:
  void resolve(int value) {
    std::lock_guard lock(mutex_);
    value_ = value;
    done_ = true;
    wake_.notify_all();
  }
  void reject(std::exception_ptr failure) {
    std::lock_guard lock(mutex_);
    failure_ = failure;
    done_ = true; // warning: 'resolve' and 'reject' of 'bad_F2_future' each complete it unconditionally
    wake_.notify_all();
  }
  int get() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return done_; });
    if (failure_)
      std::rethrow_exception(failure_);
    return value_;
  }

private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  int value_ = 0;
  std::exception_ptr failure_;
};

// ---- the same with a guard --------------------------------------------------------------------------------------------

class ok_flag_tested {
public:
  bool resolve(int value) {
    std::lock_guard lock(mutex_);
    if (done_)
      return false;
    value_ = value;
    done_ = true;
    wake_.notify_all();
    return true;
  }
  bool reject(std::exception_ptr failure) {
    std::lock_guard lock(mutex_);
    if (done_)
      return false;
    failure_ = failure;
    done_ = true;
    wake_.notify_all();
    return true;
  }
  int get() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return done_; });
    if (failure_)
      std::rethrow_exception(failure_);
    return value_;
  }
  static void produce(ok_flag_tested &f) {
    int value = compute();
    f.resolve(value);
    if (stale(value))
      f.reject(std::make_exception_ptr(std::runtime_error("stale")));
  }

private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  int value_ = 0;
  std::exception_ptr failure_;
};

class ok_call_once {
public:
  void resolve(int value) {
    std::call_once(once_, [&] {
      std::lock_guard lock(mutex_);
      value_ = value;
      done_ = true;
      wake_.notify_all();
    });
  }
  void reject(std::exception_ptr failure) {
    std::call_once(once_, [&] {
      std::lock_guard lock(mutex_);
      failure_ = failure;
      done_ = true;
      wake_.notify_all();
    });
  }
  int get() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return done_; });
    return value_;
  }

private:
  std::once_flag once_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  int value_ = 0;
  std::exception_ptr failure_;
};

class ok_exchanged {
public:
  void resolve(std::string value) {
    if (claimed_.exchange(true))
      return;
    complete(std::move(value), nullptr);
  }
  void reject(std::exception_ptr failure) {
    if (claimed_.exchange(true))
      return;
    complete({}, failure);
  }
  std::string get() {
    std::unique_lock lock(mutex_);
    while (!done_)
      wake_.wait(lock);
    return value_;
  }

private:
  void complete(std::string value, std::exception_ptr failure) {
    std::lock_guard lock(mutex_);
    value_ = std::move(value);
    failure_ = failure;
    done_ = true;
    wake_.notify_all();
  }
  std::atomic<bool> claimed_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::string value_;
  std::exception_ptr failure_;
};

/// Only one member completes it: the callers decide, not the type.
void bad_outcome_set_twice(Promise<int> &outcome) {
  int value = compute();
  outcome.set(value); // note: 'outcome' is fulfilled here first
  if (stale(value))
    outcome.set(-1); // warning: promise 'outcome' is fulfilled a second time
}

void ok_outcome_set_once(Promise<int> &outcome) {
  int value = compute();
  outcome.set(stale(value) ? -1 : value);
}

void ok_outcome_returned(Promise<int> &outcome) {
  int value = compute();
  if (stale(value)) {
    outcome.set(-1);
    return;
  }
  outcome.set(value);
}

/// Not a promise: a state that goes to and fro.
class ok_switchboard {
public:
  void pause() {
    std::lock_guard lock(mutex_);
    paused_ = true;
    wake_.notify_all();
  }
  void resume(int speed) {
    std::lock_guard lock(mutex_);
    speed_ = speed;
    paused_ = false;
    wake_.notify_all();
  }
  void work() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !paused_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool paused_ = true;
  int speed_ = 0;
};

/// Nor is an event without a value: setting it twice is normal.
void ok_event_set_twice(Event &event, bool again) {
  event.set();
  if (again)
    event.set();
}

/// Nor is a latest value that readers wait to change.
class ok_latest {
public:
  void publish(int value) {
    std::lock_guard lock(mutex_);
    value_ = value;
    ++version_;
    wake_.notify_all();
  }
  int next(long seen) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return version_ != seen; });
    return value_;
  }

private:
  std::mutex mutex_;
  std::condition_variable wake_;
  int value_ = 0;
  long version_ = 0;
};
void ok_published_twice(ok_latest &latest) {
  latest.publish(1);
  latest.publish(2);
}

// ---- a state that comes and goes, with members that set it on some of their paths -----------------------------------

class ok_mount {
public:
  void mounted(std::string path) {
    std::lock_guard lock(mutex_);
    mounted_ = std::move(path);
    failure_ = {};
    changed_.notify_all();
  }
  void refused(int code, std::string path) {
    std::lock_guard lock(mutex_);
    if (code == 0)
      mounted_ = std::move(path);
    else
      failure_ = std::make_exception_ptr(std::runtime_error("mount: " + std::to_string(code)));
    changed_.notify_all();
  }
  void replaced(std::string path) {
    std::lock_guard lock(mutex_);
    mounted_ = std::move(path);
    changed_.notify_all();
  }
  void unmounted() {
    std::lock_guard lock(mutex_);
    mounted_.reset();
    changed_.notify_all();
  }
  std::string wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return mounted_.has_value() || failure_; });
    return mounted_.value_or("");
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::string> mounted_;
  std::exception_ptr failure_;
};

// What is mounted is taken away again: a state with a wait, no promise.
class Mount {
public:
  void ok_mounted(std::string where) {
    std::lock_guard lock(mutex_);
    volume_ = std::make_unique<std::string>(std::move(where));
    wanted_ = false;
    changed_.notify_all();
  }
  void ok_mounted_again(std::string where) { ok_mounted(std::move(where)); }
  void drop() {
    std::lock_guard lock(mutex_);
    volume_.reset();
    changed_.notify_all();
  }
  void wait_dropped() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !volume_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<std::string> volume_;
  bool wanted_ = false;
};

// ---- one that ends the program, or throws, when it is fulfilled again ---------------------------------------------------

class ok_strict { // as std::promise does: who calls it twice is wrong, not the class
public:
  void put(int value) {
    {
      std::lock_guard lock(mutex_);
      if (settled_)
        std::abort();
      value_ = value;
      settled_ = true;
    }
    wake_.notify_all();
  }
  void fail(std::exception_ptr failure) {
    {
      std::lock_guard lock(mutex_);
      if (settled_)
        throw std::logic_error("settled");
      failure_ = failure;
      settled_ = true;
    }
    wake_.notify_all();
  }
  int take() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return settled_; });
    if (failure_)
      std::rethrow_exception(failure_);
    return *value_;
  }

private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool settled_ = false;
  std::optional<int> value_;
  std::exception_ptr failure_;
};
void bad_put_twice(ok_strict &reply) {
  if (stale(1))
    reply.put(compute());
  reply.put(0); // warning: promise 'reply' is fulfilled a second time on this path
}
void bad_put_in_a_loop(ok_strict &reply, int n) {
  for (int i = 0; i != n; ++i)
    if (stale(i))
      reply.put(i); // warning: promise 'reply' is fulfilled
}
void ok_put_once(ok_strict &reply) {
  if (stale(1))
    reply.put(compute());
  else
    reply.put(0);
}
void ok_first_in_a_loop(ok_strict &reply, int n) {
  for (int i = 0; i != n; ++i)
    if (stale(i)) {
      reply.put(i);
      return;
    }
  reply.put(0);
}

// ---- its two callbacks are no second defect -------------------------------------------------------------------------------
void onAnswer(std::function<void(int)>);
void onTimeout(std::function<void()>);
void ok_told_at_the_class() {
  auto f = std::make_shared<bad_F2_future>();
  onAnswer([f](int n) { f->resolve(n); });
  onTimeout([f] { f->reject(nullptr); });
}

// ---- all who complete it stand in one function, whose own order chooses ---------------------------------------------------
class Delivery {
public:
  void ok_bring(int value) {
    std::lock_guard<std::mutex> lock(mutex_);
    value_ = value;
    here_ = true;
    changed_.notify_all();
  }
  void ok_fail(std::exception_ptr error) {
    std::lock_guard<std::mutex> lock(mutex_);
    error_ = error;
    here_ = true;
    changed_.notify_all();
  }
  int collect() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return here_; });
    if (error_)
      std::rethrow_exception(error_);
    return value_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool here_ = false;
  int value_ = 0;
  std::exception_ptr error_;
};
class Fetcher {
public:
  void ok_fetch() noexcept {
    try {
      image_.ok_bring(compute());
    } catch (...) {
      image_.ok_fail(std::current_exception());
    }
  }

private:
  Delivery image_;
};

// ---- a promise in a member that tells by its being there whether somebody waits --------------------------------------------
class Client {
public:
  explicit Client(std::function<void(std::function<void()>, std::function<void(std::string)>)> listen) {
    listen([this] { bad_connected(); }, [this](std::string why) { disconnected(why); });
    listen([this] { ok_opened(); }, [this](std::string why) { ok_closed(why); });
  }
  std::future<void> connect() {
    connecting_ = std::make_unique<std::promise<void>>();
    opening_ = std::make_unique<std::promise<void>>();
    return connecting_->get_future();
  }

private:
  void bad_connected() {
    if (connecting_)
      connecting_->set_value(); // warning: 'connecting_' still holds the promise that is fulfilled here, and 'disconnected' fulfils it again
  }
  void disconnected(const std::string &why) {
    if (connecting_)
      connecting_->set_exception(std::make_exception_ptr(std::runtime_error(why))); // note: it is fulfilled again here
  }
  void ok_opened() {
    if (opening_) {
      opening_->set_value();
      opening_.reset();
    }
  }
  void ok_closed(const std::string &why) {
    if (opening_) {
      opening_->set_exception(std::make_exception_ptr(std::runtime_error(why)));
      forget();
    }
  }
  void forget() { opening_ = nullptr; }
  std::unique_ptr<std::promise<void>> connecting_, opening_;
};
// One function decides which of the two is called.
class Order {
public:
  void ok_done(bool good) {
    if (good)
      ok_accept();
    else
      ok_refuse();
  }

private:
  void ok_accept() {
    if (reply_)
      reply_->set_value(1);
  }
  void ok_refuse() {
    if (reply_)
      reply_->set_value(0);
  }
  std::unique_ptr<std::promise<int>> reply_ = std::make_unique<std::promise<int>>();
};
// A flag beside it tells the same.
class Flagged {
public:
  void ok_accept() {
    if (reply_ && !done_) {
      done_ = true;
      reply_->set_value(1);
    }
  }
  void ok_refuse() {
    if (reply_ && !done_) {
      done_ = true;
      reply_->set_value(0);
    }
  }

private:
  bool done_ = false;
  std::unique_ptr<std::promise<int>> reply_ = std::make_unique<std::promise<int>>();
};

// ---- what a queue yields overwrites what was in the variable ----------------------------------------------------------------
struct Job {
  int size = 0;
  std::promise<int> result;
  Job() = default;
  Job(Job &&o) noexcept { *this = std::move(o); }
  Job &operator=(Job &&o) noexcept {
    size = o.size;
    result = std::move(o.result);
    return *this;
  }
};
class Jobs {
public:
  bool read(Job &job) {
    std::unique_lock<std::mutex> lock(mutex_);
    some_.wait(lock, [this] { return ended_ || !jobs_.empty(); });
    if (jobs_.empty())
      return false;
    job = std::move(jobs_.front());
    jobs_.pop_front();
    return true;
  }
  void write(Job job) {
    std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push_back(std::move(job));
    some_.notify_one();
  }

private:
  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<Job> jobs_;
  bool ended_ = false;
};
void ok_next_job(Jobs &jobs) {
  Job job;
  while (jobs.read(job))
    job.result.set_value(job.size);
}
void bad_same_job(Jobs &jobs) {
  Job job;
  while (jobs.read(job)) {
    job.result.set_value(job.size);
    if (stale(job.size))
      job.result.set_value(0); // warning: promise 'job.result' is fulfilled a second time on this path
  }
}

// ---- of pthreads, in a template of which nobody here waits ----------------------------------------------------------
template <class T> class Receipt {
public:
  Receipt() {
    pthread_mutex_init(&mutex_, nullptr);
    pthread_cond_init(&signed_, nullptr);
  }
  void sign(T value) { settle(std::move(value)); }
  T await() {
    pthread_mutex_lock(&mutex_);
    while (!done_)
      pthread_cond_wait(&signed_, &mutex_);
    T value = value_;
    pthread_mutex_unlock(&mutex_);
    return value;
  }

private:
  void settle(T value) {
    pthread_mutex_lock(&mutex_);
    if (done_) {
      pthread_mutex_unlock(&mutex_);
      throw std::logic_error("signed twice");
    }
    value_ = std::move(value);
    done_ = true;
    pthread_cond_broadcast(&signed_);
    pthread_mutex_unlock(&mutex_);
  }
  pthread_mutex_t mutex_;
  pthread_cond_t signed_;
  bool done_ = false;
  T value_{};
};
bool allowed(int);
void refuse(Receipt<int> &receipt) { receipt.sign(-1); }
void bad_signs_on(Receipt<int> &receipt, int pages) {
  if (!allowed(pages))
    refuse(receipt);
  receipt.sign(pages); // warning: promise 'receipt' is fulfilled a second time on this path
}
void ok_goes(Receipt<int> &receipt, int pages) {
  if (!allowed(pages))
    return refuse(receipt);
  receipt.sign(pages);
}

// ---- a phase that others wait for goes on ----------------------------------------------------------------------------

class StartupGate {
public:
  void complete(int phase) {
    std::lock_guard lock(mutex_);
    reached_ = phase;
    changed_.notify_all();
  }
  void await(int phase) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reached_ >= phase; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int reached_ = 0;
};
class AtomicGate {
public:
  void complete(int phase) {
    {
      std::lock_guard lock(mutex_);
      reached_.store(phase);
    }
    changed_.notify_all();
  }
  void await(int phase) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reached_.load() >= phase; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<int> reached_{0};
};
void ok_two_phases(StartupGate &gate, AtomicGate &other) {
  gate.complete(1);
  gate.complete(2);
  other.complete(1);
  other.complete(2);
}
