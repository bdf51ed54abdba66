// RUN: %verify %s heddle-relock -- -std=c++20
// Hand-written guards of a lock that is part of the object they are given.
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <string>

class Connection {
public:
  class Lock {
  public:
    explicit Lock(Connection *c) : guard_(c->mutex_) {}

  private:
    std::lock_guard<std::mutex> guard_;
  };
  bool run(const char *sql);

private:
  std::mutex mutex_;
};
bool query(Connection *c) {
  Connection::Lock guard(c);
  return c->run("select");
}
bool bad_transaction(Connection *c) {
  Connection::Lock guard(c); // note: 'c.mutex_' is locked here
  c->run("begin");
  return query(c); // warning: 'c.mutex_' is locked by a thread that already holds it
}
bool ok_transaction(Connection *c) {
  {
    Connection::Lock guard(c);
    c->run("begin");
  }
  return query(c);
}
bool ok_two_connections(Connection *a, Connection *b) {
  Connection::Lock guard(a);
  return query(b);
}

// The constructor and the destructor do it themselves.
struct Table {
  pthread_mutex_t lock;
  int rows;
};
class TableGuard {
public:
  explicit TableGuard(Table &t) : table_(t) { pthread_mutex_lock(&table_.lock); }
  ~TableGuard() { pthread_mutex_unlock(&table_.lock); }

private:
  Table &table_;
};
int rows(Table &t) {
  TableGuard guard(t);
  return t.rows;
}
int bad_add(Table &t) {
  TableGuard guard(t);
  t.rows += 1;
  return rows(t); // warning: 't.lock' is locked by a thread that already holds it
}
int ok_add(Table &t) {
  {
    TableGuard guard(t);
    t.rows += 1;
  }
  return rows(t);
}

// By members of the object that do nothing else.
class Index {
public:
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }
  class Scope {
  public:
    explicit Scope(Index *index) : index_(index) { index_->lock(); }
    ~Scope() { index_->unlock(); }

  private:
    Index *index_;
  };
  int size() {
    Scope scope(this);
    return size_;
  }
  void FN_grow() { // others may hold the lock from lock() to unlock()
    Scope scope(this);
    if (size() < 10)
      ++size_;
  }
  void ok_grow() {
    Scope scope(this);
    ++size_;
  }

private:
  std::mutex mutex_;
  int size_ = 0;
};

// Shared mode; a guard of a mutex that it is given.
class Settings {
public:
  std::string get() {
    Reads reads(*this);
    return text_;
  }
  void bad_set(std::string text) {
    Writes writes(mutex_);
    if (get() != text) // warning: 'mutex_' is locked by a thread that already holds it
      text_ = std::move(text);
  }
  void ok_set(std::string text) {
    Writes writes(mutex_);
    text_ = std::move(text);
  }

private:
  struct Reads {
    explicit Reads(Settings &s) : lock(s.mutex_) {}
    std::shared_lock<std::shared_mutex> lock;
  };
  struct Writes {
    explicit Writes(std::shared_mutex &m) : lock(m) {}
    std::unique_lock<std::shared_mutex> lock;
  };
  std::shared_mutex mutex_;
  std::string text_;
};

// ---- silent: they only look like guards ----

// It borrows the lock, and takes it when it is asked to.
class Cursor {
public:
  explicit Cursor(Table &t) : table_(t) {}
  int next() {
    TableGuard guard(table_);
    return table_.rows;
  }

private:
  Table &table_;
};
int ok_cursor(Table &t) {
  Cursor cursor(t);
  return cursor.next() + rows(t);
}
