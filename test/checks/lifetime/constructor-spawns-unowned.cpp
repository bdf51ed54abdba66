// RUN: %verify %s heddle-constructor-spawns-unowned -- -std=c++20
// The seed's row (L25: New starts a goroutine that nobody can stop).
#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

bool step();

// ---- L25 ---------------------------------------------------------------------------------------------------------------
struct bad_L25 {
  class Cache {
  public:
    Cache() {
      std::thread([this] { // warning: the constructor starts a task on the object that no member waits for; it uses 'mutex_' after the object is destroyed; keep its handle in a member, and join it in the destructor
        for (;;)
          expire();
      }).detach();
    }
    void add(std::string s) {
      std::lock_guard lock(mutex_);
      items_.push_back(std::move(s));
    }

  private:
    void expire() {
      std::lock_guard lock(mutex_); // note: the task uses 'mutex_' here
      items_.clear();
    }
    std::mutex mutex_;
    std::vector<std::string> items_;
  };
};
struct ok_L25 {
  class Cache {
  public:
    Cache() : thread_([this](std::stop_token token) {
      while (!token.stop_requested())
        expire();
    }) {}

  private:
    void expire() {
      std::lock_guard lock(mutex_);
      items_.clear();
    }
    std::mutex mutex_;
    std::vector<std::string> items_;
    std::jthread thread_;
  };
};
struct bad_posix {
  class Cache {
  public:
    Cache() {
      pthread_create(&thread_, nullptr, &Cache::entry, this); // warning: the constructor starts a task on the object that no member waits for; it uses 'items_' after the object is destroyed
    }

  private:
    static void *entry(void *self) {
      static_cast<Cache *>(self)->run();
      return nullptr;
    }
    void run() {
      while (step())
        items_.clear();
    }
    pthread_t thread_;
    std::vector<std::string> items_;
  };
};

// ---- too early ---------------------------------------------------------------------------------------------------------
struct bad_early_list {
  class Worker {
  public:
    explicit Worker(int limit) : thread_([this] { run(); }), limit_(limit) {} // warning: the task is started before 'limit_' is initialised; it may use it too early, and the initialisation overwrites its changes; declare 'thread_' last, or start the task at the end of the constructor
    ~Worker() { thread_.join(); }

  private:
    void run() {
      for (int i = 0; i < limit_; ++i) // note: the task uses 'limit_' here
        step();
    }
    std::thread thread_;
    int limit_; // note: 'limit_' is declared after it, and initialised later
  };
};
struct bad_early_default {
  class Worker {
  public:
    ~Worker() {
      over_ = true;
      thread_.join();
    }

  private:
    void run() {
      while (!over_)
        step();
    }
    std::thread thread_{[this] { run(); }}; // warning: the task is started before 'over_' is initialised
    std::atomic<bool> over_{false};
  };
};
struct bad_early_lock {
  class Worker {
  public:
    Worker() : thread_(&Worker::run, this) {} // warning: the task is started before 'wake_' is initialised
    ~Worker() { thread_.join(); }

  private:
    void run() {
      std::unique_lock lock(mutex_);
      wake_.wait(lock);
    }
    std::mutex mutex_;
    std::thread thread_;
    std::condition_variable wake_;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
struct ok_last {
  class Worker {
  public:
    explicit Worker(int limit) : limit_(limit), thread_([this] { run(); }) {}
    ~Worker() { thread_.join(); }

  private:
    void run() {
      for (int i = 0; i < limit_; ++i)
        step();
    }
    int limit_;
    std::thread thread_;
  };
};
struct ok_in_the_body {
  class Worker {
  public:
    explicit Worker(int limit) : limit_(limit) { thread_ = std::thread(&Worker::run, this); }
    ~Worker() { thread_.join(); }

  private:
    void run() {
      for (int i = 0; i < limit_; ++i)
        step();
    }
    std::thread thread_;
    int limit_;
  };
};
struct ok_early_untouched {
  class Worker {
  public:
    Worker() : thread_([] { step(); }), name_("x") {}
    ~Worker() { thread_.join(); }

  private:
    std::thread thread_;
    std::string name_;
  };
};
struct ok_early_without_value { // set later, by the task itself
  class Worker {
  public:
    Worker() : thread_([this] { result_ = step(); }) {}
    ~Worker() { thread_.join(); }

  private:
    std::thread thread_;
    int result_;
  };
};
struct ok_waits_for_the_end {
  class Cache {
  public:
    Cache() {
      std::thread([this] { run(); }).detach();
    }
    ~Cache() {
      over_ = true;
      ended_.get_future().wait();
    }

  private:
    void run() {
      while (!over_)
        step();
      ended_.set_value();
    }
    std::atomic<bool> over_{false};
    std::promise<void> ended_;
  };
};
struct ok_nothing_of_the_object {
  class Cache {
  public:
    Cache() {
      std::thread([] { step(); }).detach();
    }
    std::string name_;
  };
};
struct ok_started_by_a_member { // whoever starts it knows
  class Cache {
  public:
    void start() {
      std::thread([this] { name_ = "x"; }).detach();
    }

  private:
    std::string name_;
  };
};
struct ok_destructor_not_seen {
  class Cache {
  public:
    Cache() {
      std::thread([this] { name_ = "x"; }).detach();
    }
    ~Cache();

  private:
    std::string name_;
  };
};

// The one object of its class, which nobody destroys.
class ok_ForGood {
public:
  static ok_ForGood &instance() {
    static ok_ForGood &it = *new ok_ForGood;
    return it;
  }

private:
  ok_ForGood() {
    std::thread([this] { run(); }).detach();
  }
  void run() { ++rounds_; }
  int rounds_ = 0;
};
class ok_NoDestructor {
public:
  ok_NoDestructor() {
    std::thread([this] { run(); }).detach();
  }
  ~ok_NoDestructor() = delete;

private:
  void run() { ++rounds_; }
  int rounds_ = 0;
};
class bad_OneOfMany {
public:
  static bad_OneOfMany &instance() {
    static bad_OneOfMany it;
    return it;
  }

private:
  bad_OneOfMany() {
    std::thread([this] { run(); }).detach(); // warning: the constructor starts a task on the object that no member waits for
  }
  void run() { ++rounds_; } // note: the task uses 'rounds_' here
  int rounds_ = 0;
};
