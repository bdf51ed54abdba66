// RUN: %verify %s heddle-shared-ptr-race -- -std=c++20
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

struct Config {
  int limit = 0;
};
void use(int);

struct bad_Member {
  class Service {
  public:
    void start() {
      thread = std::thread([this] { run(); }); // note: this thread is started here
    }
    void reload() {
      config = std::make_shared<Config>(); // warning: the shared pointer 'config' is replaced
    }
    void join() { thread.join(); }

  private:
    void run() {
      for (;;) {
        auto c = config; // note: it is used concurrently here
        use(c->limit);
      }
    }
    std::shared_ptr<Config> config = std::make_shared<Config>();
    std::thread thread;
  };
};

static std::shared_ptr<Config> global;
static void bad_refresh() {
  global.reset(new Config); // warning: the shared pointer 'global'
}
void refreshes() {
  std::thread t(bad_refresh);
  use(global->limit);
  t.join();
}

// ---- silent ---------------------------------------------------------------------------------------------------------

struct ok_Atomic {
  class Service {
  public:
    void start() {
      thread = std::thread([this] { run(); });
    }
    void reload() { std::atomic_store(&config, std::make_shared<Config>()); }
    void join() { thread.join(); }

  private:
    void run() { use(std::atomic_load(&config)->limit); }
    std::shared_ptr<Config> config = std::make_shared<Config>();
    std::thread thread;
  };
};
struct ok_Locked {
  class Service {
  public:
    void start() {
      thread = std::thread([this] { run(); });
    }
    void reload() {
      auto fresh = std::make_shared<Config>();
      std::lock_guard lock(mutex);
      config = fresh;
    }
    void join() { thread.join(); }

  private:
    void run() {
      std::shared_ptr<Config> c;
      {
        std::lock_guard lock(mutex);
        c = config;
      }
      use(c->limit);
    }
    std::mutex mutex;
    std::shared_ptr<Config> config;
    std::thread thread;
  };
};
struct ok_BeforeStart {
  class Service {
  public:
    void start() {
      config = std::make_shared<Config>();
      thread = std::thread([this] { run(); });
    }
    void stop() {
      thread.join();
      config.reset();
    }

  private:
    void run() { use(config->limit); }
    std::shared_ptr<Config> config;
    std::thread thread;
  };
};
void ok_copy() {
  auto c = std::make_shared<Config>();
  std::thread t([c] { use(c->limit); });
  c = std::make_shared<Config>();
  t.join();
}
struct ok_ReadOnly {
  std::shared_ptr<Config> config = std::make_shared<Config>();
  std::thread thread;
  void start() {
    thread = std::thread([this] { use(config->limit); });
  }
  int get() const { return config->limit; }
};

// The first who asks makes it, once.
template <class T> class ok_MadeOnce {
public:
  static std::shared_ptr<T> instance() {
    static std::once_flag once;
    std::call_once(once, [&] { instance_ = std::make_shared<T>(); });
    return instance_;
  }

private:
  static std::shared_ptr<T> instance_;
};
template <class T> std::shared_ptr<T> ok_MadeOnce<T>::instance_;
class ok_AsksIt {
public:
  ok_AsksIt() : thread([] { use(ok_MadeOnce<Config>::instance()->limit); }) {}
  ~ok_AsksIt() { thread.join(); }
  int get() const { return ok_MadeOnce<Config>::instance()->limit; }

private:
  std::thread thread;
};

// A member that the thread's own callbacks run: whoever registers it does not call it.
class ok_CallbackOfTheThread {
public:
  void open() { onFrame_ = std::bind(&ok_CallbackOfTheThread::next, this); }
  void start() {
    thread_ = std::thread([this] {
      while (frame_ && *frame_ > 0)
        onFrame_();
    });
  }
  ~ok_CallbackOfTheThread() { thread_.join(); }

private:
  void next() { frame_ = std::make_shared<int>(*frame_ - 1); }
  std::function<void()> onFrame_;
  std::shared_ptr<int> frame_ = std::make_shared<int>(3);
  std::thread thread_;
};

// A mutex of the loop's own keeps nobody out.
class bad_OwnMutex {
public:
  void start() {
    thread_ = std::jthread([this](std::stop_token stop) { refresh(stop); });
  }
  std::shared_ptr<const int> current() const { return value_; } // note: it is used concurrently here

private:
  void refresh(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any tick;
    std::unique_lock lock(mutex);
    while (!tick.wait(lock, stop, [] { return false; }) && !stop.stop_requested())
      install(std::make_shared<const int>(1));
  }
  void install(std::shared_ptr<const int> fresh) {
    value_ = std::move(fresh); // warning: the shared pointer 'value_' is replaced while another thread uses it
  }
  std::shared_ptr<const int> value_;
  std::jthread thread_;
};

// So where the pointer is replaced while it is held.
class bad_HeldOwnMutex {
public:
  void start() {
    thread_ = std::jthread([this](std::stop_token stop) { refresh(stop); });
  }
  int limit() const { return value_->limit; }

private:
  void refresh(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any tick;
    std::unique_lock lock(mutex);
    while (!tick.wait_for(lock, stop, std::chrono::hours(1), [&] { return stop.stop_requested(); }))
      value_ = std::make_shared<Config>(); // warning: the shared pointer 'value_' is replaced
  }
  std::shared_ptr<const Config> value_ = std::make_shared<Config>();
  std::jthread thread_;
};

// What a set-up function makes, and what a caller gives whenever it wants.
class ok_MadeBySetUp {
public:
  void open(int limit) {
    limit_ = limit;
    frame_ = std::make_shared<int>(0);
  }
  void start() {
    thread_ = std::jthread([this] {
      while (frame_ && *frame_ < limit_)
        ;
    });
  }

private:
  int limit_ = 0;
  std::shared_ptr<int> frame_;
  std::jthread thread_;
};
class bad_GivenWithVersion {
public:
  void update(std::shared_ptr<int> frame, int version) {
    version_ = version;
    frame_ = std::move(frame); // warning: the shared pointer 'frame_' is replaced while another thread uses it
  }
  void start() {
    thread_ = std::jthread([this] {
      while (frame_ && *frame_ < 9) // note: it is used concurrently here
        ;
    });
  }

private:
  int version_ = 0;
  std::shared_ptr<int> frame_;
  std::jthread thread_;
};
class WeakHandle {
public:
  void bad_start() {
    thread_ = std::jthread([this] { current_ = std::make_shared<int>(1); }); // warning: the shared pointer 'current_' is replaced while another thread uses it
  }
  void cancel() {
    if (auto now = current_.lock()) // note: it is used concurrently here
      ++*now;
  }

private:
  std::weak_ptr<int> current_;
  std::jthread thread_;
};
class ok_WeakHandleUnderALock {
public:
  void start() {
    thread_ = std::jthread([this] {
      std::lock_guard lock(mutex_);
      current_ = std::make_shared<int>(1);
    });
  }
  void cancel() {
    std::lock_guard lock(mutex_);
    if (auto now = current_.lock())
      ++*now;
  }

private:
  std::mutex mutex_;
  std::weak_ptr<int> current_;
  std::jthread thread_;
};
