// RUN: %verify %s heddle-racy-lazy-init -- -std=c++20
// Made once on first use, or a state that changes for other reasons, too.
#include <memory>
#include <mutex>
#include <string>
#include <vector>

struct Table {
  std::vector<int> rows;
};
struct Block {
  Block *next = nullptr;
  int size = 0;
};
std::unique_ptr<Table> readTable();
Block *refill();
Block *grown(Block *, int size);

// Flags: what they tell of is made before they are set.
class bad_LoadedFlag {
public:
  const Table &rows() const {
    if (!loaded_) {
      table_ = readTable();
      loaded_ = true; // warning: 'loaded_' is created on first use without a lock
    }
    return *table_;
  }

private:
  mutable std::unique_ptr<Table> table_;
  mutable bool loaded_ = false;
};

class ok_ClosedFlag {
public:
  bool close() {
    if (closed_)
      return false;
    closed_ = true;
    names_.clear();
    return true;
  }
  void add(std::string name) {
    std::lock_guard lock(mutex_);
    names_.push_back(std::move(name));
  }

private:
  std::mutex mutex_;
  std::vector<std::string> names_;
  bool closed_ = false;
};

// What is also given anew for other reasons is a state.
class ok_FreeList {
public:
  Block *take() {
    if (!next_)
      next_ = refill();
    Block *got = next_;
    next_ = got->next;
    return got;
  }
  void add(int n) {
    std::lock_guard lock(mutex_);
    sizes_.push_back(n);
  }

private:
  std::mutex mutex_;
  std::vector<int> sizes_;
  Block *next_ = nullptr;
};

class ok_GrowingBuffer {
public:
  Block *buffer(int size) {
    if (!buffer_)
      buffer_ = refill();
    else if (size > buffer_->size)
      buffer_ = grown(buffer_, size);
    return buffer_;
  }
  void add(int n) {
    std::lock_guard lock(mutex_);
    sizes_.push_back(n);
  }

private:
  std::mutex mutex_;
  std::vector<int> sizes_;
  Block *buffer_ = nullptr;
};

class bad_EmptiedAgain {
public:
  Block *buffer() {
    if (!buffer_)
      buffer_ = refill(); // warning: 'buffer_' is created on first use without a lock
    return buffer_;
  }
  void drop() { buffer_ = nullptr; }
  void add(int n) {
    std::lock_guard lock(mutex_);
    sizes_.push_back(n);
  }

private:
  std::mutex mutex_;
  std::vector<int> sizes_;
  Block *buffer_ = nullptr;
};

/// The owner starts the thread, whatever the lock is for.
#include <optional>
#include <thread>
class ok_Starter {
public:
  bool create() {
    if (!thread_)
      thread_.emplace(&ok_Starter::run, this);
    return true;
  }
  bool createByPointer() {
    if (!other_)
      other_ = std::unique_ptr<std::thread>(new std::thread(&ok_Starter::run, this));
    return true;
  }
  void add(int n) {
    std::lock_guard lock(mutex_);
    sum_ += n;
  }
  ~ok_Starter() {
    if (thread_)
      thread_->join();
    if (other_)
      other_->join();
  }

private:
  void run() { add(1); }
  std::mutex mutex_;
  int sum_ = 0;
  std::optional<std::thread> thread_;
  std::unique_ptr<std::thread> other_;
};
/// All who call it hold the lock of the owner.
struct Scheduler {};
std::shared_ptr<Scheduler> shared();
class ok_Server {
public:
  void timeout() {
    std::lock_guard lock(mutex_);
    schedule(1);
  }
  void reset() {
    std::lock_guard lock(mutex_);
    restart();
  }
  bool schedule(int n) {
    if (!scheduler_) {
      std::lock_guard lock(sources_);
      scheduler_ = shared();
    }
    return n != 0;
  }

private:
  void restart() { schedule(2); }
  std::mutex mutex_, sources_;
  std::shared_ptr<Scheduler> scheduler_;
};

// Set up by its owner, who learns whether it was done.
class Stream {
public:
  bool ok_start() {
    if (!buffer_)
      buffer_ = refill();
    return buffer_ != nullptr;
  }
  void add(int n) {
    std::lock_guard lock(mutex_);
    sizes_.push_back(n);
  }

private:
  std::mutex mutex_;
  std::vector<int> sizes_;
  Block *buffer_ = nullptr;
};
