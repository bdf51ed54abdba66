// What runs on an object until the end of a member waits for it.
// RUN: %verify --word task %s heddle-dev-own-tasks -- -std=c++20
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

class Started {
public:
  void load() {
    loaded_ = std::async(std::launch::async, [this] { more(); });
    more_.emplace_back(&Started::more, this);
  }

private:
  void more() { ++count_; }
  int count_ = 0, other_ = 0;
  std::jthread first_{[this] { other_ = 1; }}; // task: thread other_
  std::future<void> loaded_;                   // task: thread count_
  std::vector<std::jthread> more_;             // task: thread count_
};
class JoinsItself {
public:
  ~JoinsItself() { first_.join(); }

private:
  int count_ = 0;
  std::jthread first_{[this] { ++count_; }};
};
class CoOwned : public std::enable_shared_from_this<CoOwned> {
public:
  void start() {
    thread_ = std::jthread([self = shared_from_this(), this] { ++count_; });
  }

private:
  int count_ = 0;
  std::jthread thread_;
};
class Caller {
public:
  Caller(std::function<void()> f, int &n) : f_(std::move(f)), n_(n), thread_([this] { run(); }) {}

private:
  void run() {
    ++n_;
    f_();
  }
  std::function<void()> f_;
  int &n_;
  std::jthread thread_; // task: thread n_ f_
};
class Parts {
public:
  Parts() : caller_([this] { ++hits_; }, size_) {}

private:
  int hits_ = 0, size_ = 0;
  Caller caller_; // task: given hits_
};
