// REQUIRES: absl
// RUN: %verify %s heddle-lock-held-across-send -- -std=c++20
#include <absl/base/thread_annotations.h>
#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>
#include <deque>
#include <optional>
#include <string>
#include <utility>

// A bounded queue with Abseil's conditions.
class WorkQueue {
public:
  void Push(std::string item) {
    absl::MutexLock lock(&mutex_);
    while (items_.size() >= 128)
      room_.Wait(&mutex_);
    items_.push_back(std::move(item));
    filled_.Signal();
  }
  bool TryPush(std::string item) {
    absl::MutexLock lock(&mutex_);
    if (items_.size() >= 128)
      return false;
    items_.push_back(std::move(item));
    filled_.Signal();
    return true;
  }
  std::string Pop() {
    absl::MutexLock lock(&mutex_);
    while (items_.empty())
      filled_.Wait(&mutex_);
    std::string item = std::move(items_.front());
    items_.pop_front();
    room_.Signal();
    return item;
  }

private:
  absl::Mutex mutex_;
  absl::CondVar room_, filled_;
  std::deque<std::string> items_ ABSL_GUARDED_BY(mutex_);
};

class Index {
public:
  void bad_mutex_lock(const std::string &key) {
    absl::MutexLock lock(&mutex_); // note: 'mutex_' is locked here
    ++seen_[key];
    queue_.Push(key); // warning: this send can block while 'mutex_' is held
  }
  void bad_reader_lock(const std::string &key) {
    absl::ReaderMutexLock lock(&mutex_);
    if (seen_.contains(key))
      queue_.Push(key); // warning: this send can block while 'mutex_' is held
  }
  void bad_by_hand(const std::string &key) {
    mutex_.Lock();
    queue_.Push(key); // warning: this send can block while 'mutex_' is held
    mutex_.Unlock();
  }
  void bad_required(const std::string &key) {
    absl::MutexLock lock(&mutex_);
    Announce(key); // warning: this send can block while 'mutex_' is held
  }

  void ok_released(const std::string &key) {
    absl::ReleasableMutexLock lock(&mutex_);
    ++seen_[key];
    lock.Release();
    queue_.Push(key);
  }
  void ok_tried(const std::string &key) {
    absl::MutexLock lock(&mutex_);
    if (!queue_.TryPush(key))
      ++dropped_;
  }
  void ok_scope(const std::string &key) {
    {
      absl::MutexLock lock(&mutex_);
      ++seen_[key];
    }
    queue_.Push(key);
  }
  void ok_first_seen(const std::string &key) {
    bool fresh = false;
    {
      absl::MutexLock lock(&mutex_);
      fresh = ++seen_[key] == 1;
    }
    if (fresh)
      queue_.Push(key);
  }

private:
  void Announce(const std::string &key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { queue_.Push("new " + key); }

  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, int> seen_ ABSL_GUARDED_BY(mutex_);
  int dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  WorkQueue queue_;
};
