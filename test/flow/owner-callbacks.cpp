// Which bodies of an object run on a thread of one of its parts.
// RUN: %verify --word runs %s heddle-dev-owner-callbacks -- -std=c++20
#include <functional>
#include <memory>
#include <thread>
#include <utility>

class Part {
public:
  explicit Part(std::function<void()> first = {}) : first_(std::move(first)) {}
  void setSecond(std::function<void()> f) { second_ = std::move(f); }
  void start() { thread_ = std::jthread([this] { run(); }); }
  void never(std::function<void()> f) { unused_ = std::move(f); }

private:
  void run() {
    first_();
    if (second_)
      second_();
  }
  std::function<void()> first_, second_, unused_;
  std::jthread thread_;
};

class Owner {
public:
  Owner()
      : part_([this] { one(); }) { // runs: on part_
    part_.setSecond(std::bind(&Owner::two, this));
    part_.never([this] { one(); });
  }
  void one() {}
  void two() {} // runs: on part_

private:
  Part part_;
};

class OwnerOfTwo { // which of them runs it is not known
public:
  OwnerOfTwo() {
    a_.setSecond([this] { ++n_; });
  }

private:
  int n_ = 0;
  Part a_, b_;
};

struct Listener {
  virtual ~Listener() = default;
  virtual void heard() = 0;
};
class Ear {
public:
  explicit Ear(Listener *l) : listener_(l), thread_([this] { listener_->heard(); }) {}

private:
  Listener *listener_;
  std::jthread thread_;
};
class Head : public Listener {
public:
  Head() : ear_(std::make_unique<Ear>(this)) {}
  void heard() override {} // runs: on ear_

private:
  std::unique_ptr<Ear> ear_;
};
class Deaf : public Listener { // its ear tells somebody else
public:
  explicit Deaf(Listener *l) : ear_(l) {}
  void heard() override {}

private:
  Ear ear_;
};
