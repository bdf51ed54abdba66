// RUN: %verify %s heddle-racy-lazy-init -- -std=c++20
// Atomics that are tested before the lock is taken, and not again.
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

struct Font {
  int size = 0;
};
std::vector<int> readTable();
void closeFile(int fd);

struct bad_Pointers {
  class Fonts {
  public:
    Font *copied() {
      Font *font = copied_.load(std::memory_order_acquire);
      if (!font) { // note: tested here
        std::lock_guard lock(mutex_);
        font = new Font;
        copied_.store(font, std::memory_order_release); // warning: 'copied_' was tested before 'mutex_' was locked, and is not again
      }
      return font;
    }
    Font *direct() {
      if (direct_ == nullptr) {
        std::scoped_lock lock(mutex_);
        direct_ = new Font; // warning: 'direct_' was tested before 'mutex_' was locked
      }
      return direct_;
    }

  private:
    std::mutex mutex_;
    std::atomic<Font *> copied_{nullptr}, direct_{nullptr};
  };
};

struct bad_Flags {
  class Module {
  public:
    static Module &get() {
      if (loaded_.load(std::memory_order_acquire))
        return instance_;
      std::unique_lock lock(loading_);
      instance_.load();
      loaded_.store(true, std::memory_order_release); // warning: 'loaded_' was tested before 'loading_' was locked
      return instance_;
    }
    int entry(int n) {
      ensure();
      return table_[n];
    }

  private:
    void load() { name_ = "module"; }
    void ensure() {
      if (!filled()) {
        std::lock_guard lock(mutex_);
        table_ = readTable();
        filled_ = true; // warning: 'filled_' was tested before 'mutex_' was locked
      }
    }
    bool filled() const { return filled_; }
    static Module instance_;
    static std::atomic<bool> loaded_;
    static std::mutex loading_;
    std::string name_;
    std::mutex mutex_;
    std::vector<int> table_;
    std::atomic<bool> filled_{false};
  };
};

// ---- silent ---------------------------------------------------------------------------------------------------------

class ok_TestedAgain {
public:
  Font *copied() {
    Font *font = copied_.load(std::memory_order_acquire);
    if (!font) {
      std::lock_guard lock(mutex_);
      font = copied_.load(std::memory_order_relaxed);
      if (!font) {
        font = new Font;
        copied_.store(font, std::memory_order_release);
      }
    }
    return font;
  }
  int entry(int n) {
    if (!filled_) {
      std::lock_guard lock(mutex_);
      if (filled_)
        return table_[n];
      table_ = readTable();
      filled_ = true;
    }
    return table_[n];
  }
  Font *always() {
    std::lock_guard lock(mutex_);
    if (!under_.load())
      under_ = new Font;
    return under_;
  }

private:
  std::mutex mutex_;
  std::atomic<Font *> copied_{nullptr}, under_{nullptr};
  std::vector<int> table_;
  std::atomic<bool> filled_{false};
};

// Nothing is made: to do it twice is as good as once.
class ok_Stops {
public:
  void stop() {
    if (stopped_)
      return;
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }

private:
  std::mutex mutex_;
  std::atomic<bool> stopped_{false};
};

// A state that comes and goes, and claims.
class ok_States {
public:
  void open() {
    if (open_)
      return;
    std::lock_guard lock(mutex_);
    table_ = readTable();
    open_ = true;
  }
  void close() {
    std::lock_guard lock(mutex_);
    open_ = false;
  }
  void once() {
    if (claimed_.exchange(true))
      return;
    std::lock_guard lock(mutex_);
    table_ = readTable();
  }
  void first() {
    bool none = false;
    if (!first_.compare_exchange_strong(none, true))
      return;
    std::lock_guard lock(mutex_);
    table_ = readTable();
  }

private:
  std::mutex mutex_;
  std::vector<int> table_;
  std::atomic<bool> open_{false}, claimed_{false}, first_{false};
};
