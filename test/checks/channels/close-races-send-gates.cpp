// RUN: %verify %s heddle-close-races-send -- -std=c++20
// A gate under a lock of its own lets nobody send once it is shut.
#include "Inputs/closable_queue.h"
#include <mutex>

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
  ClosableQueue<int> queue_;
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
  ClosableQueue<int> queue_;
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
  ClosableQueue<int> queue_;
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
  ClosableQueue<int> queue_;
  std::mutex gate_;
  bool open_ = true;
};
