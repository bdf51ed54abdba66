// RUN: %verify %s heddle-racy-lazy-init -- -std=c++20
// The test stands in a function that only returns what it asks.
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

struct Table {
  std::map<std::string, int> rows;
  Table();
};
std::map<std::string, int> read();

class bad_Loaded {
public:
  std::shared_ptr<const Table> table() {
    if (!isLoaded()) { // warning: 'table_' is tested here without the mutex under which it is created
      std::lock_guard lock(mutex_);
      if (!isLoaded())
        table_ = std::make_shared<const Table>(); // note: created here with 'mutex_' held
    }
    return table_;
  }

private:
  bool isLoaded() const { return table_ != nullptr; }
  std::mutex mutex_;
  std::shared_ptr<const Table> table_;
};

class bad_Missing {
public:
  const Table &table() const {
    if (isMissing())
      table_.emplace(); // warning: 'table_' is created on first use without a lock
    return *table_;
  }

private:
  bool isMissing() const { return !table_.has_value(); }
  mutable std::optional<Table> table_;
};

class bad_Empty {
public:
  int value(const std::string &key) {
    if (rows_.empty()) { // warning: 'rows_' is tested here without the mutex under which it is created
      std::lock_guard lock(mutex_);
      if (rows_.empty())
        rows_ = read();
    }
    return rows_.at(key);
  }

private:
  std::mutex mutex_;
  std::map<std::string, int> rows_;
};

static Table *shared;
static std::mutex sharedMutex;
static bool known() { return shared; }
Table &bad_shared() {
  if (known()) // warning: 'shared' is tested here without the mutex under which it is created
    return *shared;
  std::lock_guard lock(sharedMutex);
  if (!known())
    shared = new Table;
  return *shared;
}

// ---- silent ---------------------------------------------------------------------------------------------------------

/// The getter locks, and the state is asked again.
class ok_LockedGetter {
public:
  Table &table() {
    if (!isLoaded()) {
      std::lock_guard lock(mutex_);
      if (!table_)
        table_ = std::make_unique<Table>();
    }
    return *table_;
  }

private:
  bool isLoaded() const {
    std::lock_guard lock(mutex_);
    return table_ != nullptr;
  }
  mutable std::mutex mutex_;
  std::unique_ptr<Table> table_;
};

class ok_Locked {
public:
  Table &table() {
    std::lock_guard lock(mutex_);
    if (!isLoaded())
      table_ = std::make_unique<Table>();
    return *table_;
  }

private:
  bool isLoaded() const { return table_ != nullptr; }
  std::mutex mutex_;
  std::unique_ptr<Table> table_;
};

class ok_Alone {
public:
  Table &table() {
    if (!isLoaded())
      table_ = std::make_unique<Table>();
    return *table_;
  }

private:
  bool isLoaded() const { return table_ != nullptr; }
  std::unique_ptr<Table> table_;
};

int next();
/// A flag that is set when something came true was not made by the first who asked.
class ok_Ended {
public:
  bool more() {
    if (ended_)
      return false;
    int n = next();
    if (n == 0)
      ended_ = true;
    return !ended_;
  }
  void add(int n) {
    std::lock_guard lock(mutex_);
    sum_ += n;
  }

private:
  bool ended_ = false;
  std::mutex mutex_;
  int sum_ = 0;
};

/// Counters that one function alone changes are atomic since several threads call it.
#include <atomic>
#include <string>
#include <thread>
Table connect(const std::string &where);
class bad_Client {
public:
  int value(int key) {
    calls_.fetch_add(1, std::memory_order_relaxed);
    return use(table(), key);
  }
  long calls() const { return calls_.load(std::memory_order_relaxed); }

private:
  static int use(Table &, int key) { return key; }
  Table &table() {
    if (!table_)
      table_ = std::make_unique<Table>(connect("here")); // warning: 'table_' is created on first use without a lock
    return *table_;
  }
  std::unique_ptr<Table> table_;
  std::atomic<long> calls_{0};
};
class bad_Lookup {
public:
  bool has(int key) {
    if (!table_)
      table_ = std::make_unique<Table>(); // warning: 'table_' is created on first use without a lock
    ++asked_;
    return key != 0;
  }
  int asked() const { return asked_; }

private:
  std::unique_ptr<Table> table_;
  std::atomic<int> asked_ = 0;
};
/// What two members change may be of one thread each.
class ok_InFlight {
public:
  bool start(int key) {
    if (!table_)
      table_ = std::make_unique<Table>();
    ++running_;
    return key != 0;
  }
  void done() { --running_; }

private:
  std::unique_ptr<Table> table_;
  std::atomic<int> running_{0};
};
/// A thread counts for those who look.
class Reader {
public:
  Reader() : thread_([this] { run(); }) {}
  ~Reader() { thread_.join(); }
  int seen() const { return seen_; }

private:
  void run() {
    for (int i = 0; i != 100; ++i)
      if (ok_step())
        break;
  }
  bool ok_step() {
    if (!table_)
      table_ = std::make_unique<Table>();
    return ++seen_ > 50;
  }
  std::unique_ptr<Table> table_;
  std::atomic<int> seen_{0};
  std::thread thread_;
};
/// A flag that somebody else sets is no count.
class ok_Stopped {
public:
  bool next() {
    if (!table_)
      table_ = std::make_unique<Table>();
    return !stop_;
  }
  void stop() { stop_ = true; }

private:
  std::unique_ptr<Table> table_;
  std::atomic<bool> stop_{false};
};
/// The one that counts takes the lock.
class ok_Client {
public:
  int value(int key) {
    calls_.fetch_add(1);
    std::lock_guard lock(mutex_);
    table();
    return key;
  }

private:
  Table &table() {
    if (!table_)
      table_ = std::make_unique<Table>();
    return *table_;
  }
  std::mutex mutex_;
  std::unique_ptr<Table> table_;
  std::atomic<long> calls_{0};
};
