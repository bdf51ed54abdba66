// RUN: %verify %s heddle-inconsistent-guard -- -std=c++20
// Code that runs before the object is shared, and locks that others take for more than one call.
#include <map>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

void use(int);

// A private helper whose callers hold the lock, but for the constructor.
class ok_HelperOfTheConstructor {
public:
  explicit ok_HelperOfTheConstructor(int size) : samples_(size) { clear(); }
  void push(int v) {
    std::lock_guard lock(mutex_);
    samples_.push_back(v);
    if (samples_.size() > 10)
      clear();
  }
  int last() {
    std::lock_guard lock(mutex_);
    return samples_.back();
  }

private:
  void clear() { samples_.clear(); }
  std::mutex mutex_;
  std::vector<int> samples_;
};

struct bad_HelperOfReset {
  class Samples {
  public:
    explicit Samples(int size) : samples_(size) { clear(); }
    void push(int v) {
      std::lock_guard lock(mutex_);
      samples_.push_back(v);
    }
    int last() {
      std::lock_guard lock(mutex_);
      return samples_.back();
    }
    void reset() { clear(); }

  private:
    void clear() { samples_.clear(); } // warning: 'samples_' is changed here without 'mutex_'
    std::mutex mutex_;
    std::vector<int> samples_;
  };
};

// The function that makes the lock sets the object up.
class ok_SetUp {
public:
  int init(int limit) {
    load_ = 0;
    if (pthread_mutex_init(&mutex_, nullptr) != 0)
      return -1;
    limit_ = limit;
    return 0;
  }
  void add() {
    pthread_mutex_lock(&mutex_);
    ++load_;
    pthread_mutex_unlock(&mutex_);
  }
  void remove() {
    pthread_mutex_lock(&mutex_);
    --load_;
    pthread_mutex_unlock(&mutex_);
  }

private:
  pthread_mutex_t mutex_;
  int load_;
  int limit_;
};

class bad_Reset {
public:
  void reset() {
    load_ = 0; // warning: 'load_' is changed here without 'mutex_'
  }
  void add() {
    pthread_mutex_lock(&mutex_);
    ++load_;
    pthread_mutex_unlock(&mutex_);
  }
  void remove() {
    pthread_mutex_lock(&mutex_);
    --load_;
    pthread_mutex_unlock(&mutex_);
  }

private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  int load_ = 0;
};

// Whoever calls the setter takes the lock that the class hands out.
class ok_HandsOutItsLock {
public:
  std::mutex &mutex() { return mutex_; }
  void setName(std::string name) { name_ = std::move(name); }
  void clear() {
    std::lock_guard lock(mutex_);
    name_.clear();
  }
  std::string shown() {
    std::lock_guard lock(mutex_);
    return name_ + "!";
  }

private:
  std::mutex mutex_;
  std::string name_;
};
void rename(ok_HandsOutItsLock &x, std::string to) {
  std::lock_guard lock(x.mutex());
  x.setName(std::move(to));
}

class ok_HandsOutAPointer {
public:
  pthread_mutex_t *mutex() { return &mutex_; }
  void setLoad(int n) { load_ = n; }
  void add() {
    pthread_mutex_lock(&mutex_);
    ++load_;
    pthread_mutex_unlock(&mutex_);
  }

private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  int load_ = 0;
};

// A class around a condition variable has no state to guard.
class Signal {
public:
  Signal();
  ~Signal();
  void wait(std::mutex *mutex);
  void notify();

private:
  pthread_cond_t cond_;
};
class ok_Signal {
public:
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify();
  }
  void run() {
    std::lock_guard lock(mutex_);
    while (!stop_)
      changed_.wait(&mutex_);
  }
  void poke() {
    std::lock_guard lock(mutex_);
    changed_.notify();
  }

private:
  std::mutex mutex_;
  Signal changed_;
  bool stop_ = false;
};

// A change before the lock is taken is none that was dropped on purpose.
class bad_ChangedBeforeTheLock {
public:
  void wake() {
    std::lock_guard lock(mutex_);
    again_ = true; // note: written with 'mutex_' held here
  }
  void poke() {
    std::lock_guard lock(mutex_);
    again_ = true;
  }
  bool turn() {
    if (again_) {
      again_ = false; // warning: 'again_' is changed here without 'mutex_', which 2 of 3 functions that use it hold
      return true;
    }
    std::lock_guard lock(mutex_);
    return !items_.empty();
  }

private:
  std::mutex mutex_;
  bool again_ = false;
  std::vector<int> items_;
};
class ok_LookedAtBeforeTheLock {
public:
  void wake() {
    std::lock_guard lock(mutex_);
    again_ = true;
  }
  void poke() {
    std::lock_guard lock(mutex_);
    again_ = true;
  }
  bool turn() {
    if (!again_)
      return false;
    std::lock_guard lock(mutex_);
    return again_ && !items_.empty();
  }
  void drop() {
    std::unique_lock lock(mutex_);
    items_.clear();
    lock.unlock();
    again_ = false;
  }

private:
  std::mutex mutex_;
  bool again_ = false;
  std::vector<int> items_;
};

// ---- one thread by assertion -------------------------------------------------------------------------------------------
struct ok_confined_by_assertion {
  void loop() {
    if (std::this_thread::get_id() != owner)
      throw std::logic_error("not the loop's thread");
    for (int id : ready)
      use(id);
    ready.clear();
    take();
  }
  void post(int id) {
    std::lock_guard lock(mutex);
    posted.push_back(id);
  }

private:
  void take() {
    std::lock_guard lock(mutex);
    ready.swap(posted);
  }
  std::thread::id owner = std::this_thread::get_id();
  std::mutex mutex;
  std::vector<int> ready, posted;
};
struct bad_confined_but_shared {
  void loop() {
    if (std::this_thread::get_id() != owner)
      throw std::logic_error("not the loop's thread");
    posted.clear(); // warning: 'posted' is changed here without 'mutex', which 2 of 3
  }
  void post(int id) {
    std::lock_guard lock(mutex);
    posted.push_back(id);
  }
  void drop() {
    std::lock_guard lock(mutex);
    posted.pop_back();
  }

private:
  std::thread::id owner = std::this_thread::get_id();
  std::mutex mutex;
  std::vector<int> posted;
};
