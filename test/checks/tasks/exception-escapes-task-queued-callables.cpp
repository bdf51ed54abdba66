// RUN: %verify %s heddle-exception-escapes-task -- -std=c++20
// Callables that are stored in a container and called by a thread that takes them out.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <queue>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct BadOrder : std::runtime_error {
  using runtime_error::runtime_error;
};
void check(int tables) {
  if (tables < 0)
    throw BadOrder("no such table");
}
void complain(const char *) noexcept;

class Kitchen {
public:
  Kitchen() : cook_([this] { bad_serve(); }) {} // note: the task is started here
  void order(int tables) {
    put([tables] { check(tables); });
  }

private:
  void put(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    filled_.notify_one();
  }
  void bad_serve() {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return !jobs_.empty(); });
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      job(); // warning: 'BadOrder' may escape the entry function of this task
    }
  }
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> jobs_;
  std::jthread cook_;
};

class ok_KitchenThatCatches {
public:
  ok_KitchenThatCatches() : cook_([this] { serve(); }) {}
  void order(int tables) {
    put([tables] { check(tables); });
  }

private:
  void put(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    filled_.notify_one();
  }
  void serve() {
    for (;;) {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [this] { return !jobs_.empty(); });
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      try {
        job();
      } catch (const std::exception &e) {
        complain(e.what());
      }
    }
  }
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> jobs_;
  std::jthread cook_;
};

class ok_CarefulOrders {
public:
  ok_CarefulOrders() : cook_([this] { serve(); }) {}
  void order(int tables) {
    put([tables] {
      try {
        check(tables);
      } catch (const BadOrder &e) {
        complain(e.what());
      }
    });
  }

private:
  void put(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push(std::move(job));
    filled_.notify_one();
  }
  void serve() {
    for (;;) {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [this] { return !jobs_.empty(); });
      auto job = std::move(jobs_.front());
      jobs_.pop();
      lock.unlock();
      job();
    }
  }
  std::mutex mutex_;
  std::condition_variable filled_;
  std::queue<std::function<void()>> jobs_;
  std::jthread cook_;
};

// ---- the item is a struct, taken out by a helper ------------------------------------------------------------------------

struct Chore {
  int urgency = 0;
  std::function<void()> run;
};
class Chores {
public:
  void bad_start() {
    thread_ = std::thread([this] {
      while (auto next = take())
        next->run(); // warning: 'BadOrder' may escape the entry function of this task
    });
  }
  void later(int tables) {
    std::lock_guard lock(mutex_);
    chores_.push_back({1, [tables] { check(tables); }});
  }
  ~Chores() { thread_.join(); }

private:
  std::optional<Chore> take() {
    std::lock_guard lock(mutex_);
    if (chores_.empty())
      return std::nullopt;
    Chore c = std::move(chores_.back());
    chores_.pop_back();
    return c;
  }
  std::mutex mutex_;
  std::vector<Chore> chores_;
  std::thread thread_;
};

// ---- listeners ---------------------------------------------------------------------------------------------------------

class ok_CalledByTheOwner {
public:
  void listen(std::function<void(int)> f) { listeners_.push_back(std::move(f)); }
  void tell(int n) {
    for (auto &l : listeners_)
      l(n);
  }

private:
  std::vector<std::function<void(int)>> listeners_;
};
void ok_no_thread(ok_CalledByTheOwner &o) {
  o.listen([](int n) { check(n); });
}
