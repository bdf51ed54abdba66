// Callables that own an object and are run by the thread of one of its parts.
// RUN: %verify --word work %s heddle-dev-owning-work -- -std=c++20
#include <deque>
#include <functional>
#include <memory>
#include <thread>

class Worker {
public:
  void post(std::function<void()> work) { work_.push_back(std::move(work)); }
  void name(std::function<void()>) {}

private:
  std::deque<std::function<void()>> work_;
  std::jthread thread_{[this] {
    for (auto &work : work_)
      work();
  }};
};
class Owner : public std::enable_shared_from_this<Owner> {
public:
  void first() {
    worker_.post([self = shared_from_this()] { (void)self; }); // work: self owns Owner, run by worker_
    auto me = shared_from_this();
    heap_->post([me] { (void)me; }); // work: me owns Owner, run by heap_
    shared_->post([me] { (void)me; });
    pointer_->post([me] { (void)me; });
    worker_.post([this] { first(); });
    worker_.post([weak = weak_from_this()] { (void)weak; });
    worker_.post([other = other_] { (void)other; });
  }

private:
  Worker worker_;
  std::unique_ptr<Worker> heap_;
  std::shared_ptr<Worker> shared_;
  Worker *pointer_ = nullptr;
  std::shared_ptr<Owner> other_;
};
// The thread of the object itself runs what a part was given.
class Queue {
public:
  void add(std::function<void()> work) { work_.push_back(std::move(work)); }
  void run() {
    while (!work_.empty()) {
      auto work = std::move(work_.front());
      work_.pop_front();
      work();
    }
  }

private:
  std::deque<std::function<void()>> work_;
};
class Runner : public std::enable_shared_from_this<Runner> {
public:
  void read() {
    queue_.add([self = shared_from_this()] { (void)self; }); // work: self owns Runner, run by queue_
    other_.add([self = shared_from_this()] { (void)self; });
    later([self = shared_from_this()] { (void)self; }); // work: self owns Runner, run by own_
    kept([self = shared_from_this()] { (void)self; });
  }

private:
  void later(std::function<void()> work) { own_.push_back(std::move(work)); }
  void kept(std::function<void()> work) { kept_.push_back(std::move(work)); }
  void run() {
    queue_.run();
    while (!own_.empty()) {
      auto work = std::move(own_.front());
      own_.pop_front();
      work();
    }
  }
  Queue queue_, &other_;
  std::deque<std::function<void()>> own_, kept_;
  std::jthread thread_{[this] { run(); }};
};
