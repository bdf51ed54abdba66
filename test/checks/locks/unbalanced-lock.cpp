// RUN: %verify %s heddle-unbalanced-lock -- -std=c++20
// Locks taken by hand that one way out keeps, and that are given back twice.
#include <atomic>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <vector>

bool ready();
bool again();
int parse(const std::string &);
void work();

class bad_queue {
public:
  int pop() {
    mutex_.lock(); // note: 'mutex_' is locked here
    if (items_.empty())
      return -1; // warning: 'mutex_' is still held on this return; the next thread that locks it waits forever; release it on every path, or hold it by a guard
    int n = items_.back();
    items_.pop_back();
    mutex_.unlock(); // note: other paths release it here
    return n;
  }
  void push(int n) {
    mutex_.lock();
    if (n < 0)
      throw std::invalid_argument("negative"); // warning: 'mutex_' is still held when this exception leaves the function
    items_.push_back(n);
    mutex_.unlock();
  }
  int find(int n) const {
    table_.lock_shared();
    for (int x : items_)
      if (x == n)
        return x; // warning: 'table_' is still held on this return
    table_.unlock_shared();
    return -1;
  }
  bool retry() {
    for (int i = 0; i != 3; ++i) {
      mutex_.lock();
      if (ready())
        return true; // warning: 'mutex_' is still held on this return
      mutex_.unlock();
      work();
    }
    return false;
  }
  void guarded_and_by_hand() {
    std::unique_lock lock(mutex_);
    lock.unlock();
    lock.lock();
    mutex_.unlock();
    work();
    mutex_.unlock(); // warning: 'mutex_' is released by a path that has already released it
  }

private:
  std::mutex mutex_;
  mutable std::shared_mutex table_;
  std::vector<int> items_;
};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
int bad_by_hand(const std::string &text) {
  pthread_mutex_lock(&g_lock);
  int n = parse(text);
  if (n < 0)
    return -1; // warning: 'g_lock' is still held on this return
  pthread_mutex_unlock(&g_lock);
  return n;
}
void bad_twice(bool stop) {
  pthread_mutex_lock(&g_lock);
  if (stop)
    pthread_mutex_unlock(&g_lock); // note: 'g_lock' is released here
  work();
  pthread_mutex_unlock(&g_lock); // warning: 'g_lock' is released by a path that has already released it
}

class ok_queue {
public:
  int pop() {
    mutex_.lock();
    if (items_.empty()) {
      mutex_.unlock();
      return -1;
    }
    int n = items_.back();
    items_.pop_back();
    mutex_.unlock();
    return n;
  }
  int by_guard() {
    std::lock_guard lock(mutex_);
    if (items_.empty())
      return -1;
    return items_.back();
  }
  int adopted() {
    mutex_.lock();
    std::lock_guard lock(mutex_, std::adopt_lock);
    if (items_.empty())
      return -1;
    return items_.back();
  }
  void correlated(bool lock) {
    if (lock)
      mutex_.lock();
    work();
    if (lock)
      mutex_.unlock();
  }
  bool tried() {
    if (!mutex_.try_lock())
      return false;
    work();
    mutex_.unlock();
    return true;
  }
  void early() {
    if (items_.empty())
      return;
    mutex_.lock();
    items_.clear();
    mutex_.unlock();
  }
  void caught() {
    mutex_.lock();
    try {
      if (items_.empty())
        throw std::runtime_error("empty");
      items_.clear();
    } catch (const std::exception &) {
    }
    mutex_.unlock();
  }
  void by_helper() {
    mutex_.lock();
    if (items_.empty()) {
      leave();
      return;
    }
    work();
    mutex_.unlock();
  }
  void turns() {
    mutex_.lock();
    while (!ready()) {
      mutex_.unlock();
      work();
      mutex_.lock();
    }
    mutex_.unlock();
  }

private:
  void leave() { mutex_.unlock(); }
  std::mutex mutex_;
  std::vector<int> items_;
};

/// Locks for its caller, who gives the lock back.
class ok_pair {
public:
  bool begin() {
    mutex_.lock();
    if (!ready()) {
      mutex_.unlock();
      return false;
    }
    return true;
  }
  bool begin_the_other_way() {
    mutex_.lock();
    if (ready())
      return true;
    mutex_.unlock();
    return false;
  }
  void end() { mutex_.unlock(); }
  void lock() { mutex_.lock(); }
  void relax() {
    mutex_.unlock();
    work();
    mutex_.lock();
  }

private:
  std::mutex mutex_;
};
static pthread_mutex_t h_lock = PTHREAD_MUTEX_INITIALIZER;
int ok_by_goto(const std::string &text) {
  int n = -1;
  pthread_mutex_lock(&h_lock);
  if (text.empty())
    goto out;
  n = parse(text);
out:
  pthread_mutex_unlock(&h_lock);
  return n;
}
int ok_failed(const std::string &text) {
  int error = pthread_mutex_lock(&h_lock);
  if (error)
    return error;
  int n = parse(text);
  pthread_mutex_unlock(&h_lock);
  return n;
}
void ok_throws_if_failed() {
  if (pthread_mutex_lock(&h_lock))
    throw std::runtime_error("lock");
  work();
  pthread_mutex_unlock(&h_lock);
}

// A lockable class that locks itself.
class ok_SelfLocking {
public:
  void lock();
  void unlock();
  bool enter(bool stay) {
    lock();
    if (stay)
      return true;
    unlock();
    return false;
  }
};
class ok_SpinLock {
public:
  void lock() {
    while (busy_.exchange(true)) {
    }
  }
  void unlock() { busy_ = false; }
  bool enter(bool stay) {
    lock();
    if (stay)
      return true;
    unlock();
    return false;
  }

private:
  std::atomic<bool> busy_ = false;
};
