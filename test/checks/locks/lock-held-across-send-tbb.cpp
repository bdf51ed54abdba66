// REQUIRES: tbb
// RUN: %verify %s heddle-lock-held-across-send -- -std=c++20
#include <memory>
#include <mutex>
#include <string>
#include <tbb/concurrent_queue.h>
#include <tbb/spin_mutex.h>
#include <tbb/spin_rw_mutex.h>
#include <utility>
#include <vector>

struct Frame {
  int number = 0;
  std::vector<unsigned char> pixels;
};

class Encoder {
public:
  Encoder() { frames_.set_capacity(8); }

  void bad_bounded(Frame frame) {
    std::lock_guard<std::mutex> lock(mutex_); // note: 'mutex_' is locked here
    frame.number = ++count_;
    frames_.push(std::move(frame)); // warning: this send can block while 'mutex_' is held
  }
  void bad_scoped_lock(Frame frame) {
    tbb::spin_mutex::scoped_lock lock(spin_); // note: 'spin_' is locked here
    frame.number = ++count_;
    frames_.emplace(std::move(frame)); // warning: this send can block while 'spin_' is held
  }
  void bad_reader(Frame frame) {
    tbb::spin_rw_mutex::scoped_lock lock(table_, /*write=*/false);
    frames_.push(std::move(frame)); // warning: this send can block while 'table_' is held
  }

  void ok_capacity_never_set(Frame frame) {
    std::lock_guard<std::mutex> lock(mutex_);
    frame.number = ++count_;
    spare_.push(std::move(frame));
  }
  void ok_released(Frame frame) {
    tbb::spin_mutex::scoped_lock lock(spin_);
    frame.number = ++count_;
    lock.release();
    frames_.push(std::move(frame));
  }
  void ok_tried(Frame frame) {
    std::lock_guard<std::mutex> lock(mutex_);
    frame.number = ++count_;
    if (!frames_.try_push(std::move(frame)))
      ++dropped_;
  }
  void ok_unbounded_kind(Frame frame) {
    std::lock_guard<std::mutex> lock(mutex_);
    done_.push(std::move(frame));
  }
  void ok_numbered_first(Frame frame) {
    {
      tbb::spin_mutex::scoped_lock lock(spin_);
      frame.number = ++count_;
    }
    frames_.push(std::move(frame));
  }

private:
  std::mutex mutex_;
  tbb::spin_mutex spin_;
  tbb::spin_rw_mutex table_;
  int count_ = 0, dropped_ = 0;
  tbb::concurrent_bounded_queue<Frame> frames_, spare_;
  tbb::concurrent_queue<Frame> done_;
};

// Whoever made this queue may have limited it; nothing here says so.
void FN_limited_elsewhere(std::mutex &mutex, tbb::concurrent_bounded_queue<int> &queue) {
  std::lock_guard<std::mutex> lock(mutex);
  queue.push(1);
}

// ---- queues that are made and limited by one name, and used by another ----
class Fanout {
public:
  using Queue = tbb::concurrent_bounded_queue<int>;
  std::shared_ptr<Queue> subscribe() {
    auto queue = std::make_shared<Queue>();
    queue->set_capacity(8);
    std::lock_guard<std::mutex> lock(mutex_);
    queues_.push_back(queue);
    return queue;
  }
  void bad_tell(int what) {
    std::lock_guard<std::mutex> lock(mutex_); // note: 'mutex_' is locked here
    for (const auto &queue : queues_)
      queue->push(what); // warning: this send can block while 'mutex_' is held
  }
  void ok_tell(int what) {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto &queue : queues_)
      if (!queue->try_push(what))
        ++dropped_;
  }

private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Queue>> queues_;
  int dropped_ = 0;
};
class Unlimited {
public:
  using Queue = tbb::concurrent_bounded_queue<long>;
  void ok_tell(long what) {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto &queue : queues_)
      queue->push(what);
  }

private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Queue>> queues_;
};

/// A class around such a queue has no limit either, unless it sets one.
class ok_Box {
public:
  void push(int what) { items_.push(what); }
  int pop() {
    int what = 0;
    items_.pop(what);
    return what;
  }

private:
  tbb::concurrent_bounded_queue<int> items_;
};
class ok_Office {
public:
  bool submit(int what) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closed_)
      return false;
    box_.push(what);
    return true;
  }
  void close() {
    std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    finish();
  }
  int next() { return box_.pop(); }

private:
  void finish() { box_.push(-1); }
  std::mutex mutex_;
  bool closed_ = false;
  ok_Box box_;
};
class SmallBox {
public:
  SmallBox() { items_.set_capacity(4); }
  void push(int what) { items_.push(what); }
  int pop() {
    int what = 0;
    items_.pop(what);
    return what;
  }

private:
  tbb::concurrent_bounded_queue<int> items_;
};
class bad_Office {
public:
  void submit(int what) {
    std::lock_guard<std::mutex> lock(mutex_); // note: 'mutex_' is locked here
    ++count_;
    box_.push(what); // warning: this send can block while 'mutex_' is held
  }
  int next() { return box_.pop(); }

private:
  std::mutex mutex_;
  int count_ = 0;
  SmallBox box_;
};
