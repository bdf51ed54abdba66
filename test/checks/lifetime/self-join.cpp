// RUN: %verify %s heddle-self-join -- -std=c++20
// The seed's row (L15: a worker that calls the close which waits for it).
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

bool step();
void log(const std::string &);

// ---- L15 ---------------------------------------------------------------------------------------------------------------
class Service {
public:
  Service() : thread_([this] { bad_L15(); }) {} // note: the task is started here
  ~Service() { close(); }
  void close() {
    over_ = true;
    if (thread_.joinable())
      thread_.join(); // note: here the thread waits for itself
  }

private:
  void bad_L15() {
    while (!over_)
      if (!step())
        close(); // warning: 'close', called by the task, joins the task's own thread; the join deadlocks, or throws and terminates the program; let the task only request the stop, and join on another thread
  }
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class RepairedService {
public:
  RepairedService() : thread_([this] { ok_L15(); }) {}
  ~RepairedService() {
    over_ = true;
    thread_.join();
  }

private:
  void ok_L15() {
    while (!over_)
      if (!step())
        over_ = true;
  }
  std::atomic<bool> over_{false};
  std::thread thread_;
};

// ---- through members, free functions, C entries ---------------------------------------------------------------------------
class Deep {
public:
  void start() { thread_ = std::thread(&Deep::run, this); }
  void stop() {
    over_ = true;
    thread_.join();
  }

private:
  void run() {
    while (!over_)
      bad_handle();
  }
  void bad_handle() {
    if (!step())
      stop(); // warning: 'stop', called by the task, joins the task's own thread
  }
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class Posix {
public:
  void start() { pthread_create(&thread_, nullptr, &Posix::entry, this); }
  void stop() { pthread_join(thread_, nullptr); }

private:
  static void *entry(void *self) {
    static_cast<Posix *>(self)->bad_run();
    return nullptr;
  }
  void bad_run() {
    while (step())
      ;
    stop(); // warning: 'stop', called by the task, joins the task's own thread
  }
  pthread_t thread_;
};
class Direct {
public:
  void start() {
    done_ = std::async(std::launch::async, [this] { bad_load(); });
  }

private:
  void bad_load() {
    step();
    done_.wait(); // warning: the task joins its own thread
  }
  std::future<void> done_;
};

// ---- the last owner ------------------------------------------------------------------------------------------------------
struct bad_last_owner {
  class Session : public std::enable_shared_from_this<Session> {
  public:
    void start() {
      thread_ = std::thread([self = shared_from_this()] { self->run(); }); // warning: the task owns its own object through 'self'; if it is the last owner, the destructor joins the thread on which it runs, which terminates the program; capture 'this', as the destructor waits for the task
    }
    ~Session() {
      if (thread_.joinable())
        thread_.join(); // note: the destructor waits for the task here
    }

  private:
    void run() {
      while (step())
        ;
    }
    std::thread thread_;
  };
};
struct bad_last_owner_joins_at_its_end {
  class Session : public std::enable_shared_from_this<Session> {
  public:
    void start() {
      auto self = shared_from_this();
      thread_ = std::jthread([this, self] { run(); }); // warning: the task owns its own object through 'self'
    }

  private:
    void run() {
      while (step())
        ;
    }
    std::jthread thread_;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
struct ok_asks_for_the_thread {
  class Loop {
  public:
    Loop() : thread_([this] { run(); }) {}
    void quit() {
      over_ = true;
      if (std::this_thread::get_id() != thread_.get_id())
        thread_.join();
    }

  private:
    void run() {
      while (!over_)
        if (!step())
          quit();
    }
    std::atomic<bool> over_{false};
    std::thread thread_;
  };
};
struct ok_returns_on_the_own_thread {
  class Loop {
  public:
    Loop() : thread_([this] { run(); }) {}
    void quit() {
      over_ = true;
      if (isCurrent())
        return;
      thread_.join();
    }

  private:
    bool isCurrent() const { return std::this_thread::get_id() == thread_.get_id(); }
    void run() {
      while (!over_)
        if (!step())
          quit();
    }
    std::atomic<bool> over_{false};
    std::thread thread_;
  };
};
struct ok_joins_another {
  class Pair {
  public:
    Pair() : first_([] { step(); }), second_([this] { finish(); }) {}
    ~Pair() { second_.join(); }

  private:
    void finish() { first_.join(); }
    std::thread first_, second_;
  };
};
struct ok_posted { // another thread does it
  class Loop {
  public:
    void start() { thread_ = std::thread([this] { run(); }); }
    void stop() { thread_.join(); }
    void post(std::function<void()>);

  private:
    void run() {
      if (!step())
        post([this] { stop(); });
    }
    std::thread thread_;
  };
};
struct ok_joins_its_children {
  static void run() {
    std::vector<std::thread> children;
    for (int i = 0; i < 4; ++i)
      children.emplace_back([] { step(); });
    for (auto &t : children)
      t.join();
  }
  void start() { thread_ = std::thread(&run); }
  ~ok_joins_its_children() { thread_.join(); }
  std::thread thread_;
};
struct ok_weak {
  class Session : public std::enable_shared_from_this<Session> {
  public:
    void start() {
      thread_ = std::thread([weak = weak_from_this()] {
        while (step())
          if (!weak.lock())
            return;
      });
    }
    ~Session() {
      if (thread_.get_id() == std::this_thread::get_id())
        thread_.detach();
      else
        thread_.join();
    }

  private:
    std::thread thread_;
  };
};
struct ok_detaches_itself {
  class Session : public std::enable_shared_from_this<Session> {
  public:
    void start() {
      thread_ = std::thread([self = shared_from_this()] { self->run(); });
    }
    ~Session() {
      if (thread_.get_id() == std::this_thread::get_id())
        thread_.detach();
      else if (thread_.joinable())
        thread_.join();
    }

  private:
    void run() {
      while (step())
        ;
    }
    std::thread thread_;
  };
};
struct ok_stop_from_outside {
  class Worker {
  public:
    void start() { thread_ = std::thread([this] { run(); }); }
    void stop() { thread_.join(); }

  private:
    void run() {
      while (step())
        log("x");
    }
    std::thread thread_;
  };
  void both() {
    Worker w;
    w.start();
    w.stop();
  }
};
struct ok_other_object { // the manager's task stops its workers
  struct Worker {
    void start() { thread_ = std::thread([] { step(); }); }
    void stop() { thread_.join(); }
    std::thread thread_;
  };
  void start() { reaper_ = std::thread([this] { reap(); }); }
  void reap() {
    for (auto &w : workers_)
      w.stop();
  }
  ~ok_other_object() { reaper_.join(); }
  std::vector<Worker> workers_;
  std::thread reaper_;
};
