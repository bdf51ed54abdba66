// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
// The seed's row (S10: the caller leaves before it waited), and std::thread in all its holders.
#include "Inputs/task_group.h"
#include "Inputs/thread_joiner.h"
#include <atomic>
#include <array>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Item {
  std::string name;
};
bool load(Item &);
bool ready();
void process(const Item &);
void use(const Item &);
void log(const char *);
void unknown();

int parse(const std::string &text) {
  if (text.empty())
    throw std::invalid_argument("empty");
  return static_cast<int>(text.size());
}
int parseOrZero(const std::string &text) {
  try {
    return parse(text);
  } catch (const std::exception &) {
    return 0;
  }
}

// ---- S10 ----------------------------------------------------------------------------------------------------------------
bool bad_S10_early_return(Item &item) {
  std::thread producer([item] { process(item); }); // note: 'producer' is started here
  if (!load(item))
    return false; // warning: 'producer' may still run here, and is not joined on this path; its destructor terminates the program
  use(item);
  producer.join();
  return true;
}
bool ok_S10_joined_on_both(Item &item) {
  std::thread producer([item] { process(item); });
  if (!load(item)) {
    producer.join();
    return false;
  }
  producer.join();
  return true;
}
bool ok_S10_jthread(Item &item) {
  std::jthread producer([item] { process(item); });
  if (!load(item))
    return false;
  producer.join();
  return true;
}

// ---- ways out -------------------------------------------------------------------------------------------------------------
int bad_throw(Item &item) {
  std::thread t(process, item);
  if (!load(item))
    throw std::runtime_error("load"); // warning: 't' may still run when this throws, and is not joined on that path
  t.join();
  return 0;
}
int bad_call_that_throws(const Item &item) {
  std::thread t(process, item);
  int n = parse(item.name); // warning: 't' may still run when this throws, and is not joined on that path
  t.join();
  return n;
}
int readCount(const Item &item) { return parse(item.name) + 1; }
int bad_call_that_throws_below(const Item &item) {
  std::thread t(process, item);
  int n = readCount(item); // warning: 't' may still run when this throws
  t.join();
  return n;
}
int bad_documented(const Item &item) {
  std::thread t(process, item);
  int n = std::stoi(item.name); // warning: 't' may still run when this throws
  t.join();
  return n;
}
void bad_in_a_try(const Item &item) {
  try {
    std::thread t(process, item);
    parse(item.name); // warning: 't' may still run when this throws
    t.join();
  } catch (const std::exception &) {
    log("failed");
  }
}
void bad_wrong_handler(const Item &item) {
  std::thread t(process, item);
  try {
    parse(item.name); // warning: 't' may still run when this throws
  } catch (const std::bad_alloc &) {
    log("memory");
  }
  t.join();
}
void bad_in_a_loop(std::vector<Item> &items) {
  for (Item &item : items) {
    std::thread t(process, item);
    if (!load(item))
      continue; // warning: 't' may still run here, and is not joined on this path
    t.join();
  }
}
void bad_break(std::vector<Item> &items) {
  for (Item &item : items) {
    std::thread t(process, item);
    if (!ready())
      break; // warning: 't' may still run here
    t.join();
  }
}
void bad_only_on_one_branch(Item &item) {
  std::thread t(process, item); // warning: 't' is not joined on a path out of its scope
  if (load(item))
    t.join();
}
void bad_never(const Item &item) {
  std::thread t(process, item); // warning: 't' is not joined on a path out of its scope
  use(item);
}
void bad_assigned_later(const Item &item) {
  std::thread t;
  t = std::thread(process, item);
  if (!ready())
    return; // warning: 't' may still run here
  t.join();
}
void ok_future_between(const Item &item) {
  std::promise<int> p;
  std::thread t([&] {
    process(item);
    p.set_value(1);
  });
  p.get_future().get();
  t.join();
}

// ---- holders --------------------------------------------------------------------------------------------------------------
void bad_unique_ptr(const Item &item) {
  auto t = std::make_unique<std::thread>(process, item);
  if (!ready())
    return; // warning: 't' may still run here
  t->join();
}
void bad_vector(std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (const Item &item : items)
    threads.emplace_back(process, item); // note: the first task of 'threads' is started here
  if (!ready())
    return; // warning: 'threads' may still run here, and is not joined on this path
  for (std::thread &t : threads)
    t.join();
}
void bad_vector_throws(std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (const Item &item : items) {
    parse(item.name); // warning: 'threads' may still run when this throws
    threads.push_back(std::thread(process, item));
  }
  for (auto &t : threads)
    t.join();
}
void bad_vector_goes_out_of_scope(std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (const Item &item : items)
    threads.emplace_back([&item] { process(item); }); // warning: 'threads' is not joined on a path out of its scope
}
void bad_vector_cleared(std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (const Item &item : items)
    threads.emplace_back(process, item);
  threads.clear(); // warning: 'threads' may still run here
}

// ---- overwritten ------------------------------------------------------------------------------------------------------------
void bad_started_again(const Item &a, const Item &b) {
  std::thread t(process, a);
  t = std::thread(process, b); // warning: 't' is assigned a new thread while its old one may still run; this terminates the program
  t.join();
}
void bad_started_in_a_loop(const std::vector<Item> &items) {
  std::thread t;
  for (const Item &item : items)
    t = std::thread(process, item); // warning: 't' is assigned a new thread while its old one may still run
  t.join();
}
void bad_emptied(const Item &a) {
  std::thread t(process, a);
  t = std::thread(); // warning: 't' is assigned a new thread while its old one may still run
}
void ok_started_again_after_join(const std::vector<Item> &items) {
  std::thread t;
  for (const Item &item : items) {
    if (t.joinable())
      t.join();
    t = std::thread(process, item);
  }
  if (t.joinable())
    t.join();
}

// ---- members ----------------------------------------------------------------------------------------------------------------
class bad_Watcher {
public:
  void start() {
    thread_ = std::thread([this] { watch(); }); // note: it is started here
  }
  void poke() { log("here"); }

private:
  void watch() { log("watching"); }
  std::thread thread_; // warning: 'thread_' is started, and no member of 'bad_Watcher' joins it
};
class ok_Watcher {
public:
  void start() {
    thread_ = std::thread([this] { watch(); });
  }
  ~ok_Watcher() {
    if (thread_.joinable())
      thread_.join();
  }

private:
  void watch() { log("watching"); }
  std::thread thread_;
};
class bad_Reader {
public:
  void start() { thread_ = std::thread([] { log("reading"); }); } // note: it is started here
  void shutdown() {
    if (thread_.joinable())
      thread_.join(); // note: it is joined only if this is called
  }

private:
  std::thread thread_; // warning: 'thread_' is joined only in 'shutdown', and 'bad_Reader' has no destructor that joins it
};
std::unique_ptr<bad_Reader> makeReader() {
  auto reader = std::make_unique<bad_Reader>();
  reader->start();
  return reader;
}
// Whoever makes one, elsewhere, may shut it down.
class ok_MadeElsewhere {
public:
  void start() { thread_ = std::thread([] { log("reading"); }); }
  void shutdown() {
    if (thread_.joinable())
      thread_.join();
  }

private:
  std::thread thread_;
};
// Devices are stopped through their base.
struct Device {
  virtual ~Device() = default;
  virtual void stop() = 0;
};
class ok_StoppedThroughItsBase : public Device {
public:
  void start() { thread_ = std::thread([] { log("reading"); }); }
  void stop() override {
    if (thread_.joinable())
      thread_.join();
  }

private:
  std::thread thread_;
};
std::unique_ptr<Device> makeDevice() {
  auto device = std::make_unique<ok_StoppedThroughItsBase>();
  device->start();
  return device;
}
class ok_StoppedByItsOwner {
public:
  void start() { thread_ = std::thread([] { log("reading"); }); }
  void stop() { thread_.join(); }

private:
  std::thread thread_;
};
void run(ok_StoppedByItsOwner &reader) {
  reader.start();
  log("meanwhile");
  reader.stop();
}
class ok_RunsOnce {
public:
  void run() {
    thread_ = std::thread([] { log("reading"); });
    log("meanwhile");
    thread_.join();
  }

private:
  std::thread thread_;
};
class ok_LoopThread {
public:
  ~ok_LoopThread() {
    if (thread_.joinable())
      thread_.join();
  }
  void start(int &loop) {
    thread_ = std::thread([&loop] { ++loop; });
  }

private:
  std::thread thread_;
};
void ok_waited_too_early(const std::vector<Item> &items) { // another check's business
  std::vector<std::thread> threads;
  for (auto &t : threads)
    t.join();
  for (const Item &item : items)
    threads.emplace_back(process, item);
}
class ok_Crew {
public:
  void start(int n) {
    for (int i = 0; i < n; ++i)
      threads_.emplace_back([this] { watch(); });
  }
  ~ok_Crew() {
    for (auto &t : threads_)
      t.join();
  }

private:
  void watch() { log("watching"); }
  std::vector<std::thread> threads_;
};
class ok_HandsOut {
public:
  void start() {
    thread_ = std::thread([] { log("x"); });
  }
  std::thread take() { return std::move(thread_); }

private:
  std::thread thread_;
};

// ---- groups written by hand ------------------------------------------------------------------------------------------------
class Crew {
public:
  template <class F> void run(F f) { threads_.emplace_back(std::move(f)); }
  void wait() {
    for (auto &t : threads_)
      t.join();
    threads_.clear();
  }

private:
  std::vector<std::thread> threads_;
};

bool bad_crew(const Item &a) {
  Crew crew;
  crew.run([&a] { process(a); });
  if (!ready())
    return false; // warning: 'crew' may have running tasks here, and is not waited for on this path
  crew.wait();
  return true;
}
bool ok_waiting_crew(const Item &a) {
  TaskGroup crew;
  crew.run([&a] { process(a); });
  if (!ready())
    return false;
  crew.wait();
  return true;
}

// ---- correct code that looks similar ----------------------------------------------------------------------------------------
void ok_straight(const Item &item) {
  std::thread t(process, item);
  use(item);
  t.join();
}
void ok_detached(const Item &item) {
  std::thread t(process, item);
  t.detach();
  if (!ready())
    return;
  use(item);
}
void ok_correlated(const Item &item, bool inBackground) {
  std::thread t;
  if (inBackground)
    t = std::thread(process, item);
  use(item);
  if (inBackground)
    t.join();
}
void ok_joinable(const Item &item) {
  std::thread t;
  if (ready())
    t = std::thread(process, item);
  use(item);
  if (t.joinable())
    t.join();
}
struct Joiner {
  std::thread &t;
  explicit Joiner(std::thread &t) : t(t) {}
  ~Joiner() {
    if (t.joinable())
      t.join();
  }
};
void ok_joiner(const Item &item) {
  std::thread t(process, item);
  Joiner joiner(t);
  parse(item.name);
}

void ok_join_all(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  ThreadJoiner guard{threads};
  for (const Item &item : items) {
    parse(item.name);
    threads.emplace_back(process, item);
  }
}
template <class F> struct Finally {
  F f;
  explicit Finally(F f) : f(std::move(f)) {}
  ~Finally() { f(); }
};
void ok_finally(const Item &item) {
  std::thread t(process, item);
  Finally joins([&t] { t.join(); });
  parse(item.name);
}
void joinAll(std::vector<std::thread> &threads) {
  for (auto &t : threads)
    t.join();
}
bool ok_helper(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (const Item &item : items)
    threads.emplace_back(process, item);
  if (!ready()) {
    joinAll(threads);
    return false;
  }
  joinAll(threads);
  return true;
}
std::thread ok_returned(const Item &item) {
  std::thread t(process, item);
  if (!ready())
    return t;
  return t;
}
void keep(std::thread t);
void ok_moved(const Item &item) {
  std::thread t(process, item);
  keep(std::move(t));
  if (!ready())
    return;
}
std::vector<std::thread> ok_returned_vector(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (const Item &item : items)
    threads.emplace_back(process, item);
  return threads;
}
void ok_unknown_calls_are_not_guessed(const Item &item) {
  std::thread t(process, item);
  unknown();
  t.join();
}
void ok_nothing_is_thrown(const Item &item) {
  std::thread t(process, item);
  parseOrZero(item.name);
  t.join();
}
void ok_caught(const Item &item) {
  std::thread t(process, item);
  try {
    parse(item.name);
  } catch (...) {
    t.join();
    throw;
  }
  t.join();
}
void ok_caught_and_joined_after(const Item &item) {
  std::thread t(process, item);
  try {
    parse(item.name);
  } catch (const std::invalid_argument &) {
    log("bad");
  }
  t.join();
}
void ok_memory_does_not_count(const Item &item) {
  std::thread t(process, item);
  std::vector<std::string> names;
  names.push_back(item.name);
  t.join();
}
void ok_program_ends(const Item &item) {
  std::thread t(process, item);
  if (!ready())
    std::terminate();
  t.join();
}
void ok_throws_before_the_start(const Item &item) {
  parse(item.name);
  std::thread t(process, item);
  t.join();
}
void ok_pool_of_two(const Item &a, const Item &b) {
  std::array<std::thread, 2> pair{std::thread(process, a), std::thread(process, b)};
  for (auto &t : pair)
    t.join();
}
void ok_lambda_joins(const Item &item) {
  std::thread t(process, item);
  auto finish = [&] { t.join(); };
  if (!ready()) {
    finish();
    return;
  }
  finish();
}
void ok_shared_owner(const Item &item, std::vector<std::shared_ptr<std::thread>> &all) {
  auto t = std::make_shared<std::thread>(process, item);
  all.push_back(t);
  if (!ready())
    return;
  use(item);
}
void ok_jthreads(const std::vector<Item> &items) {
  std::vector<std::jthread> threads;
  for (const Item &item : items)
    threads.emplace_back(process, item);
  if (!ready())
    return;
  use(items[0]);
}
void ok_swapped(const Item &item, std::thread &other) {
  std::thread t(process, item);
  t.swap(other);
}
void ok_index_loop(const std::vector<Item> &items) {
  std::vector<std::thread> threads(items.size());
  for (std::size_t i = 0; i != items.size(); ++i)
    threads[i] = std::thread(process, items[i]);
  for (std::size_t i = 0; i != items.size(); ++i)
    threads[i].join();
}
void ok_for_each(const std::vector<Item> &items) {
  std::vector<std::thread> threads;
  for (const Item &item : items)
    threads.emplace_back(process, item);
  std::for_each(threads.begin(), threads.end(), std::mem_fn(&std::thread::join));
}

// ---- members that are started anew --------------------------------------------------------------------------------------------
class Player {
public:
  ~Player() { stop(); }
  void bad_play(std::string song) {
    playing_ = true;
    thread_ = std::thread([this, song] { run(song); }); // warning: 'thread_' is assigned a new thread by every call of 'bad_play' while its old one may still run
  }
  void stop() {
    if (!thread_.joinable())
      return;
    playing_ = false;
    thread_.join(); // note: it is joined here, but not before it is started again
  }

private:
  void run(const std::string &song) { log(song.c_str()); }
  bool playing_ = false;
  std::thread thread_;
};
int openFile(const std::string &path);
class Files {
public:
  ~Files() { stop(); }
  void bad_record(const std::string &path) {
    const int file = openFile(path);
    running_.store(true);
    thread_ = std::thread([this, file] { copy(file); }); // warning: 'thread_' is assigned a new thread by every call of 'bad_record' while its old one may still run
  }
  void stop() {
    running_ = false;
    if (thread_.joinable())
      thread_.join(); // note: it is joined here, but not before it is started again
  }

private:
  void copy(int file) {
    while (running_)
      log(file ? "block" : "");
  }
  std::atomic<bool> running_{false};
  std::thread thread_;
};
class ok_FilesThatStop {
public:
  ~ok_FilesThatStop() { stop(); }
  void record(const std::string &path) {
    stop();
    const int file = openFile(path);
    thread_ = std::thread([this, file] { copy(file); });
  }
  void stop() {
    if (thread_.joinable())
      thread_.join();
  }

private:
  void copy(int file) { log(file ? "block" : ""); }
  std::thread thread_;
};
class ok_ListensOnce { // what was stopped is not started again
public:
  ~ok_ListensOnce() { stop(); }
  void listen(int socket) {
    thread_ = std::thread([this, socket] { accept(socket); });
  }
  void stop() {
    stopping_ = true;
    if (thread_.joinable())
      thread_.join();
  }

private:
  void accept(int socket) {
    while (!stopping_)
      log(socket ? "accept" : "");
  }
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};
class Listens {
public:
  ~Listens() { stop(); }
  void bad_listen(int socket) {
    stopping_ = false;
    thread_ = std::thread([this, socket] { accept(socket); }); // warning: 'thread_' is assigned a new thread by every call of 'bad_listen' while its old one may still run
  }
  void stop() {
    stopping_ = true;
    if (thread_.joinable())
      thread_.join(); // note: it is joined here, but not before it is started again
  }

private:
  void accept(int socket) {
    while (!stopping_)
      log(socket ? "accept" : "");
  }
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};
class Recorder {
public:
  ~Recorder() { stop(); }
  void ok_record(std::string song) {
    stop();
    thread_ = std::thread([this, song] { run(song); });
  }
  void stop() {
    if (thread_.joinable())
      thread_.join();
  }

private:
  void run(const std::string &song) { log(song.c_str()); }
  std::thread thread_;
};
class Service {
public:
  ~Service() { stop(); }
  void ok_start() {
    thread_ = std::thread([this] { run(1); });
  }
  void ok_start_at(int port) {
    if (started_)
      return;
    started_ = true;
    other_ = std::thread([this, port] { run(port); });
  }
  void stop() {
    if (thread_.joinable())
      thread_.join();
    if (other_.joinable())
      other_.join();
  }

private:
  void run(int port) { log("run"); }
  bool started_ = false;
  std::thread thread_, other_;
};

// ---- assertions ---------------------------------------------------------------------------------------------------------------
#define EXPECTS(x)                                                                                                                    \
  do {                                                                                                                                \
    if (!(x))                                                                                                                         \
      throw std::logic_error(#x);                                                                                                     \
  } while (false)
#define FAIL(x) throw std::runtime_error(x)
int half(int n) {
  EXPECTS(n % 2 == 0);
  return n / 2;
}
int must(int n) {
  if (n < 0)
    FAIL("negative");
  return n;
}
int ok_assertion(const Item &item) {
  std::thread t(process, item);
  int n = half(4);
  t.join();
  return n;
}
int bad_throw_in_a_macro(const Item &item, int n) {
  std::thread t(process, item);
  n = must(n); // warning: 't' may still run when this throws
  t.join();
  return n;
}

// Another member that was made from the threads joins them.

class JoinedByMember {
public:
  explicit JoinedByMember(unsigned n) : joiner_(threads_) {
    for (unsigned i = 0; i < n; ++i)
      threads_.push_back(std::thread([] {}));
  }

private:
  std::vector<std::thread> threads_;
  ThreadJoiner joiner_;
};
class NobodyJoins {
public:
  explicit NobodyJoins(unsigned n) : size_(threads_.size()) {
    for (unsigned i = 0; i < n; ++i)
      threads_.push_back(std::thread([] {}));
  }

private:
  std::vector<std::thread> threads_; // warning: 'threads_' is started, and no member of 'NobodyJoins' joins it
  std::size_t size_;
};

// ---- one thread that is lost is one defect, on however many paths ----
#define REQUIRE(x)                                                                                                     \
  if (!(x))                                                                                                            \
  return
void bad_macros() {
  std::thread t([] { unknown(); }); // note: started here
  unknown();
  REQUIRE(ready()); // warning: 't' may still run here, and is not joined on this path
  REQUIRE(ready());
  parse("1");
  REQUIRE(ready());
  t.join();
}

// What leaves main ends the program, joined or not.
int main(int, char **v) {
  std::thread t([] { unknown(); });
  parse(v[0]);
  t.join();
}

// ---- one condition that is asked twice ----
struct Options {
  bool threaded = true;
};
class ok_ThreadedOnDemand {
public:
  explicit ok_ThreadedOnDemand(Options options) : options_(options) {}
  void play(int a) noexcept {
    std::thread writer;
    if (options_.threaded)
      writer = std::thread(count, a);
    change();
    if (options_.threaded)
      writer.join();
  }

private:
  static void count(int) noexcept;
  void change() noexcept;
  const Options options_;
};
class OptionsMayChange {
public:
  void bad_play(int a) noexcept {
    std::thread writer;
    if (options_.threaded)
      writer = std::thread(count, a); // warning: 'writer' is not joined on a path out of its scope
    change();
    if (options_.threaded)
      writer.join();
  }

private:
  static void count(int) noexcept;
  void change() noexcept;
  Options options_;
};
