// RUN: %verify %s heddle-unowned-task -- -std=c++20
// A hand-written pool that is shared by all.
#include "Inputs/executors.h"
#include "Inputs/thread_pool.h"
#include <condition_variable>
#include <mutex>
#include <string>
ThreadPool &sharedPool() {
  static ThreadPool pool;
  return pool;
}

class Thumbnails {
public:
  void bad_shared_pool(const std::string &path) {
    sharedPool().submit([this, path] { render(path); }); // warning: this task cannot be waited for
  }
  void ok_own_pool(const std::string &path) {
    own_.submit([this, path] { render(path); });
  }
  void ok_given_pool(ThreadPool &pool, const std::string &path) {
    pool.submit([this, path] { render(path); });
  }
  void ok_owns_what_it_uses(const std::string &path) {
    sharedPool().submit([path] { (void)path.size(); });
  }
  void ok_tells(const std::string &path) {
    {
      std::lock_guard lock(mutex_);
      ++pending_;
    }
    sharedPool().submit([this, path] {
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
  ThreadPool own_;
};

// A pool of another file.
class Cache {
public:
  void bad_store(std::string key) {
    WorkerPool::instance().submit([this, key] { write(key); }); // warning: this task cannot be waited for
  }
  void ok_by_value(std::string key) {
    WorkerPool::instance().submit([key] { std::string copy = key; });
  }
  void ok_given(WorkerPool &pool, std::string key) {
    pool.submit([this, key] { write(key); });
  }

private:
  void write(const std::string &key) {
    std::lock_guard<std::mutex> lock(mutex_);
    last_ = key;
  }
  std::mutex mutex_;
  std::string last_;
};
