// RUN: %verify %s heddle-unowned-task -- -std=c++20
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
struct Database;
struct Request {
  std::string body;
};
void writeReport(Database &);
void upload(const std::string &body);
void log(const std::string &);
void poll();

// ---- the seeds --------------------------------------------------------------------------------------------------------

void bad_S1_report(Database &db) {
  std::thread([&db] { writeReport(db); }).detach(); // warning: this task cannot be waited for
}
std::jthread ok_S1_handle(Database &db) {
  return std::jthread([&db] { writeReport(db); });
}

void bad_P16_upload(const Request &r) {
  std::string body = r.body;
  std::thread([body = std::move(body)] { // note: the task is started here
    std::this_thread::sleep_for(10s);
    upload(body);
  }).detach(); // warning: this task cannot be waited for; it is killed at shutdown in the middle of its work
}

class Service {
public:
  void bad_L11_handle(Request r) {
    std::thread(&Service::logRequest, this, r).detach(); // warning: this task cannot be waited for // note: it holds 'this'
  }
  void bad_lambda(Request r) {
    std::thread([this, r] { logRequest(r); }).detach(); // warning: and uses this object
  }
  void ok_joined(Request r) {
    threads_.emplace_back(&Service::logRequest, this, r);
  }
  ~Service() {
    for (auto &t : threads_)
      t.join();
  }

private:
  void logRequest(const Request &r) { log(r.body); }
  std::vector<std::thread> threads_;
};

// ---- other ways to let it go ------------------------------------------------------------------------------------------

void writeTwice(Database &db) {
  writeReport(db);
  writeReport(db);
}
void bad_named(Database &db) {
  std::thread t(writeTwice, std::ref(db)); // note: the task is started here
  t.detach(); // warning: and uses 'db', which may be dead by then
}
void *reportEntry(void *arg) {
  writeReport(*static_cast<Database *>(arg));
  return nullptr;
}
void bad_pthread_detach(Database *db) {
  pthread_t t;
  pthread_create(&t, nullptr, reportEntry, db);
  pthread_detach(t); // warning: this task cannot be waited for
}
void bad_pthread_lost(Database *db) {
  pthread_t t;
  pthread_create(&t, nullptr, reportEntry, db); // warning: this task cannot be waited for
}
void bad_leaked_handle(Request r) {
  new std::thread([r] { log(r.body); }); // warning: this task cannot be waited for
}
void background(std::function<void()> f) { std::thread(std::move(f)).detach(); }
void bad_through_a_helper(Request r) {
  background([r] { upload(r.body); }); // warning: this task cannot be waited for
}
void bad_all(const std::vector<Request> &all) {
  std::vector<std::thread> threads;
  for (const Request &r : all)
    threads.emplace_back([r] { upload(r.body); });
  for (auto &t : threads)
    t.detach(); // warning: this task cannot be waited for
}

class Camera {
public:
  void bad_bound() {
    auto save = std::bind(&Camera::save, this, 7);
    std::thread(save).detach(); // warning: and uses this object
  }

private:
  void save(int n) { last_ = n; }
  int last_ = 0;
};

class Poller {
public:
  /// It can be stopped, but not waited for: stop-without-join tells where.
  void ok_told_by_stop_without_join() {
    std::thread([this] {
      while (!stop_)
        poll();
    }).detach();
  }
  ~Poller() { stop_ = true; }

private:
  std::atomic<bool> stop_{false};
};

// ---- silence ---------------------------------------------------------------------------------------------------------

std::future<void> ok_promise(Request r) {
  std::promise<void> p;
  auto done = p.get_future();
  std::thread([p = std::move(p), r]() mutable {
    upload(r.body);
    p.set_value();
  }).detach();
  return done;
}
std::future<void> ok_packaged(Request r) {
  std::packaged_task<void()> task([r] { upload(r.body); });
  auto done = task.get_future();
  std::thread(std::move(task)).detach();
  return done;
}

/// Whoever destroys it waits for what is in flight.
class InFlight {
public:
  void ok_counted(Request r) {
    {
      std::lock_guard lock(mutex_);
      ++running_;
    }
    std::thread([this, r] {
      upload(r.body);
      std::lock_guard lock(mutex_);
      if (--running_ == 0)
        idle_.notify_all();
    }).detach();
  }
  ~InFlight() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return running_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable idle_;
  int running_ = 0;
};

/// It owns what it uses, and can be told to end.
struct State {
  std::atomic<bool> stop{false};
  std::string text;
};
std::shared_ptr<State> ok_owns_and_stops() {
  auto state = std::make_shared<State>();
  std::thread([state] {
    while (!state->stop)
      poll();
  }).detach();
  return state;
}
void ok_token(std::stop_token token) {
  std::thread([token] {
    while (!token.stop_requested())
      poll();
  }).detach();
}

class Session : public std::enable_shared_from_this<Session> {
public:
  void ok_owns_itself() {
    std::thread([self = shared_from_this()] {
      while (!self->stop_)
        self->step();
    }).detach();
  }
  void ok_owns_itself_beside_this() {
    auto self = shared_from_this();
    std::thread([this, self] {
      while (!stop_)
        step();
    }).detach();
  }

private:
  void step();
  std::atomic<bool> stop_{false};
};

/// A guard counts it out, on its own stack or owned by it.
class Tracker {
public:
  void enter() {
    std::lock_guard lock(mutex_);
    ++n_;
  }
  void leave() {
    std::lock_guard lock(mutex_);
    if (--n_ == 0)
      zero_.notify_all();
  }
  void drain() {
    std::unique_lock lock(mutex_);
    zero_.wait(lock, [this] { return n_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable zero_;
  int n_ = 0;
};
class Tracked {
public:
  explicit Tracked(Tracker &t) : t_(t) { t_.enter(); }
  ~Tracked() { t_.leave(); }

private:
  Tracker &t_;
};
void ok_counted_by_a_guard(Tracker &t, Request r) {
  std::thread([&t, r] {
    Tracked here(t);
    upload(r.body);
  }).detach();
}
void ok_counted_by_what_it_owns(Tracker &t, Request r) {
  auto here = std::make_shared<Tracked>(t);
  std::thread([here, r] { upload(r.body); }).detach();
}

void ok_done_flag(std::shared_ptr<std::atomic<bool>> done, Request r) {
  std::thread([done, r] {
    upload(r.body);
    *done = true;
  }).detach();
}

void ok_tells_by_a_callback(Request r, std::function<void()> then) {
  std::thread([r, then] {
    upload(r.body);
    then();
  }).detach();
}

[[clang::annotate("heddle::spawn !fire-and-forget")]] void ok_meant_so(Request r) {
  std::thread([r] { upload(r.body); }).detach();
}

void ok_unknown_body(void (*f)()) { std::thread(f).detach(); }
void ok_unknown_function(Database &db) { std::thread(writeReport, std::ref(db)).detach(); }

void ok_joined_later(Request r) {
  std::thread t([r] { upload(r.body); });
  poll();
  t.join();
}
void ok_detached_if_late(Request r, std::vector<std::thread> &owned) {
  std::thread t([r] { upload(r.body); });
  owned.push_back(std::move(t));
}

// A task whose body is given to code out of sight, in a lambda.
void guarded(const char *what, const std::function<void()> &body);
class Exporter {
public:
  void ok_start(Request r) {
    {
      std::lock_guard lock(mutex_);
      ++running_;
    }
    std::thread([this, r] {
      guarded("export", [&] {
        upload(r.body);
        std::lock_guard lock(mutex_);
        if (--running_ == 0)
          over_.notify_all();
      });
    }).detach();
  }
  void bad_start(Request r) {
    std::thread([this, r] { // note: the task is started here // note: it holds 'this'
      guarded("export", [&] {
        upload(r.body);
        std::lock_guard lock(mutex_);
        ++done_;
      });
    }).detach(); // warning: this task cannot be waited for
  }
  ~Exporter() {
    std::unique_lock lock(mutex_);
    over_.wait(lock, [this] { return running_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable over_;
  int running_ = 0, done_ = 0;
};

/// A daemon of the process.
void statistics();
int main() {
  std::thread([] {
    for (;;) {
      statistics();
      std::this_thread::sleep_for(1s);
    }
  }).detach();
  poll();
}

// ---- helpers that wrap what they are given -----------------------------------------------------------------------------
template <class T> class Later {
public:
  explicit Later(std::future<T> f) : future_(std::move(f)) {}
  T get() { return future_.get(); }
  template <class F> auto then(F &&f) -> Later<std::invoke_result_t<F, T>> {
    using Next = std::invoke_result_t<F, T>;
    auto promise = std::make_shared<std::promise<Next>>();
    std::future<Next> next = promise->get_future();
    std::thread([current = std::move(future_), f = std::forward<F>(f), promise]() mutable {
      try {
        promise->set_value(f(current.get()));
      } catch (...) {
        promise->set_exception(std::current_exception());
      }
    }).detach();
    return Later<Next>(std::move(next));
  }

private:
  std::future<T> future_;
};
void ok_the_helper_fulfils_a_promise(Later<int> number) {
  auto doubled = number.then([](int v) { return 2 * v; });
  log(std::to_string(doubled.get()));
}
template <class F> void inBackground(F f) {
  std::thread([f = std::move(f)]() mutable { f(); }).detach();
}
void bad_given_to_a_helper() {
  inBackground([] { log("later"); }); // warning: this task cannot be waited for
}

// The starter never returns: its object lives as long as the process.
class Daemon {
public:
  void ok_serves_forever() {
    std::thread acceptor(&Daemon::accept, this);
    acceptor.detach();
    while (true)
      std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  void bad_serves_until_stopped() {
    std::thread acceptor(&Daemon::accept, this);
    acceptor.detach(); // warning: this task cannot be waited for
    while (!stopped_)
      std::this_thread::sleep_for(std::chrono::seconds(1));
  }

private:
  void accept() { ++accepted_; }
  std::atomic<int> accepted_{0};
  std::atomic<bool> stopped_{false};
};
