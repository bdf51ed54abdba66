// RUN: %verify %s heddle-inconsistent-guard -- -std=c++20
// Helpers that expect the lock, and callers that forget it.
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

class bad_Shelf {
public:
  void put(int id, std::string what) {
    std::lock_guard lock(mutex_);
    all_[id] = what; // note: written with 'mutex_' held here
  }
  std::string get(int id) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    return it == all_.end() ? "" : it->second;
  }
  void expire(bool old) {
    std::lock_guard lock(mutex_);
    if (old)
      clearAll();
  }
  void reset() {
    clearAll(); // note: called here without 'mutex_', which other callers hold
  }

private:
  void clearAll() {
    all_.clear(); // warning: 'all_' is changed here without 'mutex_', which 3 of 4 functions that use it hold
  }
  std::mutex mutex_;
  std::map<int, std::string> all_;
};

// The same through another helper, and counted by a struct.
struct Totals {
  int runs = 0;
};
class bad_Meter {
public:
  void add(int n) {
    std::lock_guard lock(mutex_);
    count(n);
  }
  int runs() {
    std::lock_guard lock(mutex_);
    return totals_.runs;
  }
  void zero() {
    std::lock_guard lock(mutex_);
    totals_ = Totals();
  }
  void addAll(const std::vector<int> &all) {
    for (int n : all)
      addOne(n);
  }

private:
  void addOne(int n) {
    if (n > 0)
      count(n);
  }
  void count(int n) {
    totals_.runs += n; // warning: 'totals_' is changed here without 'mutex_'
  }
  std::mutex mutex_;
  Totals totals_;
};

// On a thread of its own.
class Reader {
public:
  Reader() : thread_([this] { run(); }) {}
  ~Reader() { thread_.join(); }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return all_.size();
  }
  void drop() {
    std::lock_guard lock(mutex_);
    bad_trim();
  }
  void add(int x) {
    std::lock_guard lock(mutex_);
    all_.push_back(x);
  }

private:
  void run() {
    for (int i = 0; i != 1000; ++i)
      bad_trim();
  }
  void bad_trim() {
    if (all_.size() > 10)
      all_.erase(all_.begin()); // warning: 'all_' is changed here without 'mutex_'
  }
  std::mutex mutex_;
  std::vector<int> all_;
  std::thread thread_;
};

// What the destructor calls, too, is called by others: it takes the lock.
class Worker {
public:
  ~Worker() {
    wake();
    if (thread_.joinable())
      thread_.join();
  }
  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void wake() {
    std::lock_guard lock(mutex_);
    again_ = true;
  }

private:
  void run() {
    for (int i = 0; i != 1000; ++i)
      bad_step();
  }
  void bad_step() {
    if (again_)
      again_ = false; // warning: 'again_' is changed here without 'mutex_'
  }
  std::mutex mutex_;
  bool again_ = false;
  std::thread thread_;
};

// ---- silent ---------------------------------------------------------------------------------------------------------

class ok_Shelf {
public:
  void put(int id, std::string what) {
    std::lock_guard lock(mutex_);
    all_[id] = what;
  }
  std::string get(int id) {
    std::lock_guard lock(mutex_);
    auto it = all_.find(id);
    return it == all_.end() ? "" : it->second;
  }
  void expire(bool old) {
    std::lock_guard lock(mutex_);
    if (old)
      clearAll();
  }
  void reset() {
    std::lock_guard lock(mutex_);
    clearAll();
  }

private:
  void clearAll() { all_.clear(); }
  std::mutex mutex_;
  std::map<int, std::string> all_;
};

// Before there are threads, and after their end.
class Phases {
public:
  Phases() { ok_load(); }
  ~Phases() { ok_load(); }
  void reload() {
    std::lock_guard lock(mutex_);
    ok_load();
  }
  int sum() {
    std::lock_guard lock(mutex_);
    int n = 0;
    for (int x : all_)
      n += x;
    return n;
  }

private:
  void ok_load() { all_.assign(3, 1); }
  std::mutex mutex_;
  std::vector<int> all_;
};

// The caller takes the lock, in another place.
class ok_Lent {
public:
  void add(int x) {
    std::lock_guard lock(mutex_);
    insert(x);
  }
  void addUnlocked(bool again, int x) {
    mutex_.lock();
    bool more = all_.empty();
    mutex_.unlock();
    if (again && more)
      insert(x);
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return all_.size();
  }

private:
  void insert(int x) { all_.push_back(x); }
  std::mutex mutex_;
  std::vector<int> all_;
};

// Part of what classes that are not seen do under the lock.
class ok_Base {
public:
  void add(int x) {
    std::lock_guard lock(mutex_);
    insert(x);
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return all_.size();
  }

protected:
  void insertTwice(int x) {
    insert(x);
    insert(x);
  }
  void insert(int x) { all_.push_back(x); }
  std::mutex mutex_;
  std::vector<int> all_;
};

// The users of a connection are counted under the lock, and the last one takes it away.
struct Connection {
  int ask(int);
};
std::unique_ptr<Connection> connect();
class ok_Loader {
public:
  void begin() {
    std::lock_guard lock(mutex_);
    if (!connection_)
      connection_ = connect();
    ++users_;
  }
  void end() {
    std::lock_guard lock(mutex_);
    if (--users_ == 0)
      connection_ = nullptr;
  }
  bool active() {
    std::lock_guard lock(mutex_);
    return connection_ != nullptr;
  }
  void load() {
    begin();
    read(3);
    end();
  }

private:
  void read(int n) { work(connection_.get(), n); }
  static void work(Connection *c, int n) { c->ask(n); }
  std::mutex mutex_;
  int users_ = 0;
  std::unique_ptr<Connection> connection_;
  std::thread thread_{[this] { load(); }};
};
