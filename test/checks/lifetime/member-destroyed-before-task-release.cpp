// RUN: %verify %s heddle-member-destroyed-before-task -- -std=c++20
// A shutdown that releases what a task still uses, and waits for the task only then.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

class Store {
public:
  ~Store();
  void put(const std::string &);
};
bool poll(std::string &);
void joinAll(std::vector<std::thread> &);

// ---- own threads -------------------------------------------------------------------------------------------------------
class bad_Importer {
public:
  void start() {
    store_ = std::make_unique<Store>();
    thread_ = std::thread([this] { run(); }); // note: the task is started here
  }
  void stop() {
    over_ = true;
    store_.reset(); // warning: 'store_' is released here, before the task of 'thread_' has ended; the task uses a destroyed object; join first, and release 'store_' afterwards
    if (thread_.joinable())
      thread_.join(); // note: it is waited for here
  }

private:
  void run() {
    std::string line;
    while (!over_ && poll(line))
      store_->put(line); // note: the task uses 'store_' here
  }
  std::atomic<bool> over_{false};
  std::unique_ptr<Store> store_;
  std::thread thread_;
};
struct bad_plain_pointers {
class PlainPointers {
public:
  PlainPointers() : store_(new Store), thread_(new std::thread(&PlainPointers::run, this)) {}
  ~PlainPointers() {
    shutDown();
    finish();
  }

private:
  void shutDown() {
    over_ = true;
    delete store_; // warning: 'store_' is released here, before the task of 'thread_' has ended
    store_ = nullptr;
  }
  void finish() {
    thread_->join();
    delete thread_;
  }
  void run() {
    std::string line;
    while (!over_)
      if (poll(line))
        store_->put(line);
  }
  std::atomic<bool> over_{false};
  Store *store_;
  std::thread *thread_;
};
};
class bad_Posix {
public:
  void open() {
    store_ = std::make_shared<Store>();
    pthread_create(&thread_, nullptr, &bad_Posix::entry, this);
  }
  void close() {
    over_ = true;
    store_ = nullptr; // warning: 'store_' is released here, before the task of 'thread_' has ended
    pthread_join(thread_, nullptr);
  }

private:
  static void *entry(void *self) {
    static_cast<bad_Posix *>(self)->run();
    return nullptr;
  }
  void run() {
    std::string line;
    while (!over_ && poll(line))
      store_->put(line);
  }
  std::atomic<bool> over_{false};
  std::shared_ptr<Store> store_;
  pthread_t thread_{};
};
struct bad_end_of_the_member {
class EndOfTheMember { // the jthread joins after the body of the destructor
public:
  EndOfTheMember() : store_(new Store), thread_([this](std::stop_token st) { run(st); }) {}
  ~EndOfTheMember() {
    delete store_; // warning: 'store_' is released here, before the task of 'thread_' has ended
  }

private:
  void run(std::stop_token st) {
    std::string line;
    while (!st.stop_requested() && poll(line))
      store_->put(line);
  }
  Store *store_;
  std::jthread thread_;
};
};

class ok_JoinsFirst {
public:
  void start() {
    store_ = std::make_unique<Store>();
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    over_ = true;
    finish();
    store_.reset();
  }

private:
  void finish() {
    if (thread_.joinable())
      thread_.join();
  }
  void run() {
    std::string line;
    while (!over_ && poll(line))
      store_->put(line);
  }
  std::atomic<bool> over_{false};
  std::unique_ptr<Store> store_;
  std::thread thread_;
};
class ok_Restarts { // the join at the end is that of another turn
public:
  void reopen() {
    stop();
    store_ = std::make_unique<Store>();
    over_ = false;
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    over_ = true;
    if (thread_.joinable())
      thread_.join();
    store_.reset();
  }

private:
  void run() {
    std::string line;
    while (!over_ && poll(line))
      store_->put(line);
  }
  std::atomic<bool> over_{false};
  std::unique_ptr<Store> store_;
  std::thread thread_;
};
class ok_UnderALock { // the task looks before it uses the store
public:
  ok_UnderALock() : store_(std::make_unique<Store>()), thread_([this] { run(); }) {}
  ~ok_UnderALock() {
    over_ = true;
    {
      std::lock_guard lock(mutex_);
      store_.reset();
    }
    thread_.join();
  }

private:
  void run() {
    std::string line;
    while (!over_ && poll(line)) {
      std::lock_guard lock(mutex_);
      if (store_)
        store_->put(line);
    }
  }
  std::mutex mutex_;
  std::atomic<bool> over_{false};
  std::unique_ptr<Store> store_;
  std::thread thread_;
};
class ok_NotRunning { // on one path no task runs, on the other it is joined
public:
  void start() {
    running_ = true;
    thread_ = std::thread([this] { run(); });
  }
  void close() {
    if (!running_) {
      store_.reset();
    } else {
      running_ = false;
      thread_.join();
    }
    if (!thread_.joinable())
      store_.reset();
  }

private:
  void run() {
    std::string line;
    while (running_ && poll(line))
      store_->put(line);
  }
  std::atomic<bool> running_{false};
  std::unique_ptr<Store> store_ = std::make_unique<Store>();
  std::thread thread_;
};
class ok_OtherData { // the task does not use what is released
public:
  ok_OtherData() : thread_([this] { run(); }) {}
  ~ok_OtherData() {
    over_ = true;
    titles_.reset();
    thread_.join();
  }

private:
  void run() {
    std::string line;
    while (!over_ && poll(line))
      ++lines_;
  }
  std::atomic<bool> over_{false};
  int lines_ = 0;
  std::unique_ptr<Store> titles_ = std::make_unique<Store>();
  std::thread thread_;
};
class ok_OwnCopy { // the task keeps the store alive
public:
  void start() {
    thread_ = std::thread([store = store_, &over = over_] {
      std::string line;
      while (!over && poll(line))
        store->put(line);
    });
  }
  void stop() {
    over_ = true;
    store_.reset();
    thread_.join();
  }

private:
  std::atomic<bool> over_{false};
  std::shared_ptr<Store> store_ = std::make_shared<Store>();
  std::thread thread_;
};
class ok_Helper { // a function that is not visible has the threads
public:
  void start() {
    threads_.emplace_back([this] { run(); });
  }
  void stop() {
    over_ = true;
    joinAll(threads_);
    store_.reset();
    for (std::thread &t : threads_)
      if (t.joinable())
        t.join();
  }

private:
  void run() {
    std::string line;
    while (!over_ && poll(line))
      store_->put(line);
  }
  std::atomic<bool> over_{false};
  std::unique_ptr<Store> store_ = std::make_unique<Store>();
  std::vector<std::thread> threads_;
};

// ---- parts with threads ------------------------------------------------------------------------------------------------
class Feeder {
public:
  Feeder() = default;
  explicit Feeder(Store *store) : store_(store) {}
  ~Feeder() { halt(); }
  void setStore(Store *store) { store_ = store; }
  void start() {
    thread_ = std::thread([this] { feed(); });
  }
  void halt() {
    over_ = true;
    if (thread_.joinable())
      thread_.join();
  }

private:
  void feed() {
    std::string line;
    while (!over_ && poll(line))
      store_->put(line);
  }
  Store *store_ = nullptr;
  std::atomic<bool> over_{false};
  std::thread thread_;
};
class bad_Plant {
public:
  void open() {
    store_ = std::make_unique<Store>();
    feeder_ = std::make_unique<Feeder>(store_.get()); // note: its thread is given what it uses here
    feeder_->start();
  }
  void close() {
    store_.reset(); // warning: 'store_' is released here, before the task of 'feeder_' has ended
    feeder_.reset(); // note: it is waited for here
  }

private:
  std::unique_ptr<Store> store_;
  std::unique_ptr<Feeder> feeder_;
};
struct bad_setter {
class Setter {
public:
  Setter() : store_(std::make_unique<Store>()) {
    feeder_.setStore(store_.get());
    feeder_.start();
  }
  ~Setter() {
    store_.reset(); // warning: 'store_' is released here, before the task of 'feeder_' has ended
    feeder_.halt();
  }

private:
  std::unique_ptr<Store> store_;
  Feeder feeder_;
};
};
struct bad_order {
class MadeByLibrary { // destroyed in reverse order
public:
  MadeByLibrary() : feeder_(std::make_unique<Feeder>(&store_)) {}

private:
  std::unique_ptr<Feeder> feeder_; // warning: 'feeder_' waits for its task in its destructor, which runs after 'store_', declared later, is destroyed
  Store store_;
};
};
class ok_Plant {
public:
  void open() {
    store_ = std::make_unique<Store>();
    feeder_ = std::make_unique<Feeder>(store_.get());
    feeder_->start();
  }
  void close() {
    feeder_.reset();
    store_.reset();
  }

private:
  std::unique_ptr<Store> store_;
  std::unique_ptr<Feeder> feeder_;
};
class ok_Halted {
public:
  ok_Halted() : store_(std::make_unique<Store>()) {
    feeder_.setStore(store_.get());
    feeder_.start();
  }
  ~ok_Halted() {
    feeder_.halt();
    store_.reset();
  }

private:
  std::unique_ptr<Store> store_;
  Feeder feeder_;
};
class ok_Unrelated {
public:
  ok_Unrelated() : store_(std::make_unique<Store>()), other_(std::make_unique<Store>()), feeder_(store_.get()) {}
  ~ok_Unrelated() {
    other_.reset();
    feeder_.halt();
  }

private:
  std::unique_ptr<Store> store_, other_;
  Feeder feeder_;
};
