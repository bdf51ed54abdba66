// RUN: %verify %s heddle-lock-held-across-send -- -std=c++20
// The send, or the acquisition of the lock, is in a callee, a lambda, an algorithm or another object.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

class LineQueue {
public:
  void put(std::string line) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (lines_.size() == 256)
      room_.wait(lock);
    lines_.push_back(std::move(line));
    filled_.notify_one();
  }
  std::string take() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (lines_.empty())
      filled_.wait(lock);
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    room_.notify_one();
    return line;
  }

private:
  std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::deque<std::string> lines_;
};

class Journal {
public:
  explicit Journal(std::shared_ptr<LineQueue> queue) : queue_(std::move(queue)) {}

  void bad_through_a_helper(const std::string &name) {
    std::lock_guard<std::mutex> lock(mutex_); // note: 'mutex_' is locked here
    ++written_[name];
    emit(name + " changed"); // warning: this send can block while 'mutex_' is held
  }
  void bad_two_calls_away(const std::string &name) {
    std::lock_guard<std::mutex> lock(mutex_);
    announce(name); // warning: this send can block while 'mutex_' is held
  }
  void bad_in_an_algorithm(const std::vector<std::string> &names) {
    std::lock_guard<std::mutex> lock(mutex_);
    std::for_each(names.begin(), names.end(), [this](const std::string &name) {
      queue_->put(name); // note: it happens here
    }); // warning@-2: this send can block while 'mutex_' is held
  }
  void bad_in_a_local_lambda(const std::string &name) {
    auto tell = [this](const std::string &text) { queue_->put(text); };
    std::lock_guard<std::mutex> lock(mutex_);
    tell(name); // warning: this send can block while 'mutex_' is held
  }
  void bad_locked_by_a_helper(const std::string &name) {
    enter(); // note: in the call of 'enter' here
    queue_->put(name); // warning: this send can block while 'mutex_' is held
    leave();
  }
  void bad_guard_from_a_helper(const std::string &name) {
    auto lock = locked();
    queue_->put(name); // warning: this send can block while 'mutex_' is held
  }
  void bad_one_branch_of_the_helper(const std::string &name) {
    std::lock_guard<std::mutex> lock(mutex_);
    emitUnlessEmpty(name); // warning: this send can block while 'mutex_' is held
  }
  static void bad_of_another_object(Journal &journal, const std::string &name) {
    std::lock_guard<std::mutex> lock(journal.mutex_);
    journal.queue_->put(name); // warning: this send can block while 'journal.mutex_' is held
  }

  void ok_helper_after_the_lock(const std::string &name) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++written_[name];
    }
    emit(name + " changed");
  }
  void ok_helper_unlocks(const std::string &name) {
    std::unique_lock<std::mutex> lock(mutex_);
    ++written_[name];
    emitUnlocked(lock, name);
    ++written_[name];
  }
  void ok_left_before(const std::string &name) {
    enter();
    ++written_[name];
    leave();
    queue_->put(name);
  }
  void ok_collected_first(const std::vector<std::string> &names) {
    std::vector<std::string> fresh;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      std::copy_if(names.begin(), names.end(), std::back_inserter(fresh),
                   [this](const std::string &name) { return written_[name]++ == 0; });
    }
    for (auto &name : fresh)
      queue_->put(name);
  }
  void ok_sent_by_a_thread(const std::string &name) {
    std::lock_guard<std::mutex> lock(mutex_);
    sender_ = std::thread([this, name] { queue_->put(name); });
  }
  void ok_stored_for_later(const std::string &name) {
    std::lock_guard<std::mutex> lock(mutex_);
    pending_.push_back([this, name] { queue_->put(name); });
  }
  void ok_run_after_the_lock() {
    std::vector<std::function<void()>> now;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      now.swap(pending_);
    }
    for (auto &work : now)
      work();
  }
  void ok_branch_that_does_not_send(const std::string &name) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (tellIf(false, name))
      ++written_[name];
  }
  void ok_the_helper_that_locks(const std::string &name) {
    count(name);
    queue_->put(name);
    count(name);
  }
  static void ok_another_objects_lock_left(Journal &journal, const std::string &name) {
    {
      std::lock_guard<std::mutex> lock(journal.mutex_);
      ++journal.written_[name];
    }
    journal.queue_->put(name);
  }

private:
  void emit(std::string text) { queue_->put(std::move(text)); } // note: it happens here, in 'emit'
  void announce(const std::string &name) { emit("new: " + name); } // note: this call reaches it, in 'announce'
  void emitUnlessEmpty(const std::string &text) {
    if (text.empty())
      return;
    queue_->put(text);
  }
  void emitUnlocked(std::unique_lock<std::mutex> &lock, const std::string &text) {
    lock.unlock();
    queue_->put(text);
    lock.lock();
  }
  bool tellIf(bool tell, const std::string &name) {
    if (!tell)
      return false;
    pending_.push_back([this, name] { queue_->put(name); });
    return true;
  }
  void enter() { mutex_.lock(); } // note: 'mutex_' is locked here
  void leave() { mutex_.unlock(); }
  std::unique_lock<std::mutex> locked() { return std::unique_lock<std::mutex>(mutex_); }
  void count(const std::string &name) {
    std::lock_guard<std::mutex> lock(mutex_);
    ++written_[name];
  }

  std::mutex mutex_;
  std::map<std::string, int> written_;
  std::vector<std::function<void()>> pending_;
  std::thread sender_;
  std::shared_ptr<LineQueue> queue_;
};

// The helper is a free function that knows nothing of the lock.
static void publish(LineQueue &queue, const std::string &text) { queue.put(text); } // note: it happens here, in 'publish'

class Board {
public:
  void bad_free_function(const std::string &text) {
    std::lock_guard<std::mutex> lock(mutex_);
    last_ = text;
    publish(queue_, text); // warning: this send can block while 'mutex_' is held
  }
  void ok_free_function(const std::string &text) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      last_ = text;
    }
    publish(queue_, text);
  }

private:
  std::mutex mutex_;
  std::string last_;
  LineQueue &queue_;

public:
  explicit Board(LineQueue &queue) : queue_(queue) {}
};

// A worker's body: it is started without the lock that its starter holds.
class ok_worker_body {
public:
  void start() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!worker_.joinable())
      worker_ = std::thread(&ok_worker_body::run, this);
  }

private:
  void run() {
    for (int i = 0; i < 100; ++i)
      queue_.put(std::to_string(i));
  }
  std::mutex mutex_;
  std::thread worker_;
  LineQueue queue_;
};

// ---- known misses -------------------------------------------------------------------------------------------------------

// What is behind the callback can not be known here; that a callback runs under a lock is another question.
class FN_callback_that_sends {
public:
  void onChange(std::function<void(const std::string &)> handler) { handler_ = std::move(handler); }
  void set(const std::string &text) {
    std::lock_guard<std::mutex> lock(mutex_);
    last_ = text;
    handler_(text);
  }

private:
  std::mutex mutex_;
  std::string last_;
  std::function<void(const std::string &)> handler_;
};
