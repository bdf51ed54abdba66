// RUN: %verify %s heddle-uncancellable-wait -- -std=c++20
// A predicate that asks for the stop is asked again only when the condition is notified.
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <semaphore>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

void send(const std::string &);

class bad_Member {
public:
  void start() {
    worker_ = std::jthread([this](std::stop_token st) { run(st); });
  }
  void add(std::string s) {
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(s));
    ready_.notify_one();
  }

private:
  void run(std::stop_token st) {
    while (auto line = next(st))
      send(*line);
  }
  std::optional<std::string> next(const std::stop_token &st) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return !lines_.empty() || st.stop_requested(); }); // warning: 'wait' on 'ready_' is not woken when a stop is requested; whoever waits for this task waits until something else ends the wait, which may be never; wait with the token, or wake the wait in a 'stop_callback' // note: its condition asks for the stop here, but only when it is notified
    if (st.stop_requested())
      return std::nullopt;
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::string> lines_;
  std::jthread worker_;
};
class bad_Helper { // asked through a helper of the object
public:
  bad_Helper() = default;
  void start() {
    worker_ = std::jthread([this] { run(); });
  }
  void stop() { worker_.request_stop(); }
  void add() {
    std::lock_guard lock(mutex_);
    ++pending_;
    ready_.notify_all();
  }

private:
  bool over() const { return worker_.get_stop_token().stop_requested(); }
  void run() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return over() || pending_ > 0; }); // warning: 'wait' on 'ready_' is not woken when a stop is requested
  }
  std::mutex mutex_;
  std::condition_variable ready_;
  int pending_ = 0;
  std::jthread worker_;
};
void bad_locals() {
  std::mutex m;
  std::condition_variable cv;
  bool due = false;
  std::jthread t([&](std::stop_token st) {
    std::unique_lock lock(m);
    cv.wait(lock, [&] { return due || st.stop_requested(); }); // warning: 'wait' on 'cv' is not woken when a stop is requested
  });
  send("started");
}

class ok_Token {
public:
  void start() {
    worker_ = std::jthread([this](std::stop_token st) {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, st, [&] { return !lines_.empty(); });
    });
  }

private:
  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<std::string> lines_;
  std::jthread worker_;
};
class ok_Callback {
public:
  void start() {
    worker_ = std::jthread([this](std::stop_token st) {
      std::stop_callback wake(st, [this] {
        std::lock_guard lock(mutex_);
        ready_.notify_all();
      });
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] { return !lines_.empty() || st.stop_requested(); });
    });
  }

private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::string> lines_;
  std::jthread worker_;
};
struct ok_notified {
class Sender {
public:
  ~Sender() {
    worker_.request_stop();
    { std::lock_guard lock(mutex_); }
    ready_.notify_all();
  }
  void start() {
    worker_ = std::jthread([this](std::stop_token st) {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [&] { return !lines_.empty() || st.stop_requested(); });
    });
  }

private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::string> lines_;
  std::jthread worker_;
};
};
class ok_Short {
public:
  void start() {
    worker_ = std::jthread([this](std::stop_token st) {
      std::unique_lock lock(mutex_);
      while (!ready_.wait_for(lock, std::chrono::milliseconds(100), [&] { return st.stop_requested() || due_; })) {
      }
    });
  }

private:
  std::mutex mutex_;
  std::condition_variable ready_;
  bool due_ = false;
  std::jthread worker_;
};
void ok_given(std::condition_variable &cv, std::mutex &m, const std::stop_token &st, bool &due) {
  std::unique_lock lock(m); // whoever gave the condition may notify it
  cv.wait(lock, [&] { return due || st.stop_requested(); });
}

// Permits come back from those who hold them, until the end; a signal does not.
class Buffers {
public:
  void ok_permits(std::stop_token stop) {
    while (!stop.stop_requested()) {
      free_.acquire();
      filled_.release();
    }
  }
  void bad_signal(std::stop_token stop) {
    while (!stop.stop_requested()) { // note: the loop asks for the stop here
      filled_.acquire(); // warning: 'acquire' on 'filled_' is not woken when a stop is requested
      free_.release();
    }
  }

private:
  std::counting_semaphore<2> free_{2};
  std::counting_semaphore<2> filled_{0};
};
