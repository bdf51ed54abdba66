// RUN: %verify %s heddle-self-join -- -std=c++20
// Work that owns the object whose part runs it.
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

void fetch();

struct bad_executor {
class Executor {
public:
  Executor() : thread_([this] { run(); }) {}
  ~Executor() {
    {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    some_.notify_one();
    thread_.join(); // warning: this may run on the very thread for which it waits: work of that thread owns the object around 'executor_' and destroys it when it is the last owner; the join deadlocks, or throws and terminates the program; let the work own only what it uses, or detach when the thread is the current one
  }
  void post(std::function<void()> work) {
    std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    some_.notify_one();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      some_.wait(lock, [this] { return over_ || !work_.empty(); });
      if (work_.empty())
        return;
      auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work(); // note: the thread runs its work here
      work = nullptr;
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<std::function<void()>> work_;
  bool over_ = false;
  std::thread thread_;
};
class Session : public std::enable_shared_from_this<Session> {
public:
  void refresh() {
    executor_.post([self = shared_from_this()] { self->load(); }); // note: 'self' owns the object here, in work for 'executor_'
  }

private:
  void load() { fetch(); }
  Executor executor_;
};
};
struct bad_ends_by_itself {
struct Later { // the member joins by itself
  void start() {
    thread = std::jthread([this] {
      if (what)
        what();
    });
  }
  void set(std::function<void()> w) { what = std::move(w); }
  std::function<void()> what;
  std::jthread thread; // warning: this may run on the very thread for which it waits: work of that thread owns the object around 'later_'
};
class Session : public std::enable_shared_from_this<Session> {
public:
  void refresh() {
    auto self = shared_from_this();
    later_->set([self] { self->load(); });
    later_->start();
  }

private:
  void load() { fetch(); }
  std::unique_ptr<Later> later_ = std::make_unique<Later>();
};
};

class Executor { // the same for what is correct
public:
  ~Executor() {
    over_ = true;
    thread_.join();
  }
  void post(std::function<void()> work) { work_.push_back(std::move(work)); }
  void now(const std::function<void()> &work) { work(); }

private:
  void run() {
    while (!over_ && !work_.empty())
      work_.front()();
  }
  std::deque<std::function<void()>> work_;
  bool over_ = false;
  std::thread thread_{[this] { run(); }};
};
class ok_shared_executor : public std::enable_shared_from_this<ok_shared_executor> { // others own it, too
public:
  explicit ok_shared_executor(std::shared_ptr<Executor> executor, Executor &other)
      : executor_(std::move(executor)), other_(other) {}
  void refresh() {
    executor_->post([self = shared_from_this()] { self->load(); });
    other_.post([self = shared_from_this()] { self->load(); });
  }

private:
  void load() { fetch(); }
  std::shared_ptr<Executor> executor_;
  Executor &other_;
};
class ok_weak_asked : public std::enable_shared_from_this<ok_weak_asked> { // it only looks whether the object lives
public:
  void refresh() {
    executor_.post([weak = weak_from_this()] {
      if (!weak.expired())
        fetch();
    });
  }

private:
  Executor executor_;
};
class ok_now : public std::enable_shared_from_this<ok_now> { // it has run when the call returns
public:
  void refresh() {
    executor_.now([self = shared_from_this()] { self->load(); });
  }

private:
  void load() { fetch(); }
  Executor executor_;
};
class Careful {
public:
  ~Careful() {
    if (std::this_thread::get_id() == thread_.get_id())
      thread_.detach();
    else
      thread_.join();
  }
  void post(std::function<void()> work) { work_.push_back(std::move(work)); }

private:
  std::deque<std::function<void()>> work_;
  std::thread thread_{[this] {
    for (auto &work : work_)
      work();
  }};
};
class ok_careful : public std::enable_shared_from_this<ok_careful> {
public:
  void refresh() {
    executor_.post([self = shared_from_this()] { self->load(); });
  }

private:
  void load() { fetch(); }
  Careful executor_;
};
