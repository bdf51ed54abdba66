// RUN: %verify %s heddle-relock -- -std=c++20
// An element that is taken out under the lock ends there, and its destructor takes that lock.
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

class Server;
class Session {
public:
  Session(Server &server, int id) : server_(server), id_(id) {}
  ~Session();

private:
  Server &server_;
  int id_;
};
class Server {
public:
  void open(int id) {
    auto fresh = std::make_shared<Session>(*this, id);
    std::lock_guard lock(mutex_);
    sessions_[id] = std::move(fresh);
  }
  void bad_close(int id) {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
    sessions_.erase(id); // warning: the destructor of 'Session' runs here, if this is the last owner, and locks 'mutex_'
  }
  void bad_closeAll() {
    std::unique_lock lock(mutex_);
    sessions_.clear(); // warning: the destructor of 'Session' runs here, if this is the last owner, and locks 'mutex_'
  }
  void ok_released(int id) {
    std::shared_ptr<Session> last;
    std::lock_guard lock(mutex_);
    auto it = sessions_.find(id);
    if (it == sessions_.end())
      return;
    last = it->second;
    sessions_.erase(it);
  }
  void ok_swapped() {
    std::map<int, std::shared_ptr<Session>> all;
    {
      std::lock_guard lock(mutex_);
      all.swap(sessions_);
      sessions_.clear();
    }
  }
  /// The caller has it.
  void ok_given(int id, const std::shared_ptr<Session> &session) {
    std::lock_guard lock(mutex_);
    if (session)
      sessions_.erase(id);
  }
  void ok_unlocked(int id) {
    std::unique_lock lock(mutex_);
    bool there = sessions_.count(id) != 0;
    lock.unlock();
    if (there)
      sessions_.erase(id);
  }
  void ended(int id) {
    std::lock_guard lock(mutex_); // note: it is locked again here
    ended_.push_back(id);
  }

private:
  std::mutex mutex_;
  std::map<int, std::shared_ptr<Session>> sessions_;
  std::vector<int> ended_;
};
Session::~Session() { server_.ended(id_); } // note: 'ended' is called here

// One that a unique pointer owns.
class Pump;
class Motor {
public:
  explicit Motor(Pump *pump) : pump_(pump) {}
  ~Motor();

private:
  Pump *pump_;
};
class Pump {
public:
  void start() {
    auto fresh = std::make_unique<Motor>(this);
    std::lock_guard lock(mutex_);
    keep(std::move(fresh));
  }
  void bad_stop() {
    std::lock_guard lock(mutex_);
    motor_.reset(); // warning: the destructor of 'Motor' runs here, if this is the last owner, and locks 'mutex_'
  }
  void ok_stop() {
    std::unique_ptr<Motor> last;
    std::lock_guard lock(mutex_);
    last = std::move(motor_);
    motor_.reset();
  }
  void stopped() {
    std::lock_guard lock(mutex_);
    ++stops_;
  }

private:
  void keep(std::unique_ptr<Motor> m) { motor_ = std::move(m); }
  std::mutex mutex_;
  std::unique_ptr<Motor> motor_;
  int stops_ = 0;
};
Motor::~Motor() { pump_->stopped(); }

// ---- silent: the destructor locks itself, only under a condition, or a recursive lock; weak pointers own nothing ----

class Node {
public:
  ~Node() {
    std::lock_guard lock(mutex_);
    value_ = 0;
  }
  void ok_drop() {
    std::lock_guard lock(mutex_);
    children_.clear();
  }

private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Node>> children_;
  int value_ = 0;
};

class Pool;
class Item {
public:
  explicit Item(Pool &pool) : pool_(pool) {}
  ~Item();

private:
  Pool &pool_;
  bool lent_ = false;
};
class Pool {
public:
  void ok_clear() {
    std::lock_guard lock(mutex_);
    items_.clear();
  }
  void back() {
    std::lock_guard lock(mutex_);
    ++back_;
  }

private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Item>> items_;
  int back_ = 0;
};
Item::~Item() {
  if (lent_)
    pool_.back();
}

class Room;
class Guest {
public:
  explicit Guest(Room &room) : room_(room) {}
  ~Guest();

private:
  Room &room_;
};
class Room {
public:
  void ok_clear() {
    std::lock_guard lock(mutex_);
    guests_.clear();
  }
  void left() {
    std::lock_guard lock(mutex_);
    ++left_;
  }

private:
  std::recursive_mutex mutex_;
  std::vector<std::unique_ptr<Guest>> guests_;
  int left_ = 0;
};
Guest::~Guest() { room_.left(); }

class Feed;
class Reader {
public:
  explicit Reader(Feed &feed) : feed_(feed) {}
  ~Reader();

private:
  Feed &feed_;
};
class Feed {
public:
  void ok_clear() {
    std::lock_guard lock(mutex_);
    readers_.clear();
    raw_.clear();
  }
  void gone() {
    std::lock_guard lock(mutex_);
    ++gone_;
  }

private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Reader>> readers_;
  std::vector<Reader *> raw_;
  int gone_ = 0;
};
Reader::~Reader() { feed_.gone(); }
