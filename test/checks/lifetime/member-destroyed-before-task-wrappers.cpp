// RUN: %verify %s heddle-member-destroyed-before-task -- -std=c++20
// Threads in classes that were written around them: the constructor starts, the destructor joins.
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

class JoiningThread {
public:
  template <typename F> explicit JoiningThread(F &&f) : thread_(std::forward<F>(f)) {}
  JoiningThread(JoiningThread &&) = default;
  ~JoiningThread() {
    if (thread_.joinable())
      thread_.join();
  }

private:
  std::thread thread_;
};
class ScopedThread {
public:
  explicit ScopedThread(std::function<void()> body) : thread_(std::move(body)) {}
  ~ScopedThread() { finish(); }

private:
  void finish() { thread_.join(); }
  std::thread thread_;
};

struct bad_pool {
  class Pool {
  public:
    explicit Pool(unsigned count) {
      for (unsigned i = 0; i < count; ++i)
        threads_.emplace_back([this] { work(); }); // note: the task is started here
    }
    ~Pool() {
      std::lock_guard<std::mutex> lock(mutex_);
      stopped_ = true;
      changed_.notify_all();
    }

  private:
    void work() {
      std::unique_lock<std::mutex> lock(mutex_); // note: the task uses 'mutex_' here
      changed_.wait(lock, [this] { return stopped_; });
    }
    std::vector<JoiningThread> threads_; // warning: 'threads_' waits for its task in its destructor, which runs after 'mutex_', declared later, is destroyed
    std::mutex mutex_;                   // note: 'mutex_' is declared here, and destroyed first
    std::condition_variable changed_;
    bool stopped_ = false;
  };
};
struct bad_member {
  class Reader {
  public:
    Reader() : thread_([this] { read(); }) {}

  private:
    void read() {
      std::lock_guard<std::mutex> lock(mutex_);
      lines_.push_back(1);
    }
    ScopedThread thread_; // warning: 'thread_' waits for its task in its destructor, which runs after 'mutex_', declared later, is destroyed
    std::mutex mutex_;
    std::vector<int> lines_;
  };
};
struct bad_started_later {
  class Reader {
  public:
    void start() {
      thread_ = std::make_unique<JoiningThread>([this] { lines_.push_back(1); });
    }

  private:
    std::unique_ptr<JoiningThread> thread_; // warning: 'thread_' waits for its task in its destructor, which runs after 'lines_', declared later, is destroyed
    std::list<int> lines_;
  };
};

struct ok_last {
  class Pool {
  public:
    explicit Pool(unsigned count) {
      for (unsigned i = 0; i < count; ++i)
        threads_.emplace_back([this] { work(); });
    }

  private:
    void work() { std::lock_guard<std::mutex> lock(mutex_); }
    std::mutex mutex_;
    std::vector<JoiningThread> threads_;
  };
};
struct ok_ended_by_the_destructor {
  class Pool {
  public:
    void start() {
      threads_.emplace_back([this] { work(); });
    }
    ~Pool() { threads_.clear(); }

  private:
    void work() { std::lock_guard<std::mutex> lock(mutex_); }
    std::vector<JoiningThread> threads_;
    std::mutex mutex_;
  };
};
struct ok_uses_nothing_behind {
  class Reader {
  public:
    Reader() : thread_([this] { ++count_; }) {}

  private:
    int count_ = 0;
    ScopedThread thread_;
    std::vector<int> lines_;
  };
};
struct ok_given_for_later { // whether it runs in the destructor of the registry is not known
  class Registry {
  public:
    explicit Registry(std::function<void()> done) : done_(std::move(done)) {}

  private:
    std::function<void()> done_;
  };
  class Reader {
  public:
    Reader() : registry_([this] { lines_.push_back(1); }) {}

  private:
    Registry registry_;
    std::vector<int> lines_;
  };
};
