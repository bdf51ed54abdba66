// REQUIRES: asio
// RUN: %verify %s heddle-self-join -- -std=c++20
// The object's own thread runs work that owns the object: the last owner may be the work.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace asio = boost::asio;

class Loop {
public:
  void run() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return quit_ || !work_.empty(); });
      if (work_.empty())
        return;
      auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    }
  }
  void add(std::function<void()> work) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      work_.push_back(std::move(work));
    }
    changed_.notify_one();
  }
  void quit() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      quit_ = true;
    }
    changed_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  bool quit_ = false;
};

struct bad_loop_of_its_own {
  class Client : public std::enable_shared_from_this<Client> {
  public:
    Client() : thread_([this] { loop_.run(); }) {}
    ~Client() {
      loop_.quit();
      thread_.join(); // warning: this may run on the very thread for which it waits: work of that thread owns the object around 'loop_' and destroys it when it is the last owner
    }
    void read() {
      loop_.add([self = shared_from_this()] { ++self->reads_; }); // note: 'self' owns the object here, in work for 'loop_'
    }

  private:
    int reads_ = 0;
    Loop loop_;
    std::thread thread_;
  };
};
struct bad_bound_to_the_loop {
  class Client : public std::enable_shared_from_this<Client> {
  public:
    void start() { thread_ = std::thread(&Loop::run, &loop_); }
    ~Client() { stop(); }
    void read() {
      auto self = shared_from_this();
      loop_.add([self] { ++self->reads_; });
    }

  private:
    void stop() {
      loop_.quit();
      thread_.join(); // warning: this may run on the very thread for which it waits: work of that thread owns the object around 'loop_'
    }
    int reads_ = 0;
    Loop loop_;
    std::thread thread_;
  };
};
struct bad_queue_of_its_own {
  class Client : public std::enable_shared_from_this<Client> {
  public:
    Client() : thread_([this] { run(); }) {}
    ~Client() {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        quit_ = true;
      }
      changed_.notify_all();
      thread_.join(); // warning: this may run on the very thread for which it waits: work of that thread owns the object around 'queue_'
    }
    void read() {
      post([self = shared_from_this()] { ++self->reads_; });
    }

  private:
    void post(std::function<void()> work) {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        queue_.push_back(std::move(work));
      }
      changed_.notify_one();
    }
    void run() {
      std::unique_lock<std::mutex> lock(mutex_);
      for (;;) {
        changed_.wait(lock, [this] { return quit_ || !queue_.empty(); });
        if (queue_.empty())
          return;
        auto work = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        work();
        work = nullptr;
        lock.lock();
      }
    }
    int reads_ = 0;
    bool quit_ = false;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> queue_;
    std::thread thread_;
  };
};
struct bad_event_loop {
  class Client : public std::enable_shared_from_this<Client> {
  public:
    Client() : guard_(asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {}
    ~Client() {
      guard_.reset();
      thread_.join(); // warning: this may run on the very thread for which it waits: work of that thread owns the object around 'io_'
    }
    void read() {
      asio::post(io_, [self = shared_from_this()] { ++self->reads_; });
    }

  private:
    int reads_ = 0;
    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::thread thread_;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
struct ok_raw {
  class Client : public std::enable_shared_from_this<Client> {
  public:
    Client() : thread_([this] { loop_.run(); }) {}
    ~Client() {
      loop_.quit();
      thread_.join();
    }
    void read() {
      loop_.add([this] { ++reads_; });
    }

  private:
    int reads_ = 0;
    Loop loop_;
    std::thread thread_;
  };
};
struct ok_asks_for_the_thread {
  class Client : public std::enable_shared_from_this<Client> {
  public:
    Client() : thread_([loop = loop_] { loop->run(); }) {}
    ~Client() {
      loop_->quit();
      if (thread_.get_id() == std::this_thread::get_id())
        thread_.detach();
      else
        thread_.join();
    }
    void read() {
      loop_->add([self = shared_from_this()] { ++self->reads_; });
    }

  private:
    int reads_ = 0;
    std::shared_ptr<Loop> loop_ = std::make_shared<Loop>();
    std::thread thread_;
  };
};
struct ok_loop_of_others { // its thread is another one
  class Client : public std::enable_shared_from_this<Client> {
  public:
    explicit Client(Loop &loop) : loop_(loop), thread_([this] { ++reads_; }) {}
    ~Client() { thread_.join(); }
    void read() {
      loop_.add([self = shared_from_this()] { ++self->reads_; });
    }

  private:
    int reads_ = 0;
    Loop &loop_;
    std::thread thread_;
  };
};
struct ok_owns_what_it_uses {
  class Client : public std::enable_shared_from_this<Client> {
  public:
    Client() : thread_([this] { loop_.run(); }) {}
    ~Client() {
      loop_.quit();
      thread_.join();
    }
    void read() {
      loop_.add([count = count_] { ++*count; });
    }

  private:
    std::shared_ptr<int> count_ = std::make_shared<int>(0);
    Loop loop_;
    std::thread thread_;
  };
};
struct ok_called_at_once {
  class Client : public std::enable_shared_from_this<Client> {
  public:
    Client() : thread_([this] { run(); }) {}
    ~Client() { thread_.join(); }
    void read() {
      visit([self = shared_from_this()] { ++self->reads_; });
    }

  private:
    void visit(std::function<void()> work) { work(); }
    void run() {
      while (!queue_.empty()) {
        queue_.front()();
        queue_.pop_front();
      }
    }
    int reads_ = 0;
    std::deque<std::function<void()>> queue_;
    std::thread thread_;
  };
};
