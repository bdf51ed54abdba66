// RUN: %verify %s heddle-stop-without-join -- -std=c++20
// Destructors that detach a task of their object.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
void print(const std::string &) noexcept;
int sample() noexcept;

class Lines { // closed, it lets go who waits
public:
  void add(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    some_.notify_one();
  }
  std::optional<std::string> next() {
    std::unique_lock lock(mutex_);
    some_.wait(lock, [this] { return closed_ || !lines_.empty(); });
    if (lines_.empty())
      return std::nullopt;
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    some_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<std::string> lines_;
  bool closed_ = false;
};

class Printer {
public:
  Printer() : thread_([this] { run(); }) {} // note: the task is started here
  ~Printer() { bad_end(); }

private:
  void bad_end() {
    lines_.close();
    thread_.detach(); // warning: the task is detached while its object is destroyed; it uses 'lines_' of a dead object; join it here
  }
  void run() {
    while (auto line = lines_.next()) { // note: it uses 'lines_' here
      print(*line);
      ++printed_;
    }
  }
  Lines lines_;
  unsigned printed_ = 0;
  std::thread thread_;
};
struct bad_posix {
  class Meter {
  public:
    void start() { pthread_create(&thread_, nullptr, &Meter::entry, this); }
    ~Meter() {
      over_ = true;
      pthread_detach(thread_); // warning: the task is detached while its object is destroyed; it uses 'over_' of a dead object
    }

  private:
    static void *entry(void *self) {
      static_cast<Meter *>(self)->run();
      return nullptr;
    }
    void run() {
      while (!over_)
        last_ = sample();
    }
    std::atomic<bool> over_{false};
    std::atomic<int> last_{0};
    pthread_t thread_;
  };
};
struct bad_afterAWhile { // a moment is no promise
  class Worker {
  public:
    Worker() : thread_([this] { run(); }) {}
    ~Worker() {
      std::unique_lock lock(mutex_);
      over_ = true;
      if (ended_.wait_for(lock, 200ms, [this] { return done_; })) {
        lock.unlock();
        thread_.join();
      } else
        thread_.detach(); // warning: the task is detached while its object is destroyed
    }

  private:
    void run() {
      while (!over_)
        (void)sample();
      std::lock_guard lock(mutex_);
      done_ = true;
      ended_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable ended_;
    std::atomic<bool> over_{false};
    bool done_ = false;
    std::thread thread_;
  };
};

class ok_Joined {
public:
  ok_Joined() : thread_([this] { run(); }) {}
  ~ok_Joined() {
    lines_.close();
    thread_.join();
  }

private:
  void run() {
    while (auto line = lines_.next())
      print(*line);
  }
  Lines lines_;
  std::thread thread_;
};
class ok_WaitsForItsEnd {
public:
  ok_WaitsForItsEnd() : thread_([this] { run(); }) {}
  ~ok_WaitsForItsEnd() {
    thread_.detach();
    std::unique_lock lock(mutex_);
    over_ = true;
    ended_.wait(lock, [this] { return done_; });
  }

private:
  void run() {
    while (!over_)
      (void)sample();
    std::lock_guard lock(mutex_);
    done_ = true;
    ended_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable ended_;
  std::atomic<bool> over_{false};
  bool done_ = false;
  std::thread thread_;
};
class ok_StateOfItsOwn { // the task shares it
public:
  ok_StateOfItsOwn() : thread_([lines = lines_] {
    while (auto line = lines->next())
      print(*line);
  }) {}
  ~ok_StateOfItsOwn() {
    lines_->close();
    thread_.detach();
  }

private:
  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
  std::thread thread_;
};
class ok_OwnsTheObject : public std::enable_shared_from_this<ok_OwnsTheObject> {
public:
  void start() {
    thread_ = std::thread([self = shared_from_this()] { self->run(); });
  }
  ~ok_OwnsTheObject() {
    if (thread_.joinable())
      thread_.detach();
  }

private:
  void run() {
    while (!over_)
      last_ = sample();
  }
  std::atomic<bool> over_{false};
  std::atomic<int> last_{0};
  std::thread thread_;
};
class ok_AsksWhoItIs {
public:
  ok_AsksWhoItIs() : thread_([this] { run(); }) {}
  ~ok_AsksWhoItIs() {
    lines_.close();
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach();
    else
      thread_.join();
  }

private:
  void run() {
    while (auto line = lines_.next())
      print(*line);
  }
  Lines lines_;
  std::thread thread_;
};
class ok_UsesNothing {
public:
  ok_UsesNothing() : thread_([] { print("hello"); }) {}
  ~ok_UsesNothing() { thread_.detach(); }

private:
  std::thread thread_;
};
class ok_HandsOverAtFirst { // and is known to run on what is its own
public:
  ok_HandsOverAtFirst() : thread_([this] { run(); }) {}
  ~ok_HandsOverAtFirst() { thread_.detach(); }
  std::shared_ptr<Lines> lines() {
    std::unique_lock lock(mutex_);
    made_.wait(lock, [this] { return lines_ != nullptr; });
    return lines_;
  }

private:
  void run() {
    auto mine = std::make_shared<Lines>();
    {
      std::lock_guard lock(mutex_);
      lines_ = mine;
    }
    made_.notify_all();
    while (auto line = mine->next())
      print(*line);
  }
  std::mutex mutex_;
  std::condition_variable made_;
  std::shared_ptr<Lines> lines_;
  std::thread thread_;
};
