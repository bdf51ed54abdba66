// RUN: %verify %s heddle-self-join -- -std=c++20
// One of several parts tells its owner something on its own thread, and the owner stops all of them there and then.
#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

bool step(int);

class Feed {
public:
  Feed(int id, std::function<void(int)> broken) : id_(id), broken_(std::move(broken)) {}
  ~Feed() { halt(); }
  void begin() {
    thread_ = std::thread([this] { run(); });
  }
  void cancel() { over_ = true; }
  void halt() {
    cancel();
    if (thread_.joinable())
      thread_.join(); // note: here the thread waits for itself
  }
  int id() const { return id_; }

private:
  void run() {
    while (!over_ && step(id_)) {
    }
    broken_(id_); // note: its thread calls it here
  }
  const int id_;
  const std::function<void(int)> broken_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

struct bad_all {
class All {
public:
  explicit All(int n) {
    for (int i = 0; i < n; ++i)
      feeds_.push_back(std::make_unique<Feed>(i, [this](int) { giveUp(); })); // note: 'feeds_' is given the callback here
  }
  void stop() {
    for (const auto &feed : feeds_)
      feed->halt();
  }

private:
  void giveUp() {
    stop(); // warning: 'feeds_' runs this on its own thread, and waits for that thread to end here; the join deadlocks, or throws and terminates the program; request the stop here, and join on another thread
  }
  std::vector<std::unique_ptr<Feed>> feeds_;
};
};
class bad_Cleared {
public:
  void add(int i) {
    feeds_.emplace_back(i, [this](int) { feeds_.clear(); }); // warning: 'feeds_' runs this on its own thread, and waits for that thread to end here
    feeds_.back().begin();
  }

private:
  std::list<Feed> feeds_;
};

// ---- silent ----
class ok_Cancels {
public:
  explicit ok_Cancels(int n) {
    for (int i = 0; i < n; ++i)
      feeds_.push_back(std::make_unique<Feed>(i, [this](int) { giveUp(); }));
  }
  ~ok_Cancels() {
    for (const auto &feed : feeds_)
      feed->halt();
  }

private:
  void giveUp() {
    for (const auto &feed : feeds_)
      feed->cancel();
  }
  std::vector<std::unique_ptr<Feed>> feeds_;
};
class ok_Others {
public:
  explicit ok_Others(int n) {
    for (int i = 0; i < n; ++i)
      feeds_.push_back(std::make_unique<Feed>(i, [this](int id) { giveUp(id); }));
  }

private:
  void giveUp(int id) {
    for (const auto &feed : feeds_)
      if (feed->id() != id)
        feed->halt();
  }
  std::vector<std::unique_ptr<Feed>> feeds_;
};
class ok_First { // which one that is, is not known
public:
  explicit ok_First(int n) {
    for (int i = 0; i < n; ++i)
      feeds_.push_back(std::make_unique<Feed>(i, [this](int) { feeds_.front()->halt(); }));
  }

private:
  std::vector<std::unique_ptr<Feed>> feeds_;
};
