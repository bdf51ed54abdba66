// RUN: %verify %s heddle-member-destroyed-before-task -- -std=c++20
// The seed's row (L22: a shutdown that closes what its user still needs), as C++ has it: the order of members.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Item {
  std::string name;
};
void send(const Item &);
bool connect(const std::string &);

// ---- L22 ---------------------------------------------------------------------------------------------------------------
class bad_L22 {
public:
  void add(Item item) {
    std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    ready_.notify_one();
  }

private:
  void run(std::stop_token token) {
    std::unique_lock lock(mutex_); // note: the task uses 'mutex_' here
    while (ready_.wait(lock, token, [this] { return !items_.empty(); })) {
      send(items_.front());
      items_.pop_front();
    }
  }
  std::jthread worker_{[this](std::stop_token token) { run(token); }}; // warning: 'worker_' waits for its task in its destructor, which runs after 'mutex_', declared later, is destroyed; the task uses a destroyed object; declare 'worker_' last, or join in the destructor
  std::mutex mutex_; // note: 'mutex_' is declared here, and destroyed first
  std::condition_variable_any ready_;
  std::deque<Item> items_;
};
class ok_L22 {
public:
  void add(Item item) {
    std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    ready_.notify_one();
  }

private:
  void run(std::stop_token token) {
    std::unique_lock lock(mutex_);
    while (ready_.wait(lock, token, [this] { return !items_.empty(); })) {
      send(items_.front());
      items_.pop_front();
    }
  }
  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<Item> items_;
  std::jthread worker_{[this](std::stop_token token) { run(token); }};
};

// ---- started in the constructor or later, by other handles --------------------------------------------------------------
class bad_future {
public:
  void start() {
    done_ = std::async(std::launch::async, &bad_future::load, this); // note: the task is started here
  }

private:
  void load() { lines_.push_back("x"); } // note: the task uses 'lines_' here
  std::future<void> done_; // warning: 'done_' waits for its task in its destructor, which runs after 'lines_', declared later, is destroyed
  std::vector<std::string> lines_;
};
struct bad_many {
class Many {
public:
  explicit Many(unsigned n) {
    for (unsigned i = 0; i != n; ++i)
      workers_.emplace_back([this] { step(); });
  }
  ~Many() { over_ = true; }

private:
  void step() {
    while (!over_) {
      std::lock_guard lock(mutex_);
      ++steps_;
    }
  }
  std::atomic<bool> over_{false};
  std::vector<std::jthread> workers_; // warning: 'workers_' waits for its task in its destructor, which runs after 'mutex_', declared later, is destroyed
  std::mutex mutex_;
  int steps_ = 0;
};
};
struct bad_asks_only {
class AsksOnly { // the destructor asks for the stop, and leaves the waiting to the member
public:
  AsksOnly() : worker_([this](std::stop_token st) {
    while (!st.stop_requested())
      log_("tick");
  }) {}
  ~AsksOnly() { worker_.request_stop(); }

private:
  std::jthread worker_; // warning: 'worker_' waits for its task in its destructor, which runs after 'log_', declared later, is destroyed
  std::function<void(const char *)> log_;
};
};

// ---- objects with threads of their own ----------------------------------------------------------------------------------
class Joiner { // joins what it was given
public:
  ~Joiner() {
    if (thread_.joinable())
      thread_.join();
  }
  template <class F> void start(F f) { thread_ = std::thread(std::move(f)); }

private:
  std::thread thread_;
};
class Store {
public:
  ~Store();
  void put(const Item &);
};
class Writer {
public:
  explicit Writer(Store &store) : store_(store), thread_([this](std::stop_token st) { run(st); }) {}

private:
  void run(std::stop_token st) {
    while (!st.stop_requested())
      store_.put(Item{});
  }
  Store &store_;
  std::jthread thread_;
};
struct bad_parts {
class Parts {
public:
  Parts() : writer_(store_) {} // note: its thread is given what it uses here

private:
  Writer writer_; // warning: 'writer_' waits for its task in its destructor, which runs after 'store_', declared later, is destroyed
  Store store_;
};
};
class Ticker {
public:
  explicit Ticker(std::function<void()> tick) : tick_(std::move(tick)), thread_([this](std::stop_token st) {
    while (!st.stop_requested())
      tick_();
  }) {}

private:
  std::function<void()> tick_;
  std::jthread thread_;
};
struct bad_callback {
class Callback {
public:
  Callback() : ticker_([this] { names_.push_back("x"); }) {}

private:
  Ticker ticker_; // warning: 'ticker_' waits for its task in its destructor, which runs after 'names_', declared later, is destroyed
  std::vector<std::string> names_;
};
};
class Owner;
class Helper {
public:
  explicit Helper(Owner &owner);
  ~Helper() { thread_.join(); }

private:
  void run();
  Owner &owner_;
  std::thread thread_;
};
class Owner {
public:
  Owner() : helper_(*this) {}
  void collect() {
    std::lock_guard lock(mutex_);
    names_.push_back("x");
  }

private:
  Helper helper_; // warning: 'helper_' waits for its task in its destructor, which runs after 'mutex_', declared later, is destroyed
  std::mutex mutex_;
  std::vector<std::string> names_;
};
Helper::Helper(Owner &owner) : owner_(owner), thread_(&Helper::run, this) {}
void Helper::run() { owner_.collect(); }

// ---- correct code that looks similar -----------------------------------------------------------------------------------
struct ok_joined_in_the_body {
class JoinedInTheBody {
public:
  ~JoinedInTheBody() {
    worker_.request_stop();
    worker_.join();
  }

private:
  void run(std::stop_token st) {
    while (!st.stop_requested()) {
      std::lock_guard lock(mutex_);
      items_.clear();
    }
  }
  std::jthread worker_{[this](std::stop_token st) { run(st); }};
  std::mutex mutex_;
  std::deque<Item> items_;
};
};
struct ok_joined_by_a_helper {
class JoinedByAHelper {
public:
  ~JoinedByAHelper() { stop(); }
  void stop() {
    if (worker_.joinable()) {
      worker_.request_stop();
      worker_.join();
    }
  }

private:
  std::jthread worker_{[this] { items_.clear(); }};
  std::deque<Item> items_;
};
};
struct ok_reset {
class Reset {
public:
  ~Reset() { worker_.reset(); }
  void start() {
    worker_ = std::make_unique<std::jthread>([this] { items_.clear(); });
  }

private:
  std::unique_ptr<std::jthread> worker_;
  std::deque<Item> items_;
};
};
struct ok_assigned {
class Assigned {
public:
  ~Assigned() { worker_ = {}; }

private:
  std::jthread worker_{[this] { items_.clear(); }};
  std::deque<Item> items_;
};
};
struct ok_cleared {
class Cleared {
public:
  ~Cleared() { workers_.clear(); }
  void start() {
    workers_.emplace_back([this] { items_.clear(); });
  }

private:
  std::vector<std::jthread> workers_;
  std::deque<Item> items_;
};
};
struct ok_joined_elsewhere {
class JoinedElsewhere { // a helper that is not seen is given the handle
public:
  ~JoinedElsewhere();

private:
  std::jthread worker_{[this] { items_.clear(); }};
  std::deque<Item> items_;
};
};
struct ok_touches_nothing_behind {
class TouchesNothingBehind {
public:
  TouchesNothingBehind() : worker_([this] { items_.clear(); }) {}
  std::size_t count() const { return names_.size(); }

private:
  std::deque<Item> items_;
  std::jthread worker_;
  std::vector<std::string> names_;
};
};
struct ok_trivial_behind {
class TrivialBehind { // a number is there as long as the storage
public:
  TrivialBehind() : worker_([this] { ++runs_; }) {}

private:
  std::jthread worker_;
  std::atomic<int> runs_{0};
};
};
class ok_co_owned : public std::enable_shared_from_this<ok_co_owned> { // the object outlives the task
public:
  void start() {
    worker_ = std::async(std::launch::async, [this, self = shared_from_this()] { items_.clear(); });
  }

private:
  std::future<void> worker_;
  std::deque<Item> items_;
};
struct ok_parts_in_order {
class PartsInOrder {
public:
  PartsInOrder() : writer_(store_) {}

private:
  Store store_;
  Writer writer_;
};
};
struct ok_callback_of_an_object_without_threads {
class CallbackOfAnObjectWithoutThreads {
public:
  CallbackOfAnObjectWithoutThreads() : hook_([this] { names_.push_back("x"); }) {}

private:
  std::function<void()> hook_;
  std::vector<std::string> names_;
};
};
struct ok_not_its_thread {
class NotItsThread { // std::thread does not join: that is another defect
public:
  ~NotItsThread() {
    if (worker_.joinable())
      worker_.join();
  }

private:
  std::thread worker_{[this] { items_.clear(); }};
  std::deque<Item> items_;
};
};
struct ok_writer_stopped {
class WriterStopped { // the member is ended before
public:
  WriterStopped() { writer_.emplace(store_); }
  ~WriterStopped() { writer_.reset(); }

private:
  std::optional<Writer> writer_;
  Store store_;
};
};
struct bad_started_by_a_template {
class StartedByATemplate{
public:
  StartedByATemplate() {
    joiner_.start([this] { items_.clear(); });
  }

private:
  Joiner joiner_; // warning: 'joiner_' waits for its task in its destructor, which runs after 'items_', declared later, is destroyed
  std::deque<Item> items_;
};
};
