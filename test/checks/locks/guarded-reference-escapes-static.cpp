// RUN: %verify %s heddle-guarded-reference-escapes -- -std=c++20
// Variables with static storage, and views that a conversion makes.
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {
std::mutex sinks_mutex;
std::vector<int> sinks;
std::string motd;
const std::string version = "1.0";
} // namespace

void add_sink(int fd) {
  std::lock_guard lock(sinks_mutex);
  sinks.push_back(fd);
}
void set_motd(std::string text) {
  std::lock_guard lock(sinks_mutex);
  motd = std::move(text);
}
const std::vector<int> &bad_sinks() {
  std::lock_guard lock(sinks_mutex); // note: 'sinks_mutex' is locked here
  return sinks; // warning: a reference to 'sinks' is returned, and 'sinks_mutex' is released
}
int *bad_first_sink() {
  std::lock_guard lock(sinks_mutex);
  return &sinks.front(); // warning: a pointer into 'sinks' is returned
}
std::string_view bad_motd() {
  std::lock_guard lock(sinks_mutex);
  return motd; // warning: a view of 'motd' is returned
}

class bad_Registry {
public:
  static void put(std::string key, std::string value) {
    std::scoped_lock lock(mutex());
    all_[key] = std::move(value);
  }
  static void forget() {
    std::scoped_lock lock(lock_);
    all_.clear();
  }
  static const std::string &get(const std::string &key) {
    std::scoped_lock lock(lock_);
    return all_.at(key); // warning: a reference to 'all_' is returned
  }

private:
  static std::mutex &mutex() { return lock_; }
  static inline std::mutex lock_;
  static inline std::map<std::string, std::string> all_;
};

class bad_Samples {
public:
  void add(int channel, int value) {
    std::lock_guard lock(mutex_);
    channels_[channel].push_back(value);
    recent_.push_back(value);
    label_ += '.';
  }
  std::span<const int> recent() const {
    std::lock_guard lock(mutex_);
    return recent_; // warning: a view of 'recent_' is returned
  }
  std::span<const int> last(std::size_t n) const {
    std::lock_guard lock(mutex_);
    return std::span<const int>(recent_).last(n);
  }
  std::span<const int> channel(int n) const {
    std::lock_guard lock(mutex_);
    const auto it = channels_.find(n);
    if (it == channels_.end())
      return {};
    return it->second; // warning: a view of 'channels_' is returned
  }
  std::string_view label() const {
    std::lock_guard lock(mutex_);
    return named(); // warning: a view of 'label_' is returned
  }

private:
  const std::string &named() const { return label_.empty() ? none_ : label_; }
  mutable std::mutex mutex_;
  std::map<int, std::vector<int>> channels_;
  std::vector<int> recent_;
  const std::string none_ = "none";
  std::string label_;
};

// ---- silent ---------------------------------------------------------------------------------------------------------

std::vector<int> ok_copy_of_static() {
  std::lock_guard lock(sinks_mutex);
  return sinks;
}
const std::string &ok_constant() {
  std::lock_guard lock(sinks_mutex);
  return version;
}
std::string ok_text_from_view() {
  std::lock_guard lock(sinks_mutex);
  std::string_view view = motd;
  return std::string(view);
}

// The lock guards another thing; one thread alone has the list.
class ok_NoGlobalLock {
public:
  const std::deque<int> &pending() {
    std::lock_guard lock(mutex_);
    ++asked_;
    return pending_of_loop;
  }
  void push(int n) { pending_of_loop.push_back(n); }

private:
  static inline std::deque<int> pending_of_loop;
  std::mutex mutex_;
  int asked_ = 0;
};

// One object for each thread.
thread_local std::string scratch;
std::string_view ok_per_thread() {
  std::lock_guard lock(sinks_mutex);
  scratch = motd;
  return scratch;
}

// Made once; elements come, and nothing takes or modifies them.
class ok_Interned {
public:
  std::string_view intern(const std::string &text) {
    std::lock_guard lock(mutex_);
    return all_.emplace(text, text).first->second;
  }
  std::string_view of(const std::string &text) const {
    std::lock_guard lock(mutex_);
    return all_.at(text);
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> all_;
};

// A view of the caller's own text.
class ok_ViewsOfOthers {
public:
  std::string_view trim(const std::string &text) {
    std::lock_guard lock(mutex_);
    ++trimmed_;
    label_ += '.';
    return text;
  }
  void keep(std::string_view text) {
    std::lock_guard lock(mutex_);
    kept_ = text;
  }
  std::string_view kept() const {
    std::lock_guard lock(mutex_);
    return kept_;
  }

private:
  mutable std::mutex mutex_;
  std::string label_;
  std::string_view kept_;
  int trimmed_ = 0;
};

// The lock goes out with the reference, or the caller holds it.
class ok_HeldByTheCaller {
public:
  class Locked {
  public:
    explicit Locked(std::mutex &m) : lock_(m) {}
    const std::vector<int> &values() const { return shared_values; }

  private:
    std::unique_lock<std::mutex> lock_;
  };
  static Locked lock() { return Locked(values_mutex); }
  static void add(int n) {
    std::lock_guard lock(values_mutex);
    shared_values.push_back(n);
  }

private:
  static inline std::mutex values_mutex;
  static inline std::vector<int> shared_values;
};

// Each entry is an object of its own, which the table shares.
std::map<std::string, std::shared_ptr<std::string>> pages;
std::shared_ptr<std::string> ok_shared_entry(const std::string &name) {
  std::lock_guard lock(sinks_mutex);
  return pages[name];
}
void ok_drop(const std::string &name) {
  std::lock_guard lock(sinks_mutex);
  pages.erase(name);
}
