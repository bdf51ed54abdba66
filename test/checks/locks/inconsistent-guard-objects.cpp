// RUN: %verify %s heddle-inconsistent-guard -- -std=c++20
// Whose object it is: another's, a struct of C, a global, what a pointer leads to, all objects'.
#include <atomic>
#include <map>
#include <mutex>
#include <pthread.h>
#include <string>
#include <utility>
#include <vector>

/// A copy reads the other while its threads change it.
class bad_Basket {
public:
  bad_Basket() = default;
  bad_Basket(const bad_Basket &other) : items_(other.items_) {} // warning: 'other.items_' is read here without 'other.mutex_', which 3 of 4 functions that use it hold
  void add(int i) {
    std::lock_guard lock(mutex_);
    items_.push_back(i); // note: written with 'mutex_' held here
  }
  void clear() {
    std::lock_guard lock(mutex_);
    items_.clear();
  }
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }

private:
  mutable std::mutex mutex_;
  std::vector<int> items_;
};

/// The lock of the wrong object.
class bad_Shelf {
public:
  bad_Shelf &operator=(const bad_Shelf &other) {
    std::lock_guard lock(mutex_);
    items_ = other.items_; // warning: 'other.items_' is read here without 'other.mutex_'
    return *this;
  }
  void add(int i) {
    std::lock_guard lock(mutex_);
    items_.push_back(i);
  }
  void clear() {
    std::lock_guard lock(mutex_);
    items_.clear();
  }

private:
  std::mutex mutex_;
  std::vector<int> items_;
};

struct Counter {
  pthread_mutex_t lock;
  long n;
};
void counter_init(Counter *c) {
  pthread_mutex_init(&c->lock, nullptr);
  c->n = 0;
}
void counter_add(Counter *c, long by) {
  pthread_mutex_lock(&c->lock);
  c->n += by;
  pthread_mutex_unlock(&c->lock);
}
long counter_take(Counter *c) {
  pthread_mutex_lock(&c->lock);
  long n = c->n;
  c->n = 0;
  pthread_mutex_unlock(&c->lock);
  return n;
}
void bad_counter_reset(Counter *c) { c->n = 0; } // warning: 'c.n' is changed here without 'c.lock', which 2 of 3

static std::mutex namesMutex;
static std::map<int, std::string> names;
void name(int id, std::string text) {
  std::lock_guard lock(namesMutex);
  names[id] = std::move(text);
}
void forget(int id) {
  std::lock_guard lock(namesMutex);
  names.erase(id);
}
std::string bad_nameOf(int id) {
  auto it = names.find(id); // warning: 'names' is read here without 'namesMutex', which 2 of 3
  return it == names.end() ? "" : it->second;
}

class bad_Window {
  struct Data {
    std::mutex mutex;
    std::vector<int> rows;
  };

public:
  void add(int row) {
    std::lock_guard lock(d->mutex);
    d->rows.push_back(row);
  }
  void clear() {
    std::lock_guard lock(d->mutex);
    d->rows.clear();
  }
  std::vector<int> rows() const { return d->rows; } // warning: 'rows' is read here without 'mutex', which 2 of 3

private:
  Data *d;
};

struct Stats {
  std::mutex mutex;
  int hits = 0;
};
static Stats stats;
void hit() {
  std::lock_guard lock(stats.mutex);
  ++stats.hits;
}
void hits(int n) {
  std::lock_guard lock(stats.mutex);
  stats.hits += n;
}
void bad_forget() { stats.hits = 0; } // warning: 'hits' is changed here without 'mutex', which 2 of 3

/// Each object locks its own mutex, and all share the table.
class bad_Session {
public:
  void open() {
    std::lock_guard lock(mutex_);
    ++perUser_[user_]; // warning: 'perUser_' is static and used under 'mutex_', of which every object has its own
  }
  void close() {
    std::lock_guard lock(mutex_);
    perUser_.erase(user_);
  }

private:
  static inline std::map<int, int> perUser_; // note: shared by all objects
  std::mutex mutex_;                         // note: each object has its own lock
  int user_ = 0;
};

// ---- silent ---------------------------------------------------------------------------------------------------------

class ok_Basket {
public:
  ok_Basket() = default;
  ok_Basket(const ok_Basket &other) {
    std::lock_guard lock(other.mutex_);
    items_ = other.items_;
  }
  ok_Basket(ok_Basket &&other) noexcept : items_(std::move(other.items_)) {}
  ok_Basket &operator=(const ok_Basket &other) {
    if (this != &other) {
      std::scoped_lock lock(mutex_, other.mutex_);
      items_ = other.items_;
    }
    return *this;
  }
  ok_Basket &operator=(ok_Basket &&other) noexcept {
    items_ = std::move(other.items_);
    return *this;
  }
  void swap(ok_Basket &other) noexcept { items_.swap(other.items_); }
  void add(int i) {
    std::lock_guard lock(mutex_);
    items_.push_back(i);
  }
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }

private:
  mutable std::mutex mutex_;
  std::vector<int> items_;
};

/// Copied under the lock that the caller of a private constructor takes.
class ok_Delegates {
public:
  ok_Delegates() = default;
  ok_Delegates(const ok_Delegates &other) : ok_Delegates(other, std::lock_guard(other.mutex_)) {}
  void add(int i) {
    std::lock_guard lock(mutex_);
    items_.push_back(i);
  }
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }

private:
  ok_Delegates(const ok_Delegates &other, const std::lock_guard<std::mutex> &) : items_(other.items_) {}
  mutable std::mutex mutex_;
  std::vector<int> items_;
};

/// Functions that set up and tear down, and those that expect the lock.
struct Ok_Ring {
  pthread_mutex_t lock;
  int first, last;
};
void ok_ring_init(Ok_Ring *r) {
  pthread_mutex_init(&r->lock, nullptr);
  r->first = r->last = 0;
}
void ok_ring_destroy(Ok_Ring *r) {
  r->first = r->last = -1;
  pthread_mutex_destroy(&r->lock);
}
static bool ok_ring_full(const Ok_Ring *r) { return r->last - r->first == 16; }
bool ok_ring_put(Ok_Ring *r) {
  pthread_mutex_lock(&r->lock);
  bool room = !ok_ring_full(r);
  if (room)
    ++r->last;
  pthread_mutex_unlock(&r->lock);
  return room;
}
void ok_ring_take(Ok_Ring *r) {
  pthread_mutex_lock(&r->lock);
  ++r->first;
  pthread_mutex_unlock(&r->lock);
}

/// A static table with a static lock, and one of a singleton.
class ok_Session {
public:
  void open(int user) {
    std::lock_guard lock(mutex_);
    ++perUser_[user];
  }
  void close(int user) {
    std::lock_guard lock(mutex_);
    perUser_.erase(user);
  }

private:
  static inline std::map<int, int> perUser_;
  static inline std::mutex mutex_;
};
class ok_Registry {
public:
  static ok_Registry &instance();
  void add(int id) {
    std::lock_guard lock(mutex_);
    all_[id] = 1;
  }
  void remove(int id) {
    std::lock_guard lock(mutex_);
    all_.erase(id);
  }

private:
  ok_Registry() = default;
  static inline std::map<int, int> all_;
  std::mutex mutex_;
};

/// Set before the threads come, and read under a lock that guards something else.
class ok_Settings {
public:
  void setLimit(int n) { limit_ = n; }
  void setName(std::string s) { name_ = std::move(s); }
  bool take() {
    std::lock_guard lock(mutex_);
    return ++taken_ <= limit_ && !name_.empty();
  }
  bool has() {
    std::lock_guard lock(mutex_);
    return taken_ < limit_;
  }
  /// Copied into a new object under the lock of this one.
  ok_Settings *clone() {
    std::lock_guard lock(mutex_);
    auto *other = new ok_Settings;
    other->copy(*this);
    return other;
  }

private:
  void copy(const ok_Settings &from) { limit_ = from.limit_; }
  std::mutex mutex_;
  int limit_ = 0, taken_ = 0;
  std::string name_;
};

/// Subclasses call it with the lock held.
class ok_Appender {
public:
  void setPrefix(std::string p) {
    std::lock_guard lock(mutex_);
    prefix_ = std::move(p);
  }
  std::string prefix() {
    std::lock_guard lock(mutex_);
    return prefix_;
  }

protected:
  std::string format(const std::string &text) { return prefix_ + text; }
  std::mutex mutex_;

private:
  std::string prefix_;
};

// ---- parts that protect themselves -------------------------------------------------------------------------------------
class Stamp {
public:
  void set(long t) { at_ = t; }
  long get() const { return at_; }

private:
  struct Cell {
    void operator=(long t) { value = t; }
    operator long() const { return value; }
    std::atomic<long> value{0};
  } at_;
};
class Guarded : public std::mutex {
public:
  void put(int v) {
    std::lock_guard<std::mutex> lock(*this);
    value_ = v;
  }

private:
  int value_ = 0;
};
class ok_PartsProtectThemselves {
public:
  void touch(long t) {
    std::lock_guard lock(mutex_);
    seen_.set(t);
    count_++;
    last_.put(1);
  }
  void again(long t) {
    std::lock_guard lock(mutex_);
    seen_.set(t);
    count_++;
    last_.put(2);
  }
  void outside(long t) {
    seen_.set(t);
    last_.put(3);
  }

private:
  std::mutex mutex_;
  Stamp seen_;
  Guarded last_;
  int count_ = 0;
};
