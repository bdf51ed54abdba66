// RUN: %verify %s heddle-double-fulfilment -- -std=c++20
// A message names the request that it answers, and the request stays in its table.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

struct Frame {
  std::uint32_t tag = 0;
  bool last = false;
  std::string body;
  std::uint32_t ticket() const { return tag; }
};
class Socket {
public:
  bool receive(Frame &into);
  void onFrame(std::function<void(const Frame &)> each);
};

// ---- the request is still there when the same answer comes again ----------------------------------------------------

class bad_table {
public:
  void onFrame(const Frame &frame) {
    std::lock_guard lock(mutex_);
    auto it = waiting_.find(frame.tag);
    if (it == waiting_.end())
      return;
    it->second.set_value(frame.body); // warning: the fulfilled promise stays in 'waiting_'
  }
  std::string call(std::uint32_t tag) {
    std::unique_lock lock(mutex_);
    auto answer = waiting_[tag].get_future();
    lock.unlock();
    std::string text = answer.get();
    lock.lock();
    waiting_.erase(tag);
    return text;
  }

private:
  std::mutex mutex_;
  std::map<std::uint32_t, std::promise<std::string>> waiting_;
};

struct Question {
  std::uint32_t number = 0;
  std::chrono::steady_clock::time_point asked;
  std::promise<std::string> reply;
};

class Questions {
public:
  explicit Questions(Socket &socket) : socket_(socket) {}
  void run() {
    Frame frame;
    while (socket_.receive(frame))
      bad_handle(frame);
  }

private:
  void bad_handle(const Frame &frame) {
    const auto ticket = frame.ticket();
    std::lock_guard lock(mutex_);
    for (auto it = open_.begin(); it != open_.end(); ++it) {
      if (ticket == (*it)->number) {
        (*it)->reply.set_value(frame.body); // warning: the fulfilled promise stays in 'open_'
        break;
      }
    }
  }
  Socket &socket_;
  std::mutex mutex_;
  std::list<std::shared_ptr<Question>> open_;
};

class bad_registered {
public:
  void start(Socket &socket) {
    socket.onFrame([this](const Frame &frame) { handle(frame); });
  }

private:
  void handle(const Frame &frame) {
    std::lock_guard lock(mutex_);
    if (auto it = open_.find(frame.tag); it != open_.end())
      it->second->reply.set_value(frame.body); // warning: the fulfilled promise stays in 'open_'
  }
  std::mutex mutex_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Question>> open_;
};

// ---- it is taken out, marked or replaced ------------------------------------------------------------------------------

class ok_taken_out {
public:
  void erased(const Frame &frame) {
    std::lock_guard lock(mutex_);
    auto it = waiting_.find(frame.tag);
    if (it == waiting_.end())
      return;
    it->second.set_value(frame.body);
    waiting_.erase(it);
  }
  void movedFirst(const Frame &frame) {
    std::unique_lock lock(mutex_);
    auto it = waiting_.find(frame.tag);
    if (it == waiting_.end())
      return;
    auto promise = std::move(it->second);
    waiting_.erase(it);
    lock.unlock();
    promise.set_value(frame.body);
  }
  void extracted(const Frame &frame) {
    if (auto node = waiting_.extract(frame.tag))
      node.mapped().set_value(frame.body);
  }
  void inHelper(const Frame &frame) {
    std::lock_guard lock(mutex_);
    auto it = waiting_.find(frame.tag);
    if (it != waiting_.end()) {
      it->second.set_value(frame.body);
      forget(frame.tag);
    }
  }

private:
  void forget(std::uint32_t tag) { waiting_.erase(tag); }
  std::mutex mutex_;
  std::map<std::uint32_t, std::promise<std::string>> waiting_;
};

struct Marked {
  std::uint32_t number = 0;
  bool answered = false;
  std::atomic<bool> taken{false};
  std::unique_ptr<std::promise<std::string>> reply;
  void answer(const std::string &text);
};

class ok_marked {
public:
  void byFlag(const Frame &frame) {
    for (auto &m : all_)
      if (m.number == frame.tag && !m.answered) {
        m.answered = true;
        m.reply->set_value(frame.body);
      }
  }
  void byNestedFlag(const Frame &frame) {
    for (auto &m : all_)
      if (m.number == frame.tag)
        if (!m.taken.exchange(true))
          m.reply->set_value(frame.body);
  }
  void byNumber(const Frame &frame) {
    for (auto &m : all_)
      if (m.number == frame.tag) {
        m.reply->set_value(frame.body);
        m.number = 0;
      }
  }
  void byPointer(const Frame &frame) {
    for (auto &m : all_)
      if (m.number == frame.tag) {
        m.reply->set_value(frame.body);
        m.reply.reset();
      }
  }
  void byReplacement(const Frame &frame) {
    for (auto &m : all_)
      if (m.number == frame.tag) {
        m.reply->set_value(frame.body);
        m.reply = std::make_unique<std::promise<std::string>>();
      }
  }

private:
  std::list<Marked> all_;
};

// ---- something else says that it comes once -----------------------------------------------------------------------------

class ok_asked_more {
public:
  // The last frame comes once.
  void onLast(const Frame &frame) {
    auto it = waiting_.find(frame.tag);
    if (frame.last && it != waiting_.end())
      it->second.set_value(frame.body);
  }
  void onFrame(const Frame &frame) {
    if (closed_)
      return;
    auto it = waiting_.find(frame.tag);
    if (it != waiting_.end())
      it->second.set_value(frame.body);
  }
  void expected(const Frame &frame) {
    auto it = waiting_.find(frame.tag);
    if (it == waiting_.end())
      return;
    try {
      it->second.set_value(frame.body);
    } catch (const std::future_error &) {
      ++repeated_;
    }
  }
  // All of them are told, whatever they wait for.
  void shutDown() {
    for (auto &[tag, promise] : waiting_)
      promise.set_value({});
  }
  void tellAll(const Frame &frame) {
    for (auto &w : waiting_)
      w.second.set_value(frame.body);
  }
  // A worker that has done the job says so, once.
  void finished(std::uint32_t tag, const std::string &text) {
    auto it = waiting_.find(tag);
    if (it != waiting_.end())
      it->second.set_value(text);
  }

private:
  bool closed_ = false;
  int repeated_ = 0;
  std::map<std::uint32_t, std::promise<std::string>> waiting_;
};

// One question at a time, asked and answered by one body.
class ok_called_by_the_one_who_asks {
public:
  std::string ask(Socket &socket, std::uint32_t tag) {
    auto answer = waiting_[tag].get_future();
    Frame frame;
    socket.receive(frame);
    settle(frame);
    return answer.get();
  }

private:
  void settle(const Frame &frame) {
    auto it = waiting_.find(frame.tag);
    if (it != waiting_.end())
      it->second.set_value(frame.body);
  }
  std::map<std::uint32_t, std::promise<std::string>> waiting_;
};

// The result of a table that is the caller's own.
class ok_table_of_a_call {
public:
  void deliver(const Frame &frame, std::map<std::uint32_t, std::promise<std::string>> &table) {
    auto it = table.find(frame.tag);
    if (it != table.end())
      it->second.set_value(frame.body);
  }
};
