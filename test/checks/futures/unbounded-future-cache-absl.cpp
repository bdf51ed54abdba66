// REQUIRES: absl
// RUN: %verify %s heddle-unbounded-future-cache -- -std=c++20
// Maps whose value type is declared in a base class.
#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <future>
#include <string>

class Board {
public:
  std::shared_future<int> bad_asked(const std::string &key) {
    absl::MutexLock lock(&mutex_);
    Entry &e = entries_[key]; // warning: 'entries_' gets an entry for every new key, and none is ever erased
    if (!e.shared.valid())
      e.shared = e.value.get_future().share();
    return e.shared;
  }

private:
  struct Entry {
    std::promise<int> value;
    std::shared_future<int> shared;
  };
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_;
};
class Kept {
public:
  std::shared_future<int> ok_asked(const std::string &key) {
    absl::MutexLock lock(&mutex_);
    Entry &e = entries_[key];
    if (!e.shared.valid())
      e.shared = e.value.get_future().share();
    return e.shared;
  }
  void done(const std::string &key) {
    absl::MutexLock lock(&mutex_);
    entries_.erase(key);
  }

private:
  struct Entry {
    std::promise<int> value;
    std::shared_future<int> shared;
  };
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_;
};
