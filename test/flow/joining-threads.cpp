// Classes around one thread: the constructor starts it with what it is given, the destructor joins it.
// RUN: %verify --word op %s heddle-dev-ops -- -std=c++20
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

class JoiningThread {
public:
  template <typename F> explicit JoiningThread(F &&f) : thread_(std::forward<F>(f)) {} // op: spawn thread_ {operator()}
  JoiningThread(JoiningThread &&) = default;
  ~JoiningThread() {
    if (thread_.joinable()) // op: test thread_
      thread_.join();       // op: join thread_
  }
  bool joinable() const { return thread_.joinable(); } // op: test thread_
  void join() { thread_.join(); }                      // op: join thread_

private:
  std::thread thread_;
};
class Runner {
public:
  explicit Runner(std::function<void()> body) : thread_(std::move(body)) {} // op: spawn thread_ {?}
  ~Runner() { finish(); }                                                   // op: call of finish
  void name(int n) { name_ = n; }

private:
  void finish() { thread_.join(); } // op: join thread_
  std::atomic<int> name_{0};
  std::thread thread_;
};
class Wrapped {
public:
  template <typename F, typename... Args>
  explicit Wrapped(F &&f, Args &&...args)
      : thread_(std::forward<F>(f), std::forward<Args>(args)...) {} // op: spawn thread_ {operator()}

private:
  std::jthread thread_;
};
class Left { // nobody waits
public:
  template <typename F> explicit Left(F &&f) : thread_(std::forward<F>(f)) {} // op: spawn thread_ {operator()}
  ~Left() { thread_.detach(); }                                               // op: detach thread_

private:
  std::thread thread_;
};
class Worker { // its own loop; the callable is for later
public:
  explicit Worker(std::function<void()> done) : done_(std::move(done)) {
    thread_ = std::thread([this] { // op: spawn thread_ {lambda}
      done_();                     // op: call of an unknown callable
    });
  }
  ~Worker() { thread_.join(); } // op: join thread_

private:
  std::function<void()> done_;
  std::thread thread_;
};

void work();
class Owner {
public:
  Owner() : member_([] { work(); }) {                           // op: spawn member_ {lambda}
    many_.emplace_back([] { work(); });                         // op: insert many_; spawn many_[] {lambda}
    many_.push_back(                                            // op: insert many_
        JoiningThread([] { work(); }));                         // op: spawn many_[] {lambda}
    pointer_ = std::make_unique<JoiningThread>([] { work(); }); // op: spawn pointer_ {lambda}
  }

private:
  JoiningThread member_;
  std::vector<JoiningThread> many_;
  std::unique_ptr<JoiningThread> pointer_;
};
void locals() {
  JoiningThread one([] { work(); });     // op: spawn one {lambda}
  one.join();                            // op: join one
  Runner two([] { work(); });            // op: spawn two {lambda}
  two.name(2);                           // op: call of name
  Wrapped three([](int) { work(); }, 3); // op: spawn three {lambda}
  Left four([] { work(); });             // op: call of Left; spawn {lambda}
  Worker five([] { work(); });           // op: call of Worker; defer {lambda}
}
