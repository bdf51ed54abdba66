// RUN: %verify %s heddle-lock-held-across-send -- -std=c++20
// The seed's row, the guards of the standard library, and their operations on the way to the send.
#include "Inputs/blocking_queue.h"
#include "Inputs/bounded_queue.h"
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

struct Event {
  std::string key, value;
};
bool important(const Event &);
std::string render(const Event &);

// ---- the seed ---------------------------------------------------------------------------------------------------------

class bad_L8_cache {
public:
  void set(const std::string &key, std::string value) {
    std::lock_guard<std::mutex> lock(mutex_); // note: 'mutex_' is locked here
    data_[key] = std::move(value);
    changes_.push(key); // warning: this send can block while 'mutex_' is held
  }
  std::string get(const std::string &key) {
    std::lock_guard<std::mutex> lock(mutex_);
    return data_[key];
  }
  void watch() {
    for (;;)
      (void)get(changes_.pop());
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::string> data_;
  BoundedQueue<std::string> changes_{16};
};

class ok_L8_cache {
public:
  void set(const std::string &key, std::string value) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      data_[key] = std::move(value);
    }
    changes_.push(key);
  }
  void offer(const std::string &key, std::string value) {
    std::lock_guard<std::mutex> lock(mutex_);
    data_[key] = std::move(value);
    if (!changes_.try_push(key))
      ++dropped_;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::string> data_;
  BoundedQueue<std::string> changes_{16};
  int dropped_ = 0;
};

// ---- every way to hold the lock ---------------------------------------------------------------------------------------

class Hub {
public:
  void bad_scoped_lock(Event e) {
    std::scoped_lock lock(mutex_, stats_);
    ++count_;
    out_.push(std::move(e)); // warning: this send can block while 'mutex_' is held
  }
  void bad_unique_lock(Event e) {
    std::unique_lock lock(mutex_); // note: 'mutex_' is locked here
    ++count_;
    out_.push(std::move(e)); // warning: this send can block while 'mutex_' is held
    lock.unlock();
  }
  void bad_by_hand(Event e) {
    mutex_.lock(); // note: 'mutex_' is locked here
    ++count_;
    out_.push(std::move(e)); // warning: this send can block while 'mutex_' is held
    mutex_.unlock();
  }
  void bad_shared_mode(const Event &e) {
    std::shared_lock lock(table_); // note: 'table_' is locked here
    if (auto it = routes_.find(e.key); it != routes_.end())
      it->second->push(e); // warning: this send can block while 'table_' is held
  }
  void bad_relocked(Event e) {
    std::unique_lock lock(mutex_);
    ++count_;
    lock.unlock();
    std::string text = render(e);
    lock.lock(); // note: 'mutex_' is locked here
    last_ = text;
    out_.push(std::move(e)); // warning: this send can block while 'mutex_' is held
  }
  bool bad_tried(Event e) {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock())
      return false;
    ++count_;
    out_.push(std::move(e)); // warning: this send can block while 'mutex_' is held
    return true;
  }
  bool bad_try_lock(Event e) {
    if (!mutex_.try_lock())
      return false;
    out_.push(std::move(e)); // warning: this send can block while 'mutex_' is held
    mutex_.unlock();
    return true;
  }
  void bad_adopted(Event e) {
    mutex_.lock();
    std::lock_guard lock(mutex_, std::adopt_lock);
    out_.push(std::move(e)); // warning: this send can block while 'mutex_' is held
  }
  void bad_deferred(Event e) {
    std::unique_lock lock(mutex_, std::defer_lock);
    if (important(e))
      lock.lock(); // note: 'mutex_' is locked here
    out_.push(std::move(e)); // warning: this send can block while 'mutex_' is held
  }
  void bad_recursive(Event e) {
    std::lock_guard lock(reentrant_); // note: 'reentrant_' is locked here
    out_.push(std::move(e)); // warning: this send can block while 'reentrant_' is held
  }
  void bad_fan_out(const Event &e) {
    std::lock_guard lock(mutex_);
    for (auto &queue : subscribers_)
      queue->push(e); // warning: this send can block while 'mutex_' is held
  }
  void bad_on_one_branch(Event e) {
    std::lock_guard lock(mutex_);
    if (important(e))
      out_.push(std::move(e)); // warning: this send can block while 'mutex_' is held
    else
      ++count_;
  }
  void bad_batch(std::vector<Event> events) {
    std::lock_guard lock(mutex_);
    while (!events.empty()) {
      out_.push(std::move(events.back())); // warning: this send can block while 'mutex_' is held
      events.pop_back();
    }
  }
  void bad_in_the_handler(const Event &e) {
    std::lock_guard lock(mutex_);
    try {
      last_ = render(e);
    } catch (const std::exception &) {
      out_.push(e); // warning: this send can block while 'mutex_' is held
    }
  }

  // ---- silent -------------------------------------------------------------------------------------------------------

  void ok_inner_scope(Event e) {
    {
      std::scoped_lock lock(mutex_, stats_);
      ++count_;
    }
    out_.push(std::move(e));
  }
  void ok_unlocked_before(Event e) {
    std::unique_lock lock(mutex_);
    ++count_;
    lock.unlock();
    out_.push(std::move(e));
  }
  void ok_unlocked_around(std::vector<Event> events) {
    std::unique_lock lock(mutex_);
    for (Event &e : events) {
      ++count_;
      lock.unlock();
      out_.push(std::move(e));
      lock.lock();
    }
  }
  void ok_by_hand(Event e) {
    mutex_.lock();
    ++count_;
    mutex_.unlock();
    out_.push(std::move(e));
  }
  void ok_receiver_looked_up_first(const Event &e) {
    std::shared_ptr<BoundedQueue<Event>> queue;
    {
      std::shared_lock lock(table_);
      auto it = routes_.find(e.key);
      if (it == routes_.end())
        return;
      queue = it->second;
    }
    queue->push(e);
  }
  void ok_snapshot_of_subscribers(const Event &e) {
    std::vector<std::shared_ptr<BoundedQueue<Event>>> receivers;
    {
      std::lock_guard lock(mutex_);
      receivers = subscribers_;
    }
    for (auto &queue : receivers)
      queue->push(e);
  }
  std::size_t ok_tried_and_dropped(const Event &e) {
    std::lock_guard lock(mutex_);
    std::size_t dropped = 0;
    for (auto &queue : subscribers_)
      if (!queue->try_push(e))
        ++dropped;
    return dropped;
  }
  void ok_unbounded(Event e) {
    std::lock_guard lock(mutex_);
    log_.push(std::move(e));
  }
  bool ok_not_acquired(Event e) {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock.owns_lock()) {
      ++count_;
      return true;
    }
    out_.push(std::move(e));
    return false;
  }
  bool ok_try_lock_failed(Event e) {
    if (mutex_.try_lock()) {
      ++count_;
      mutex_.unlock();
      return true;
    }
    out_.push(std::move(e));
    return false;
  }
  void ok_released_on_that_branch(Event e) {
    std::unique_lock lock(mutex_);
    if (important(e)) {
      lock.unlock();
      out_.push(std::move(e));
      return;
    }
    ++count_;
  }
  void ok_correlated(Event e) {
    const bool direct = important(e);
    std::unique_lock lock(mutex_, std::defer_lock);
    if (!direct)
      lock.lock();
    last_ = e.key;
    if (direct)
      out_.push(std::move(e));
  }
  void ok_deferred_never_locked(Event e) {
    std::unique_lock lock(mutex_, std::defer_lock);
    out_.push(std::move(e));
  }
  void ok_guard_moved_away(Event e) {
    std::unique_lock lock(mutex_);
    ++count_;
    finish(std::move(lock));
    out_.push(std::move(e));
  }
  void ok_thrown_out_of_the_lock(const Event &e) {
    try {
      std::lock_guard lock(mutex_);
      last_ = render(e);
    } catch (const std::exception &) {
      out_.push(e);
    }
  }
  std::function<void()> ok_sent_later(Event e) {
    std::lock_guard lock(mutex_);
    ++count_;
    return [this, e = std::move(e)] { out_.push(e); };
  }
  std::optional<Event> ok_receives() {
    // A wait under a lock is another check's business.
    Event e = out_.pop();
    std::lock_guard lock(mutex_);
    last_ = e.key;
    return e;
  }

private:
  void finish(std::unique_lock<std::mutex> lock) {
    last_.clear();
    lock.unlock();
  }

  std::mutex mutex_, stats_;
  std::recursive_mutex reentrant_;
  std::shared_mutex table_;
  int count_ = 0;
  std::string last_;
  BoundedQueue<Event> out_{64};
  BlockingQueue<Event> log_;
  std::vector<std::shared_ptr<BoundedQueue<Event>>> subscribers_;
  std::unordered_map<std::string, std::shared_ptr<BoundedQueue<Event>>> routes_;
};

// A lock that is not on the way: of another object, or of the receiver's side.
class ok_two_stages {
public:
  void produce(Event e) { out_.push(std::move(e)); }
  void consume() {
    Event e = out_.pop();
    std::lock_guard lock(mutex_);
    seen_[e.key] = e.value;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::string> seen_;
  BoundedQueue<Event> out_{8};
};

// Room that was found under a lock that all senders hold is still there.
template <class T> class RoomyQueue {
public:
  bool full() {
    std::lock_guard lock(mutex_);
    return items_.size() >= 64;
  }
  bool empty() {
    std::lock_guard lock(mutex_);
    return items_.empty();
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return items_.size();
  }
  void push(T item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return items_.size() < 64; });
    items_.push_back(std::move(item));
    filled_.notify_one();
  }
  T pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return !items_.empty(); });
    T item = std::move(items_.front());
    items_.pop_front();
    room_.notify_one();
    return item;
  }

private:
  std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::deque<T> items_;
};
class ok_asks_for_room {
public:
  void put(Event e) {
    std::lock_guard lock(mutex_);
    if (!out_.full())
      out_.push(std::move(e));
  }
  void put_more(Event e) {
    std::lock_guard lock(mutex_);
    if (important(e) && out_.size() < 64)
      out_.push(std::move(e));
  }

private:
  std::mutex mutex_;
  RoomyQueue<Event> out_;
};
class bad_asks_for_room {
public:
  void put_early(Event e) {
    if (!early_.full()) {
      std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
      early_.push(std::move(e));    // warning: this send can block while 'mutex_' is held
    }
  }
  void put_if_empty(Event e) {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
    if (!other_.empty())
      other_.push(std::move(e)); // warning: this send can block while 'mutex_' is held
  }
  void put_beside_others(Event e) {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
    if (!shared_.full())
      shared_.push(std::move(e)); // warning: this send can block while 'mutex_' is held
  }
  void put_without_lock(Event e) { shared_.push(std::move(e)); }

private:
  std::mutex mutex_;
  RoomyQueue<Event> early_, other_, shared_;
};
