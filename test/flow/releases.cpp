// Parts that a member releases while a task that uses them may still run.
// RUN: %verify --word release %s heddle-dev-releases -- -std=c++20
#include <memory>
#include <thread>

struct Store {
  ~Store();
  void put();
};

class Task {
public:
  void start() {
    thread_ = std::jthread([this](std::stop_token st) {
      while (!st.stop_requested())
        store_->put();
    });
  }
  void asks() {
    thread_.request_stop();
    store_.reset(); // release: store_ of task thread_, requested
  }
  void joinsLater() {
    drop();
    thread_.join();
  }
  void joinsBefore() {
    thread_.join();
    store_ = nullptr;
    other_.reset();
  }

private:
  void drop() { store_ = std::make_unique<Store>(); } // release: store_ of task thread_, joined
  std::unique_ptr<Store> store_, other_;
  std::jthread thread_;
};

class Part {
public:
  explicit Part(Store &store) : store_(store), thread_([this] { store_.put(); }) {}
  ~Part() { thread_.join(); }

private:
  Store &store_;
  std::thread thread_;
};
class Whole {
public:
  Whole() : store_(new Store), part_(std::make_unique<Part>(*store_)) {}
  ~Whole() {
    delete store_; // release: store_ of part part_, joined
    part_ = nullptr;
  }

private:
  Store *store_;
  std::unique_ptr<Part> part_;
};
