// RUN: %verify %s heddle-never-closed-channel -- -std=c++20
// Loops that end without a close: with a token, or with an item that says that it is the last.
#include "Inputs/channel.h"
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

class StoppableQueue {
public:
  void push(int v) {
    std::lock_guard lock(mutex_);
    items_.push_back(v);
    ready_.notify_one();
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    ready_.notify_all();
  }
  std::optional<int> pop(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    if (!ready_.wait(lock, stop, [this] { return closed_ || !items_.empty(); }) || items_.empty())
      return std::nullopt;
    int v = items_.front();
    items_.pop_front();
    return v;
  }

private:
  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<int> items_;
  bool closed_ = false;
};

struct bad_NeverClosed {
  void start() {
    thread = std::jthread([this] {
      while (auto v = queue.receive()) // warning: the loop ends when 'queue' is closed, but it is never closed
        sum += *v;
    });
  }
  void add(int v) { queue.send(v); }
  Channel<int> queue;
  int sum = 0;
  std::jthread thread;
};

struct ok_Token {
  void start() {
    thread = std::jthread([this](std::stop_token stop) {
      while (auto v = queue.pop(stop))
        sum += *v;
    });
  }
  void add(int v) { queue.push(v); }
  StoppableQueue queue;
  int sum = 0;
  std::jthread thread;
};

enum class State { Idle, Stepped, Finished };
class Machine {
public:
  void post(int v) {
    std::lock_guard lock(mutex_);
    items_.push_back(v);
    ready_.notify_one();
  }
  State step() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return !items_.empty(); });
    int v = items_.front();
    items_.pop_front();
    return v < 0 ? State::Finished : State::Stepped;
  }

private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<int> items_;
};
struct ok_LastItem {
  void start() {
    thread = std::jthread([this] {
      while (machine.step() != State::Finished) {
      }
    });
  }
  ~ok_LastItem() { machine.post(-1); }
  Machine machine;
  std::jthread thread;
};
