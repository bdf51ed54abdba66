// RUN: %verify %s heddle-close-races-send -- -std=c++20
// A gate under a lock of its own lets nobody send once it is shut.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>

class Queue {
public:
  void push(int v) {
    std::lock_guard lock(mutex_);
    if (closed_)
      throw std::logic_error("closed");
    items_.push_back(v);
    ready_.notify_one();
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    ready_.notify_all();
  }
  std::optional<int> pop() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return closed_ || !items_.empty(); });
    if (items_.empty())
      return std::nullopt;
    int v = items_.front();
    items_.pop_front();
    return v;
  }

private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<int> items_;
  bool closed_ = false;
};

class ok_Gate {
public:
  bool submit(int v) {
    std::lock_guard lock(gate_);
    if (!open_)
      return false;
    queue_.push(v);
    return true;
  }
  void shutdown() {
    {
      std::lock_guard lock(gate_);
      open_ = false;
    }
    queue_.close();
  }

private:
  Queue queue_;
  std::mutex gate_;
  bool open_ = true;
};

class ok_GateOfTheCaller {
public:
  bool submit(int v) {
    std::lock_guard lock(gate_);
    return offer(v);
  }
  void shutdown() {
    std::lock_guard lock(gate_);
    open_ = false;
    queue_.close();
  }

private:
  bool offer(int v) {
    if (!open_)
      return false;
    queue_.push(v);
    return true;
  }
  Queue queue_;
  std::mutex gate_;
  bool open_ = true;
};

class bad_GateLeftBefore {
public:
  bool submit(int v) {
    {
      std::lock_guard lock(gate_);
      if (!open_)
        return false;
    }
    queue_.push(v); // warning: this sends into 'queue_' while 'shutdown' may close it
    return true;
  }
  void shutdown() {
    {
      std::lock_guard lock(gate_);
      open_ = false;
    }
    queue_.close();
  }

private:
  Queue queue_;
  std::mutex gate_;
  bool open_ = true;
};

class bad_GateShutAfter {
public:
  bool submit(int v) {
    std::lock_guard lock(gate_);
    if (!open_)
      return false;
    queue_.push(v); // warning: this sends into 'queue_' while 'shutdown' may close it
    return true;
  }
  void shutdown() {
    queue_.close();
    std::lock_guard lock(gate_);
    open_ = false;
  }

private:
  Queue queue_;
  std::mutex gate_;
  bool open_ = true;
};
