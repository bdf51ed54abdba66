// RUN: %verify %s heddle-stop-without-join -- -std=c++20
// A stop that releases what the task uses and leaves the waiting to the end of the handle, or to a later start.
#include <atomic>
#include <memory>
#include <string>
#include <thread>

class Store {
public:
  ~Store();
  void put(const std::string &);
};
bool poll(std::string &);

class bad_Token {
public:
  void start() {
    store_ = std::make_unique<Store>();
    worker_ = std::jthread([this](std::stop_token st) { run(st); }); // note: the task is started here
  }
  void stop() {
    worker_.request_stop(); // note: the stop is requested here
    store_.reset(); // warning: the task of 'worker_' is asked to stop, but is not waited for before 'store_' is released here; it uses a destroyed object; join it first
  }

private:
  void run(std::stop_token st) {
    std::string line;
    while (!st.stop_requested() && poll(line))
      store_->put(line); // note: it uses 'store_' here
  }
  std::unique_ptr<Store> store_;
  std::jthread worker_;
};
struct bad_flag {
class Flag { // the join is left to the destructor
public:
  Flag() : store_(new Store), worker_(&Flag::run, this) {}
  ~Flag() { worker_.join(); }
  void close() {
    over_ = true;
    release();
  }

private:
  void release() {
    delete store_; // warning: the task of 'worker_' is asked to stop, but is not waited for before 'store_' is released here
    store_ = nullptr;
  }
  void run() {
    std::string line;
    while (!over_)
      if (poll(line))
        store_->put(line);
  }
  std::atomic<bool> over_{false};
  Store *store_;
  std::thread worker_;
};
};
struct bad_destructor {
class Destructor {
public:
  Destructor() : store_(new Store), worker_([this](std::stop_token st) { run(st); }) {}
  ~Destructor() {
    worker_.request_stop();
    delete store_; // warning: the task of 'worker_' is asked to stop, but is not waited for before 'store_' is released here
  }

private:
  void run(std::stop_token st) {
    std::string line;
    while (!st.stop_requested() && poll(line))
      store_->put(line);
  }
  Store *store_;
  std::jthread worker_;
};
};

class ok_Token {
public:
  void start() {
    store_ = std::make_unique<Store>();
    worker_ = std::jthread([this](std::stop_token st) { run(st); });
  }
  void stop() {
    worker_.request_stop();
    if (worker_.joinable())
      worker_.join();
    store_.reset();
  }

private:
  void run(std::stop_token st) {
    std::string line;
    while (!st.stop_requested() && poll(line))
      store_->put(line);
  }
  std::unique_ptr<Store> store_;
  std::jthread worker_;
};
class ok_NewHandle { // the assignment joins
public:
  void stop() {
    worker_ = {};
    store_.reset();
  }
  void start() {
    worker_ = std::jthread([this](std::stop_token st) {
      std::string line;
      while (!st.stop_requested() && poll(line))
        store_->put(line);
    });
  }

private:
  std::unique_ptr<Store> store_ = std::make_unique<Store>();
  std::jthread worker_;
};
class ok_OnlyRequests { // what is released later is another member's business
public:
  ok_OnlyRequests() : worker_([this](std::stop_token st) {
    std::string line;
    while (!st.stop_requested() && poll(line))
      store_->put(line);
  }) {}
  void requestStop() { worker_.request_stop(); }

private:
  std::unique_ptr<Store> store_ = std::make_unique<Store>();
  std::jthread worker_;
};
class ok_SwapsConfig { // no stop is requested; the store is replaced while the task runs, with what it uses under test elsewhere
public:
  ok_SwapsConfig() : worker_([this](std::stop_token st) {
    std::string line;
    while (!st.stop_requested() && poll(line))
      std::atomic_load(&store_)->put(line);
  }) {}
  void replace() { std::atomic_store(&store_, std::make_shared<Store>()); }

private:
  std::shared_ptr<Store> store_ = std::make_shared<Store>();
  std::jthread worker_;
};
class ok_Data { // the task does not use what is released
public:
  ok_Data() : worker_([this](std::stop_token st) {
    std::string line;
    while (!st.stop_requested() && poll(line))
      ++lines_;
  }) {}
  void stop() {
    worker_.request_stop();
    store_.reset();
  }

private:
  int lines_ = 0;
  std::unique_ptr<Store> store_ = std::make_unique<Store>();
  std::jthread worker_;
};
class ok_setting { // the task looks at it, but no loop ends by it
public:
  ~ok_setting() { worker_.join(); }
  void start() {
    store_ = std::make_unique<Store>();
    worker_ = std::thread(&ok_setting::run, this);
  }
  void init() {
    verbose_ = false;
    store_.reset();
  }

private:
  void run() {
    std::string line;
    while (poll(line)) {
      if (verbose_)
        line += '!';
      store_->put(line);
    }
  }
  bool verbose_ = true;
  std::unique_ptr<Store> store_;
  std::thread worker_;
};
