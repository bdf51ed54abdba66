// RUN: %verify %s heddle-relock -- -std=c++20
// A lock that its holder takes again: at once, through members, shared and exclusive.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <string>
#include <vector>

class bad_list {
public:
  void add(int n) {
    std::lock_guard<std::mutex> lock(mutex_); // note: 'mutex_' is locked here
    if (size() < 10) // warning: 'mutex_' is locked by a thread that already holds it; it waits for itself (deadlock); call a function that expects the lock to be held, or release it first
      all_.push_back(n);
  }
  std::size_t size() const {
    std::lock_guard<std::mutex> lock(mutex_); // note: it is locked again here
    return all_.size();
  }
  void twice() {
    std::unique_lock a(mutex_); // note: 'mutex_' is locked here
    all_.clear();
    std::unique_lock b(mutex_); // warning: 'mutex_' is locked by a thread that already holds it
  }
  void deep() {
    mutex_.lock(); // note: 'mutex_' is locked here
    step(); // warning: 'mutex_' is locked by a thread that already holds it
    mutex_.unlock();
  }
  void by_lambda() {
    std::scoped_lock lock(mutex_);
    auto clear = [this] {
      std::scoped_lock lock(mutex_);
      all_.clear();
    };
    clear(); // warning: 'mutex_' is locked by a thread that already holds it
  }
  void relocked() {
    std::unique_lock lock(mutex_);
    lock.unlock();
    lock.lock(); // note: 'mutex_' is locked here
    (void)size(); // warning: 'mutex_' is locked by a thread that already holds it
  }

private:
  void step() { (void)size(); } // note: 'size' is called here
  mutable std::mutex mutex_;
  std::vector<int> all_;
};

class ok_list {
public:
  void add(int n) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (sizeLocked() < 10)
      all_.push_back(n);
  }
  std::size_t size() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return sizeLocked();
  }
  void before() {
    if (size() < 10) {
      std::lock_guard<std::mutex> lock(mutex_);
      all_.clear();
    }
  }
  void unlocked() {
    std::unique_lock lock(mutex_);
    all_.clear();
    lock.unlock();
    (void)size();
  }
  void unlocked_in_helper() {
    std::unique_lock lock(mutex_);
    flush(lock);
  }
  void scoped() {
    {
      std::lock_guard lock(mutex_);
      all_.clear();
    }
    std::lock_guard lock(mutex_);
    all_.clear();
  }
  void turns() {
    for (int i = 0; i != 3; ++i) {
      std::lock_guard lock(mutex_);
      all_.push_back(i);
    }
  }
  void tries() {
    std::lock_guard lock(mutex_);
    if (mutex_.try_lock())
      mutex_.unlock();
    std::unique_lock again(mutex_, std::try_to_lock);
  }
  void maybe(bool locked) {
    if (!locked)
      mutex_.lock();
    all_.clear();
    if (!locked)
      mutex_.unlock();
  }
  void held() {
    std::lock_guard lock(mutex_);
    maybe(true);
  }
  void other(ok_list &o) {
    std::lock_guard lock(mutex_);
    (void)o.size();
  }
  void waits() {
    std::unique_lock lock(mutex_);
    cv_.wait(lock, [this] { return !all_.empty(); });
  }
  void adopts() {
    mutex_.lock();
    std::lock_guard lock(mutex_, std::adopt_lock);
    all_.clear();
  }
  void later(std::vector<std::function<void()>> &jobs) {
    std::lock_guard lock(mutex_);
    jobs.push_back([this] { (void)size(); });
  }

private:
  std::size_t sizeLocked() const { return all_.size(); }
  void flush(std::unique_lock<std::mutex> &lock) {
    lock.unlock();
    (void)size();
    lock.lock();
  }
  mutable std::mutex mutex_;
  std::condition_variable cv_;
  std::vector<int> all_;
};

// ---- recursive mutexes ----
class ok_recursive {
public:
  void add(int n) {
    std::lock_guard lock(mutex_);
    if (size() < 10)
      all_.push_back(n);
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return all_.size();
  }

private:
  std::recursive_mutex mutex_;
  std::vector<int> all_;
};

// ---- shared mutexes ----
class bad_table {
public:
  void set(const std::string &key) {
    std::shared_lock lock(mutex_); // note: 'mutex_' is locked in shared mode here
    if (!rows_.count(key)) {
      std::unique_lock upgrade(mutex_); // warning: 'mutex_' is locked exclusively by a thread that holds it in shared mode; it waits for itself (deadlock); release it first
      rows_[key] = 1;
    }
  }
  int get(const std::string &key) const {
    std::shared_lock lock(mutex_); // note: 'mutex_' is locked in shared mode here
    return has(key) ? rows_.at(key) : 0; // warning: 'mutex_' is locked in shared mode by a thread that already holds it so; with a writer waiting in between, both wait forever (deadlock); lock it once
  }
  bool has(const std::string &key) const {
    std::shared_lock lock(mutex_); // note: it is locked again here
    return rows_.count(key);
  }

private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, int> rows_;
};
class ok_table {
public:
  void set(const std::string &key) {
    {
      std::shared_lock lock(mutex_);
      if (rows_.count(key))
        return;
    }
    std::unique_lock lock(mutex_);
    rows_[key] = 1;
  }
  int get(const std::string &key) const {
    std::shared_lock lock(mutex_);
    auto it = rows_.find(key);
    return it == rows_.end() ? 0 : it->second;
  }

private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, int> rows_;
};

// ---- C ----
static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static int g_count;
static int count() {
  pthread_mutex_lock(&g_lock); // note: it is locked again here
  int n = g_count;
  pthread_mutex_unlock(&g_lock);
  return n;
}
void bad_count() {
  pthread_mutex_lock(&g_lock); // note: 'g_lock' is locked here
  if (count() > 3) // warning: 'g_lock' is locked by a thread that already holds it
    g_count = 0;
  pthread_mutex_unlock(&g_lock);
}
void ok_count() {
  if (count() > 3) {
    pthread_mutex_lock(&g_lock);
    g_count = 0;
    pthread_mutex_unlock(&g_lock);
  }
}

// ---- locks written by hand ----
class Wrapped {
public:
  void lock() { m_.lock(); }
  void unlock() { m_.unlock(); }

private:
  std::recursive_mutex m_;
};
class ok_wrapped {
public:
  void add(int n) {
    std::lock_guard lock(mutex_);
    if (size() < 10)
      all_.push_back(n);
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return all_.size();
  }

private:
  Wrapped mutex_;
  std::vector<int> all_;
};
class Spin {
public:
  void lock() {
    while (flag_.exchange(true))
      ;
  }
  void unlock() { flag_ = false; }

private:
  std::atomic<bool> flag_ = false;
};
class bad_spin {
public:
  void add(int n) {
    std::lock_guard lock(mutex_);
    if (size() < 10) // warning: 'mutex_' is locked by a thread that already holds it
      all_.push_back(n);
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return all_.size();
  }

private:
  Spin mutex_;
  std::vector<int> all_;
};
// A pointer to a lock that leads to another one: the target's own lock until the lock of its group is taken.
struct Group {
  pthread_mutex_t mutex;
  int load;
};
struct ok_hand_over {
  int acquire() {
    pthread_mutex_t *held = &mutex;
    pthread_mutex_lock(held);
    if (group) {
      held = &group->mutex;
      pthread_mutex_lock(held);
      pthread_mutex_unlock(&mutex);
    }
    int now = ++load;
    pthread_mutex_unlock(held);
    return now;
  }

  pthread_mutex_t mutex;
  Group *group;
  int load;
};
struct bad_same_pointer {
  int acquire() {
    pthread_mutex_t *held = &mutex;
    if (group)
      held = &group->mutex;
    pthread_mutex_lock(held);
    pthread_mutex_lock(held); // warning: 'held' is locked by a thread that already holds it
    return ++load;
  }

  pthread_mutex_t mutex;
  Group *group;
  int load;
};
// A lock that another thread gives back: the second acquisition waits for it.
class ok_HandShake {
public:
  void show() {
    mutex_.lock();
    post_(this);
    mutex_.lock();
    mutex_.unlock();
  }
  void shown() { mutex_.unlock(); }

private:
  std::mutex mutex_;
  void (*post_)(ok_HandShake *) = nullptr;
};
