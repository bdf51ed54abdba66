// RUN: %verify %s heddle-unowned-task -- -std=c++20
// Helpers and members that detach what they are given, and flags that nobody waits for.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

std::vector<std::string> load(const std::string &);

class Runner {
public:
  void launch(std::function<void()> job) { std::thread(std::move(job)).detach(); }
};
template <class F> void inBackground(F f) {
  std::thread t(std::move(f));
  t.detach();
}

// ---- a mark that keeps a second one from starting says nothing to who destroys the object ------------------------------
class bad_Member {
public:
  void refresh() {
    if (busy_.exchange(true))
      return;
    runner_.launch([this] { // warning: this task cannot be waited for; it is killed at shutdown in the middle of its work, and uses this object, which may be dead by then
      fill(load(folder_));
      busy_.store(false);
    });
  }

private:
  void fill(std::vector<std::string> v) {
    std::lock_guard lock(mutex_);
    names_.swap(v);
  }
  std::string folder_;
  std::atomic<bool> busy_{false};
  std::mutex mutex_;
  std::vector<std::string> names_;
  Runner runner_;
};
class bad_Template {
public:
  void refresh() {
    if (!busy_) {
      busy_ = true;
      inBackground([this] { // warning: this task cannot be waited for
        names_ = load(folder_);
        busy_ = false;
      });
    }
  }

private:
  std::string folder_;
  std::atomic_bool busy_{false};
  std::vector<std::string> names_;
};
class bad_Direct {
public:
  void refresh() {
    if (busy_.load())
      return;
    busy_ = true;
    std::thread(&bad_Direct::read, this).detach(); // warning: this task cannot be waited for
  }

private:
  void read() {
    names_ = load(folder_);
    busy_ = false;
  }
  std::string folder_;
  std::atomic<bool> busy_{false};
  std::vector<std::string> names_;
};

// ---- flags for which somebody waits, or may -----------------------------------------------------------------------------
struct ok_polled {
class Cache {
public:
  ~Cache() {
    while (busy_)
      std::this_thread::yield();
  }
  void refresh() {
    busy_ = true;
    runner_.launch([this] {
      names_ = load(folder_);
      busy_ = false;
    });
  }

private:
  std::string folder_;
  std::atomic<bool> busy_{false};
  std::vector<std::string> names_;
  Runner runner_;
};
};
class ok_Asked { // others ask before they destroy it
public:
  bool busy() const { return busy_; }
  void refresh() {
    busy_ = true;
    runner_.launch([this] {
      names_ = load(folder_);
      busy_ = false;
    });
  }

private:
  std::string folder_;
  std::atomic<bool> busy_{false};
  std::vector<std::string> names_;
  Runner runner_;
};
struct ok_atomic_wait {
class Cache {
public:
  ~Cache() { busy_.wait(true); }
  void refresh() {
    busy_ = true;
    runner_.launch([this] {
      names_ = load(folder_);
      busy_ = false;
    });
  }

private:
  std::string folder_;
  std::atomic<bool> busy_{false};
  std::vector<std::string> names_;
  Runner runner_;
};
};
class Joining { // a runner that waits for its jobs
public:
  ~Joining() {
    for (std::thread &t : all_)
      t.join();
  }
  void launch(std::function<void()> job) { all_.emplace_back(std::move(job)); }

private:
  std::vector<std::thread> all_;
};
class ok_Joined {
public:
  void refresh() {
    if (busy_.exchange(true))
      return;
    runner_.launch([this] {
      names_ = load(folder_);
      busy_ = false;
    });
  }

private:
  std::string folder_;
  std::atomic<bool> busy_{false};
  std::vector<std::string> names_;
  Joining runner_;
};
struct ok_constructor { // constructor-spawns-unowned speaks
class Watcher {
public:
  Watcher() {
    std::thread([this] {
      for (;;)
        names_ = load("x");
    }).detach();
  }

private:
  std::vector<std::string> names_;
};
};
