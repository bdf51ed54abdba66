// RUN: %verify %s heddle-guarded-reference-escapes -- -std=c++20
// Getters that hand out what their lock guards, and locals that outlive the lock.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

void use(int);
void use(const std::string &);
struct Counter {
  std::atomic<int> n;
};

class bad_getters {
public:
  const std::vector<int> &items() const {
    std::lock_guard<std::mutex> lock(mutex_); // note: 'mutex_' is locked here
    return items_; // warning: a reference to 'items_' is returned, and 'mutex_' is released; other threads may modify or free what it refers to (data race, use after free); copy it under the lock
  }
  std::string &name() {
    std::scoped_lock lock(mutex_);
    return name_; // warning: a reference to 'name_' is returned, and 'mutex_' is released
  }
  const std::vector<int> *pointer() const {
    std::shared_lock lock(shared_);
    return &items_; // warning: a pointer into 'items_' is returned, and 'shared_' is released
  }
  const char *text() const {
    std::lock_guard lock(mutex_);
    return name_.c_str(); // warning: a pointer into 'name_' is returned, and 'mutex_' is released
  }
  auto find(int k) {
    std::lock_guard lock(mutex_);
    return rows_.find(k); // warning: an iterator of 'rows_' is returned, and 'mutex_' is released
  }
  std::string_view view() const {
    std::lock_guard lock(mutex_);
    return name_; // warning: a view of 'name_' is returned, and 'mutex_' is released
  }
  int &at(int i) {
    std::lock_guard lock(mutex_);
    return items_[i]; // warning: a reference to 'items_' is returned, and 'mutex_' is released
  }
  void print() {
    std::unique_lock lock(mutex_); // note: 'mutex_' is locked here
    const std::string &now = name_; // note: it is made here, with the lock held
    lock.unlock();
    use(now); // warning: a reference to 'name_' is used after 'mutex_' was released
  }
  void change(const std::string &n) {
    std::lock_guard lock(mutex_);
    name_ = n;
    items_.push_back(1);
    rows_.erase(1);
  }

private:
  mutable std::mutex mutex_;
  mutable std::shared_mutex shared_;
  std::vector<int> items_;
  std::string name_;
  std::map<int, std::string> rows_;
};

class ok_getters {
public:
  std::vector<int> items() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return items_;
  }
  const std::string &fixed() const {
    std::lock_guard lock(mutex_);
    return fixed_; // nobody changes it
  }
  int size() const {
    std::lock_guard lock(mutex_);
    return static_cast<int>(items_.size());
  }
  const std::vector<int> &unlocked() const { return items_; }
  std::shared_ptr<int> shared() const {
    std::lock_guard lock(mutex_);
    return shared_;
  }
  Counter &counter(int k) {
    std::lock_guard lock(mutex_);
    return counters_[k]; // guards itself
  }
  std::string &row(int k) {
    std::lock_guard lock(mutex_);
    return rows_[k]; // rows are never removed, and stay where they are
  }
  int &object(int k) {
    std::lock_guard lock(mutex_);
    return *objects_[k]; // lives elsewhere
  }
  void print() {
    std::unique_lock lock(mutex_);
    const std::string now = name_;
    const std::string &here = name_;
    use(here);
    lock.unlock();
    use(now);
  }
  void again() {
    std::unique_lock lock(mutex_);
    const std::string &here = name_;
    lock.unlock();
    use(1);
    lock.lock();
    use(here);
  }
  void change(const std::string &n) {
    std::lock_guard lock(mutex_);
    name_ = n;
    items_.push_back(1);
  }

private:
  mutable std::mutex mutex_;
  std::vector<int> items_;
  std::string name_, fixed_ = "fixed";
  std::map<int, std::string> rows_;
  std::map<int, Counter> counters_;
  std::vector<std::unique_ptr<int>> objects_;
  std::shared_ptr<int> shared_;
};

// The element is a pointer itself, and is copied.
class ok_queue_of_pointers {
public:
  void put(int *n) {
    std::lock_guard lock(mutex_);
    items_.push_back(n);
  }
  void work() {
    std::unique_lock lock(mutex_);
    int *n = items_.back();
    items_.pop_back();
    lock.unlock();
    use(*n);
  }

private:
  std::mutex mutex_;
  std::vector<int *> items_;
};

struct Ship {
  std::string name;
};
class bad_array {
public:
  void rename(int i, const std::string &to) {
    std::lock_guard lock(mutex_);
    ships_[i].name = to;
  }
  const Ship &at(int i) {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
    return ships_[i]; // warning: a reference to 'ships_' is returned, and 'mutex_' is released
  }

private:
  std::mutex mutex_;
  Ship ships_[8];
};

// Elements of a container without a model.
template <class T> class Table {
public:
  T &operator[](int i);
};
class ok_unknown_container {
public:
  void rename(int i, const std::string &to) {
    std::lock_guard lock(mutex_);
    Ship &ship = ships_[i];
    ship.name = to;
  }
  int count(int i) {
    std::unique_lock lock(mutex_);
    Ship &ship = ships_[i];
    lock.unlock();
    return int(ship.name.size());
  }

private:
  std::mutex mutex_;
  Table<Ship> ships_;
};
