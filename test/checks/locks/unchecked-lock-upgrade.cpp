// RUN: %verify %s heddle-unchecked-lock-upgrade -- -std=c++20
// The seed's row, and the same with one mutex, by hand, over other libraries' spellings.
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

std::string load(const std::string &);
struct Config {};
std::shared_ptr<Config> parse();
void work();

// ---- the seed: GetOrLoad ----
class bad_P25_cache {
public:
  std::string getOrLoad(const std::string &key) {
    {
      std::shared_lock<std::shared_mutex> lock(mutex_); // note: 'mutex_' is locked in shared mode here
      auto it = values_.find(key);
      if (it != values_.end()) // note: 'values_' is tested here
        return it->second;
    }
    std::string value = load(key);
    std::unique_lock<std::shared_mutex> lock(mutex_); // note: 'mutex_' is locked again here
    values_[key] = value; // warning: 'values_' was tested before 'mutex_' was released and locked again; another thread may have changed it meanwhile, and that change is lost; test it again under this lock
    return value;
  }

private:
  std::shared_mutex mutex_;
  std::unordered_map<std::string, std::string> values_;
};

class ok_P25_cache {
public:
  std::string getOrLoad(const std::string &key) {
    {
      std::shared_lock<std::shared_mutex> lock(mutex_);
      auto it = values_.find(key);
      if (it != values_.end())
        return it->second;
    }
    std::string value = load(key);
    std::unique_lock<std::shared_mutex> lock(mutex_);
    if (auto it = values_.find(key); it != values_.end())
      return it->second;
    values_[key] = value;
    return value;
  }
  std::string emplaced(const std::string &key) {
    {
      std::shared_lock lock(mutex_);
      if (values_.count(key))
        return values_.at(key);
    }
    std::string value = load(key);
    std::unique_lock lock(mutex_);
    return values_.try_emplace(key, value).first->second;
  }

private:
  std::shared_mutex mutex_;
  std::unordered_map<std::string, std::string> values_;
};

// ---- one mutex, unlocked for the slow part ----
class bad_seats {
public:
  bool take(const std::string &user) {
    std::unique_lock<std::mutex> lk(mutex_);
    if (taken_ >= limit_)
      return false;
    lk.unlock();
    std::string token = load(user);
    lk.lock();
    ++taken_; // warning: 'taken_' was tested before 'mutex_' was released and locked again
    tokens_[user] = token;
    return true;
  }
  void reserve(int n) {
    mutex_.lock();
    bool fits = taken_ + n <= limit_;
    mutex_.unlock();
    if (!fits)
      return;
    work();
    mutex_.lock();
    taken_ += n; // warning: 'taken_' was tested before 'mutex_' was released and locked again
    mutex_.unlock();
  }
  std::shared_ptr<Config> config() {
    std::unique_lock lk(mutex_);
    if (!config_) {
      lk.unlock();
      auto made = parse();
      lk.lock();
      config_ = made; // warning: 'config_' was tested before 'mutex_' was released and locked again
    }
    return config_;
  }
  std::string assigned(const std::string &user) {
    std::string *known = nullptr;
    {
      std::lock_guard g(mutex_);
      if (auto it = tokens_.find(user); it != tokens_.end())
        known = &it->second;
    }
    if (known)
      return *known;
    auto token = load(user);
    std::lock_guard g(mutex_);
    tokens_.insert_or_assign(user, token); // warning: 'tokens_' was tested before 'mutex_' was released and locked again
    return token;
  }
  void nested(const std::string &user) {
    std::unique_lock lk(mutex_);
    if (tokens_.count(user) == 0) {
      lk.unlock();
      auto token = load(user);
      lk.lock();
      tokens_[user] = token; // warning: 'tokens_' was tested before 'mutex_' was released and locked again
    }
  }

private:
  std::mutex mutex_;
  int taken_ = 0, limit_ = 8;
  std::map<std::string, std::string> tokens_;
  std::shared_ptr<Config> config_;
};

class ok_seats {
public:
  bool take(const std::string &user) {
    std::unique_lock<std::mutex> lk(mutex_);
    if (taken_ >= limit_)
      return false;
    ++taken_; // it has its seat
    lk.unlock();
    std::string token = load(user);
    lk.lock();
    tokens_[user] = token;
    return true;
  }
  bool take_tested_again(const std::string &user) {
    std::unique_lock<std::mutex> lk(mutex_);
    if (taken_ >= limit_)
      return false;
    lk.unlock();
    std::string token = load(user);
    lk.lock();
    if (taken_ >= limit_)
      return false;
    ++taken_;
    tokens_.emplace(user, token);
    return true;
  }
  bool take_tested_by_member() {
    std::unique_lock<std::mutex> lk(mutex_);
    if (taken_ >= limit_)
      return false;
    lk.unlock();
    work();
    lk.lock();
    if (full())
      return false;
    ++taken_;
    return true;
  }
  void run() {
    std::unique_lock lk(mutex_);
    if (state_ != 0)
      return;
    state_ = 1; // marks what happens
    lk.unlock();
    work();
    lk.lock();
    state_ = 0;
    ++runs_;
  }
  void single_flight(const std::string &user) {
    std::unique_lock lk(mutex_);
    if (tokens_.count(user) || loading_.count(user))
      return;
    loading_[user] = true;
    lk.unlock();
    auto token = load(user);
    lk.lock();
    loading_.erase(user);
    tokens_[user] = token;
  }
  void stop() {
    std::unique_lock lk(mutex_);
    if (stopped_)
      return;
    lk.unlock();
    work();
    lk.lock();
    stopped_ = true; // the same for everybody
  }
  void unrelated() {
    std::unique_lock lk(mutex_);
    if (stopped_)
      return;
    lk.unlock();
    work();
    lk.lock();
    ++runs_;
  }
  void still_held(const std::string &user) {
    std::lock_guard lk(mutex_);
    if (!tokens_.count(user))
      tokens_[user] = load(user);
  }
  void other_lock(const std::string &user) {
    {
      std::lock_guard lk(other_);
      if (tokens_.count(user))
        return;
    }
    std::lock_guard lk(mutex_);
    tokens_[user] = "";
  }
  void twice() {
    {
      std::lock_guard lk(mutex_);
      if (runs_ > 5)
        work();
    }
    std::lock_guard lk(mutex_);
    ++runs_; // whatever the test said
  }
  void replaced() {
    std::unique_lock lk(mutex_);
    auto before = config_;
    lk.unlock();
    auto made = parse();
    lk.lock();
    if (config_ == before)
      config_ = made;
  }
  void waits() {
    std::unique_lock lk(mutex_);
    while (taken_ >= limit_) {
      lk.unlock();
      work();
      lk.lock();
    }
    ++taken_;
  }
  void on_another_object(ok_seats &other, const std::string &user) {
    {
      std::lock_guard lk(mutex_);
      if (other.tokens_.count(user))
        return;
    }
    std::lock_guard lk(mutex_);
    other.tokens_[user] = ""; // guarded by the other's lock, if by any
  }

private:
  bool full() const { return taken_ >= limit_; }
  std::mutex mutex_, other_;
  int taken_ = 0, limit_ = 8, state_ = 0, runs_ = 0;
  bool stopped_ = false;
  std::map<std::string, std::string> tokens_;
  std::map<std::string, bool> loading_;
  std::shared_ptr<Config> config_;
};

// ---- C: a struct and its rwlock, a global and its mutex ----
struct bad_table {
  const char *get(int key) {
    pthread_rwlock_rdlock(&lock); // note: 'lock' is locked in shared mode here
    const char *known = rows[key];
    pthread_rwlock_unlock(&lock);
    if (known) // note: 'rows' is tested here
      return known;
    const char *made = make(key);
    pthread_rwlock_wrlock(&lock); // note: 'lock' is locked again here
    rows[key] = made; // warning: 'rows' was tested before 'lock' was released and locked again
    pthread_rwlock_unlock(&lock);
    return made;
  }
  const char *make(int);
  pthread_rwlock_t lock;
  const char *rows[16];
};
static std::mutex g_lock;
static std::vector<int> *g_table;
std::vector<int> *build();
std::vector<int> *bad_global() {
  {
    std::lock_guard l(g_lock);
    if (g_table)
      return g_table;
  }
  auto *made = build();
  std::lock_guard l(g_lock);
  g_table = made; // warning: 'g_table' was tested before 'g_lock' was released and locked again
  return g_table;
}
std::vector<int> *ok_global() {
  {
    std::lock_guard l(g_lock);
    if (g_table)
      return g_table;
  }
  auto *made = build();
  std::lock_guard l(g_lock);
  if (!g_table)
    g_table = made;
  else
    delete made;
  return g_table;
}
struct ok_table {
  const char *get(int key) {
    pthread_rwlock_rdlock(&lock);
    const char *known = rows[key];
    pthread_rwlock_unlock(&lock);
    if (known)
      return known;
    const char *made = make(key);
    pthread_rwlock_wrlock(&lock);
    if (!rows[key])
      rows[key] = made;
    pthread_rwlock_unlock(&lock);
    return made;
  }
  const char *make(int);
  pthread_rwlock_t lock;
  const char *rows[16];
};

// ---- the test in a member that takes the lock for itself ----
class bad_index {
public:
  bool has(int key) const {
    std::lock_guard l(mutex_);
    return rows_.count(key) != 0;
  }
  void add(int key) {
    if (has(key)) // note: this call locks 'mutex_', and releases it // note: 'rows_' is tested here
      return;
    std::string row = load(std::to_string(key));
    std::lock_guard l(mutex_); // note: 'mutex_' is locked again here
    rows_[key] = row; // warning: 'rows_' was tested before 'mutex_' was released and locked again
  }

private:
  mutable std::mutex mutex_;
  std::map<int, std::string> rows_;
};
class ok_index {
public:
  bool has(int key) const {
    std::lock_guard l(mutex_);
    return rows_.count(key) != 0;
  }
  bool claim(int key) {
    std::lock_guard l(mutex_);
    return rows_.emplace(key, "").second;
  }
  void add(int key) {
    if (has(key))
      return;
    std::string row = load(std::to_string(key));
    std::lock_guard l(mutex_);
    rows_.try_emplace(key, row);
  }
  void tested(int key) {
    if (has(key))
      return;
    std::lock_guard l(mutex_);
    if (rows_.count(key) == 0)
      rows_[key] = "";
  }
  void claimed(int key) {
    if (!claim(key))
      return;
    std::string row = load(std::to_string(key));
    std::lock_guard l(mutex_);
    rows_[key] = row;
  }
  void other(int parent, int key) {
    if (!has(parent))
      return;
    std::lock_guard l(mutex_);
    rows_[key] = load("");
  }
  void counted(int key) {
    if (has(key))
      return;
    std::lock_guard l(mutex_);
    ++misses_;
  }

private:
  mutable std::mutex mutex_;
  std::map<int, std::string> rows_;
  int misses_ = 0;
};

// ---- the test stands in a member that runs under the lock of its caller ----
bool pays(const std::string &);
class Accounts {
public:
  bool bad_helper_tests(const std::string &name, long cents) {
    {
      std::shared_lock lock(mutex_);
      if (!covers(name, cents)) // note: 'balances_' is tested here
        return false;
    }
    if (!pays(name))
      return false;
    std::unique_lock lock(mutex_);
    balances_[name] -= cents; // warning: 'balances_' was tested before 'mutex_' was released and locked again
    return true;
  }
  bool bad_kept_result(long seats) {
    std::unique_lock lock(mutex_);
    const bool fits = hasRoom(seats);
    lock.unlock();
    if (!fits)
      return false;
    work();
    lock.lock();
    taken_ += seats; // warning: 'taken_' was tested before 'mutex_' was released and locked again
    return true;
  }
  bool ok_tests_again(const std::string &name, long cents) {
    {
      std::shared_lock lock(mutex_);
      if (!covers(name, cents))
        return false;
    }
    work();
    std::unique_lock lock(mutex_);
    if (!covers(name, cents))
      return false;
    balances_[name] -= cents;
    return true;
  }
  bool ok_other_key(const std::string &name, const std::string &other, long cents) {
    {
      std::shared_lock lock(mutex_);
      if (!isKnown(name))
        return false;
    }
    std::unique_lock lock(mutex_);
    balances_[other] += cents;
    return true;
  }
  bool ok_one_section(const std::string &name, long cents) {
    std::unique_lock lock(mutex_);
    if (!covers(name, cents))
      return false;
    balances_[name] -= cents;
    return true;
  }

private:
  bool covers(const std::string &name, long cents) const {
    auto it = balances_.find(name);
    return it != balances_.end() && it->second >= cents;
  }
  bool isKnown(const std::string &name) const { return balances_.count(name) != 0; }
  bool hasRoom(long seats) const { return taken_ + seats < 100; }
  std::shared_mutex mutex_;
  std::map<std::string, long> balances_;
  long taken_ = 0;
};
