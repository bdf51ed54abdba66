// The AST matchers over the vocabulary and the facts.
// RUN: %verify --word match %s heddle-dev-matchers -- -std=c++20
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

inline void work() {}
void keep(std::thread);
int answer();

class Server {
public:
  void start() {
    std::thread a([this] { ++n_; }); // match: a thread that captures this
    std::thread b([] { answer(); });
    std::jthread c([this] { ++n_; }); // match: a joining local
    own_ = std::jthread([] { answer(); });
    a.join();
    b.join();
  }
  void spellings() {
    std::thread a(work); // match: runs a function
    std::thread b(answer);
    a.join();
    b.join();
  }
  void loops(std::vector<std::thread> &out) {
    for (int i = 0; i != 3; ++i)
      out.emplace_back([] { answer(); });
    for (;;)
      out.emplace_back([] { answer(); }); // match: a thread in an endless loop
  }
  void locks() {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    std::unique_lock lock(mutex_);
    std::this_thread::sleep_for(std::chrono::seconds(1)); // match: sleeps under a lock
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    changed_.notify_all(); // match: notified by its own name
    changed_.notify_one();
  }
  void callee() {
    pause(); // match: a callee sleeps
    answer();
  }
  void roles(std::stop_token token) {
    std::stop_callback onStop(token, [] { answer(); }); // match: a stop callback
  }
  void unused() {
    std::async(std::launch::async, [] { answer(); }); // match: an unused future
    (void)std::async(std::launch::async, answer);
    auto kept = std::async(std::launch::async, answer);
  }
  void launched() {
    auto later = std::async([] { answer(); }); // match: may be deferred
    auto now = std::async(std::launch::async, answer);
  }
  std::mutex *names() {
    std::lock_guard lock(mutex_);
    return &mutex_; // match: names a mutex
  }

private:
  static void pause() { std::this_thread::sleep_for(std::chrono::seconds(1)); }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::jthread own_;
  int n_ = 0;
};
