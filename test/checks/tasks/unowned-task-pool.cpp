// RUN: %verify %s heddle-unowned-task -- -std=c++20
// A pool that everybody shares, written by hand.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

class Pool {
public:
  static Pool &shared() {
    static Pool pool;
    return pool;
  }
  Pool() {
    for (int i = 0; i != 4; ++i)
      workers_.emplace_back([this] { work(); });
  }
  ~Pool() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
    for (auto &w : workers_)
      w.join();
  }
  void submit(std::function<void()> f) {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(f));
    filled_.notify_one();
  }

private:
  void work() {
    for (;;) {
      std::function<void()> f;
      {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return closed_ || !tasks_.empty(); });
        if (tasks_.empty())
          return;
        f = std::move(tasks_.front());
        tasks_.pop_front();
      }
      f();
    }
  }
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> workers_;
  bool closed_ = false;
};

class Thumbnails {
public:
  void bad_shared_pool(const std::string &path) {
    Pool::shared().submit([this, path] { render(path); }); // warning: nobody can wait for this task: it is killed at shutdown in the middle of its work, and uses this object
  }
  void ok_own_pool(const std::string &path) {
    own_.submit([this, path] { render(path); });
  }
  void ok_given_pool(Pool &pool, const std::string &path) {
    pool.submit([this, path] { render(path); });
  }
  void ok_owns_what_it_uses(const std::string &path) {
    Pool::shared().submit([path] { (void)path.size(); });
  }
  void ok_tells(const std::string &path) {
    {
      std::lock_guard lock(mutex_);
      ++pending_;
    }
    Pool::shared().submit([this, path] {
      render(path);
      std::lock_guard lock(mutex_);
      --pending_;
      done_.notify_all();
    });
  }

private:
  void render(const std::string &path) { last_ = path; }
  std::mutex mutex_;
  std::condition_variable done_;
  int pending_ = 0;
  std::string last_;
  Pool own_;
};
