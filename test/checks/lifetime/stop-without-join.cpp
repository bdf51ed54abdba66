// RUN: %verify %s heddle-stop-without-join -- -std=c++20
// The seed's row (L24: a Close that cancels and returns).
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

bool step();

// ---- L24 ---------------------------------------------------------------------------------------------------------------
struct bad_L24 {
  class Indexer {
  public:
    void open() { pthread_create(&thread_, nullptr, &Indexer::entry, this); } // note: the task is started here
    ~Indexer() { close(); }
    void close() {
      over_ = true; // warning: the task is asked to stop by 'over_', but is not waited for; it uses 'names_' while the object is destroyed; join it before the members end
    }

  private:
    static void *entry(void *self) {
      static_cast<Indexer *>(self)->run();
      return nullptr;
    }
    void run() {
      while (!over_)
        names_.push_back("x"); // note: it uses 'names_' here
    }
    pthread_t thread_;
    std::atomic<bool> over_{false};
    std::vector<std::string> names_;
  };
};
struct ok_L24 {
  class Indexer {
  public:
    void open() { pthread_create(&thread_, nullptr, &Indexer::entry, this); }
    ~Indexer() { close(); }
    void close() {
      over_ = true;
      pthread_join(thread_, nullptr);
    }

  private:
    static void *entry(void *self) {
      static_cast<Indexer *>(self)->run();
      return nullptr;
    }
    void run() {
      while (!over_)
        names_.push_back("x");
    }
    pthread_t thread_;
    std::atomic<bool> over_{false};
    std::vector<std::string> names_;
  };
};

// ---- detached tasks ----------------------------------------------------------------------------------------------------
struct bad_detached {
  class Watcher {
  public:
    void start() {
      std::thread([this] { watch(); }).detach();
    }
    ~Watcher() {
      running_ = false; // warning: the task is asked to stop by 'running_', but is not waited for; it uses 'seen_' while the object is destroyed
    }

  private:
    void watch() {
      while (running_)
        seen_.push_back(step());
    }
    std::atomic<bool> running_{true};
    std::vector<bool> seen_;
  };
};
struct bad_notified {
  class Flusher {
  public:
    Flusher() {
      std::thread t(&Flusher::run, this);
      t.detach(); // warning: the task is detached, so nobody can wait for it after 'over_' has asked it to stop; it uses 'mutex_' while the object is destroyed; keep its handle in a member, and join it in the destructor
    }
    ~Flusher() {
      {
        std::lock_guard lock(mutex_);
        over_ = true; // note: the stop is requested here
      }
      wake_.notify_all();
    }

  private:
    void run() {
      std::unique_lock lock(mutex_);
      while (!over_)
        wake_.wait(lock);
    }
    std::mutex mutex_;
    std::condition_variable wake_;
    bool over_ = false;
  };
};
struct bad_source {
  class Poller {
  public:
    void start() {
      std::thread([this, token = stop_.get_token()] {
        while (!token.stop_requested())
          last_ = std::to_string(step());
      }).detach();
    }
    ~Poller() {
      stop_.request_stop(); // warning: the task is asked to stop by 'stop_', but is not waited for; it uses 'last_' while the object is destroyed
    }

  private:
    std::stop_source stop_;
    std::string last_;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
struct ok_joining_member {
  class Poller {
  public:
    ~Poller() { thread_.request_stop(); }

  private:
    std::string last_;
    std::jthread thread_{[this](std::stop_token token) {
      while (!token.stop_requested())
        last_ = std::to_string(step());
    }};
  };
};
struct ok_handshake {
  class Watcher {
  public:
    void start() {
      std::thread([this] { watch(); }).detach();
    }
    ~Watcher() {
      std::unique_lock lock(mutex_);
      over_ = true;
      ended_.wait(lock, [this] { return done_; });
    }

  private:
    void watch() {
      std::unique_lock lock(mutex_);
      while (!over_) {
        lock.unlock();
        step();
        lock.lock();
      }
      done_ = true;
      ended_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable ended_;
    bool over_ = false, done_ = false;
  };
};
struct ok_only_signals { // whoever calls it waits by another member
  class Worker {
  public:
    void start() { pthread_create(&thread_, nullptr, &Worker::entry, this); }
    void requestStop() { over_ = true; }
    void wait() { pthread_join(thread_, nullptr); }

  private:
    static void *entry(void *self) {
      static_cast<Worker *>(self)->run();
      return nullptr;
    }
    void run() {
      while (!over_)
        names_.push_back("x");
    }
    pthread_t thread_;
    std::atomic<bool> over_{false};
    std::vector<std::string> names_;
  };
};
struct ok_co_owned {
  class Watcher : public std::enable_shared_from_this<Watcher> {
  public:
    void start() {
      std::thread([self = shared_from_this()] { self->watch(); }).detach();
    }
    ~Watcher() { running_ = false; }

  private:
    void watch() {
      while (running_)
        seen_.push_back(step());
    }
    std::atomic<bool> running_{true};
    std::vector<bool> seen_;
  };
};
struct ok_owns_what_it_uses { // nothing of the object
  class Watcher {
  public:
    void start() {
      std::thread([running = running_] {
        while (*running)
          step();
      }).detach();
    }
    ~Watcher() { *running_ = false; }

  private:
    std::shared_ptr<std::atomic<bool>> running_ = std::make_shared<std::atomic<bool>>(true);
  };
};
struct ok_a_flag_of_something_else {
  class Worker {
  public:
    void start() {
      std::thread([this] { ++runs_; }).detach();
    }
    void pause() { paused_ = true; }

  private:
    std::atomic<bool> paused_{false};
    std::atomic<int> runs_{0};
  };
};
struct ok_stop_is_not_the_end { // the object may outlive many tasks
  class Worker {
  public:
    void start() {
      over_ = false;
      std::thread([this] {
        while (!over_)
          step();
      }).detach();
    }
    void stop() { over_ = true; }

  private:
    std::atomic<bool> over_{false};
  };
};
