// Under which lock members are used in most functions.
// RUN: %verify --word habit %s heddle-dev-habits -- -std=c++20
#include <map>
#include <mutex>
#include <vector>

// What gives the object its settings before it is shared.
class Pool {
public:
  void init(int size) {
    for (int i = 0; i != size; ++i)
      free_.push_back(i);
    size_ = size;
  }
  void give(int i) {
    std::lock_guard lock(m_);
    free_.push_back(i);
  }
  int take() {
    std::lock_guard lock(m_);
    int i = free_.back();
    free_.pop_back();
    return i;
  }
  int size() const { return size_; }

private:
  std::mutex m_;
  std::vector<int> free_;
  int size_ = 0;
};
// A size that changes later, too: no setting.
class Cache {
public:
  void resize(int size) {
    size_ = size;
    entries_.clear();
  }
  void shrink(int by) { size_ -= by; }
  void put(int i) {
    std::lock_guard lock(m_);
    entries_.push_back(i);
  }
  void drop() {
    std::lock_guard lock(m_);
    entries_.pop_back();
  }
  int size() const { return size_; }

private:
  std::mutex m_;
  std::vector<int> entries_; // habit: under m_ in 2, without in 1; written bare
  int size_ = 0;
};

class Log {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    lines.push_back(i);
    ++count;
  }
  void clear() { lines.clear(); }
  int size() {
    std::lock_guard lock(mutex);
    return count;
  }

private:
  std::mutex mutex;
  std::vector<int> lines; // habit: under mutex in 1, without in 1; written bare
  int count = 0;
};

class Copied {
public:
  Copied() = default;
  Copied(const Copied &other) : n(other.n) {}
  void add() {
    std::lock_guard lock(mutex);
    ++n;
  }

private:
  std::mutex mutex;
  int n = 0; // habit: under mutex in 1, without in 1
};

static std::mutex globalMutex;
static int global; // habit: under globalMutex in 1, without in 1; written bare
void set() {
  std::lock_guard lock(globalMutex);
  global = 1;
}
void forget() { global = 0; }

class Shares {
public:
  void add(int i) {
    std::lock_guard lock(mutex);
    all[i] = 1;
  }

private:
  static inline std::map<int, int> all; // habit: under mutex of each object
  std::mutex mutex;
};
