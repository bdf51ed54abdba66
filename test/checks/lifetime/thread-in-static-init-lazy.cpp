// RUN: %verify %s heddle-thread-in-static-init -- -std=c++20
// The seed's row (L16: a singleton that starts its thread on the first call and has no way to stop it).
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

void work();

// ---- L16 ---------------------------------------------------------------------------------------------------------------
struct bad_L16 {
  class Service {
  public:
    static Service &get() {
      std::call_once(once, [] {
        singleton = new Service; // warning: nothing can stop the thread of 'singleton', which is never destroyed; the end of the process interrupts it in the middle of its work; make the object in main, or give it a member that stops and joins the thread
      });
      return *singleton;
    }

  private:
    Service() : thread_([this] { run(); }) {} // note: the thread is started here
    void run() {
      while (!cancelled_.stop_requested()) // note: it runs until it is stopped
        work();
    }
    std::stop_source cancelled_;
    std::thread thread_;
    static inline std::once_flag once;
    static inline Service *singleton = nullptr;
  };
};
class ok_L16 {
public:
  static ok_L16 &get() {
    static ok_L16 *singleton = new ok_L16;
    return *singleton;
  }
  void close() {
    cancelled_.request_stop();
    thread_.join();
  }

private:
  ok_L16() : thread_([this] { run(); }) {}
  void run() {
    while (!cancelled_.stop_requested())
      work();
  }
  std::stop_source cancelled_;
  std::thread thread_;
};

// ---- other dresses -----------------------------------------------------------------------------------------------------
class Flusher {
public:
  Flusher() {
    thread_ = std::jthread([](std::stop_token stop) {
      while (!stop.stop_requested())
        work();
    });
  }
  void add(int n) { count_ += n; }

private:
  std::atomic<int> count_{0};
  std::jthread thread_;
};
Flusher &bad_static() {
  static Flusher *flusher = new Flusher; // warning: nothing can stop the thread of 'flusher'
  return *flusher;
}
Flusher &bad_reference() {
  static auto &flusher = *new Flusher(); // warning: nothing can stop the thread of 'flusher'
  return flusher;
}
static Flusher *global;
Flusher *bad_checked() {
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  if (!global)
    global = new Flusher; // warning: nothing can stop the thread of 'global'
  return global;
}
static std::atomic<Flusher *> published{nullptr};
Flusher &bad_once() {
  static std::once_flag once;
  std::call_once(once, [] { published.store(new Flusher); }); // warning: nothing can stop the thread of 'published'
  return *published.load();
}
Flusher *bad_double_checked() {
  static std::mutex mutex;
  static std::atomic<Flusher *> flusher{nullptr};
  if (Flusher *known = flusher.load())
    return known;
  std::lock_guard lock(mutex);
  if (!flusher.load()) {
    auto *made = new Flusher; // warning: nothing can stop the thread of 'flusher'
    flusher = made;
  }
  return flusher.load();
}
static std::atomic<Flusher *> replaced{nullptr};
Flusher *ok_deleted(bool again) {
  if (again) {
    auto *made = new Flusher;
    delete replaced.exchange(made);
  }
  return replaced.load();
}
class Forever {
public:
  Forever() : thread_([this] {
    for (;;)
      poll();
  }) {}
  ~Forever() {
    over_ = true; // never runs
    thread_.join();
  }

private:
  void poll() {
    std::unique_lock lock(mutex_);
    some_.wait(lock);
  }
  bool over_ = false;
  std::mutex mutex_;
  std::condition_variable some_;
  std::thread thread_;
};
Forever &bad_forever() {
  static Forever *f = new Forever; // warning: nothing can stop the thread of 'f'
  return *f;
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
// Its destructor runs when the process ends.
Flusher &ok_value() {
  static Flusher flusher;
  return flusher;
}
// A pool is leaked on purpose.
class Pool {
public:
  Pool() : worker_([this](std::stop_token stop) {
    while (!stop.stop_requested())
      next()();
  }) {}
  void post(std::function<void()> f) { tasks_.push_back(std::move(f)); }

private:
  std::function<void()> next() { return tasks_.front(); }
  std::deque<std::function<void()>> tasks_;
  std::jthread worker_;
};
Pool &ok_pool() {
  static auto &pool = *new Pool;
  return pool;
}
class Stoppable {
public:
  Stoppable() : thread_([this] {
    while (running_)
      work();
  }) {}
  void stop() {
    running_ = false;
    thread_.join();
  }

private:
  std::atomic<bool> running_{true};
  std::thread thread_;
};
Stoppable &ok_stoppable() {
  static Stoppable *s = new Stoppable;
  return *s;
}
class Loader {
public:
  Loader() : thread_([] { work(); }) {}

private:
  std::thread thread_;
};
Loader &ok_ends_by_itself() {
  static Loader *l = new Loader;
  return *l;
}
static Flusher *deleted;
Flusher &ok_deleted() {
  if (!deleted)
    deleted = new Flusher;
  return *deleted;
}
void shutdown() {
  delete deleted;
  deleted = nullptr;
}
struct Plain {};
Plain &ok_plain() {
  static Plain *p = new Plain;
  return *p;
}
class Unseen {
public:
  Unseen() : thread_([](std::stop_token stop) {
    while (!stop.stop_requested())
      work();
  }) {}
  void finish();

private:
  std::jthread thread_;
};
Unseen &ok_unseen() {
  static Unseen *u = new Unseen;
  return *u;
}
