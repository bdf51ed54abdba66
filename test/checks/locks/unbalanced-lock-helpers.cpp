// RUN: %verify %s heddle-unbalanced-lock -- -std=c++20
// Functions that do nothing but take the lock, or give it back.
#include <cerrno>
#include <mutex>
#include <pthread.h>

struct Pool {
  pthread_mutex_t lock;
  int free;
};
static void pool_enter(Pool *p) { pthread_mutex_lock(&p->lock); }
static void pool_leave(Pool *p) { pthread_mutex_unlock(&p->lock); }
int bad_pool_take(Pool *p, int n) {
  pool_enter(p); // note: 'p.lock' is locked here
  if (n > p->free)
    return -ENOMEM; // warning: 'p.lock' is still held on this return
  p->free -= n;
  pool_leave(p); // note: other paths release it here
  return 0;
}

class bad_Index {
public:
  bool put(int key) {
    enter();
    if (key < 0)
      return false; // warning: 'mutex_' is still held on this return
    last_ = key;
    leave();
    return true;
  }
  int last() {
    enter();
    int key = last_;
    leave();
    return key;
  }

private:
  void enter() { mutex_.lock(); }
  void leave() { mutex_.unlock(); }
  std::mutex mutex_;
  int last_ = 0;
};

struct Shared {
  std::mutex mutex;
  int users = 0;
};
static void hold(Shared &s) { s.mutex.lock(); }
static void drop(Shared &s) { s.mutex.unlock(); }
void bad_use(Shared &s) {
  hold(s);
  if (++s.users > 9)
    return; // warning: 's.mutex' is still held on this return
  drop(s);
}

// ---- silent ---------------------------------------------------------------------------------------------------------

struct Ok_Pool {
  pthread_mutex_t lock;
  int free;
};
static void ok_enter(Ok_Pool *p) { pthread_mutex_lock(&p->lock); }
static void ok_leave(Ok_Pool *p) { pthread_mutex_unlock(&p->lock); }
int ok_take(Ok_Pool *p, int n) {
  int result = -ENOMEM;
  ok_enter(p);
  if (n > p->free)
    goto out;
  p->free -= n;
  result = 0;
out:
  ok_leave(p);
  return result;
}
int ok_take_each(Ok_Pool *p, int n) {
  ok_enter(p);
  if (n > p->free) {
    ok_leave(p);
    return -ENOMEM;
  }
  p->free -= n;
  ok_leave(p);
  return 0;
}

/// Its caller gives it back.
class ok_Cursor {
public:
  bool begin(int key) {
    enter();
    if (key == last_)
      return true;
    leave();
    return false;
  }
  void end() { leave(); }

private:
  void enter() { mutex_.lock(); }
  void leave() { mutex_.unlock(); }
  std::mutex mutex_;
  int last_ = 0;
};

/// Entered with the lock, which it releases for a call.
void call(int);
class Latch {
public:
  explicit Latch(std::mutex &m) : m_(m) {}
  void lock() { m_.lock(); }
  void unlock() { m_.unlock(); }

private:
  std::mutex &m_;
};
bool ok_entered_with_it(Latch &l, int n) {
  if (n > 0) {
    l.unlock();
    call(n);
    l.lock();
    return true;
  }
  return false;
}

// ---- a guard that gives up its lock: release() is not unlock() ----
struct Meter {
  std::mutex mutex;
  int value = 0;
};
int bad_given_up(Meter &m) {
  std::unique_lock<std::mutex> lock(m.mutex);
  int value = m.value;
  lock.release(); // warning: 'release' leaves 'm.mutex' locked, and nobody unlocks it // fixed: lock.unlock();
  return value;
}
class bad_Gauge {
public:
  bool set(int n) {
    std::unique_lock lock(mutex_);
    if (n == value_) {
      (void)lock.release(); // warning: 'release' leaves 'mutex_' locked
      return false;
    }
    value_ = n;
    return true;
  }

private:
  std::mutex mutex_;
  int value_ = 0;
};
std::mutex *ok_handed_over(Meter &m) {
  std::unique_lock lock(m.mutex);
  ++m.value;
  return lock.release();
}
int ok_unlocked(Meter &m) {
  std::unique_lock lock(m.mutex);
  int value = m.value;
  lock.release()->unlock();
  return value;
}
int ok_unlocked_later(Meter &m) {
  std::unique_lock lock(m.mutex);
  lock.release();
  int value = m.value;
  m.mutex.unlock();
  return value;
}
void ok_kept(Meter &m) {
  std::unique_lock lock(m.mutex);
  std::mutex *kept = lock.release();
  ++m.value;
  kept->unlock();
}
void ok_deferred(Meter &m) {
  std::unique_lock lock(m.mutex, std::defer_lock);
  lock.release();
}
class ok_AcrossCalls {
public:
  void begin() {
    std::unique_lock lock(mutex_);
    ++n_;
    lock.release();
  }
  void end() { mutex_.unlock(); }

private:
  std::mutex mutex_;
  int n_ = 0;
};
