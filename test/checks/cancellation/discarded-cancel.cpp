// RUN: %verify %s heddle-discarded-cancel -- -std=c++20
// The seed's rows with hand-written contexts, and the stop sources of the standard library.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

struct Item {};
struct Result {
  int status = 0;
};

/// A context in the manner of Go: the second part ends the first.
class Context {
public:
  bool cancelled() const;
};
std::pair<Context, std::function<void()>> with_timeout(const Context &parent, std::chrono::milliseconds limit);
std::pair<Context, std::function<void()>> with_cancel(const Context &parent);
Context background();

Result fetchUrl(const Context &, const std::string &url);
Result doBatch(const Context &, const std::vector<Item> &);
void work(std::stop_token);
void process(Context);
void expect(bool);

// ---- the seeds --------------------------------------------------------------------------------------------------------

Result bad_F5_cancel_not_used(const Context &parent, const std::string &url) {
  auto [ctx, cancel] = with_timeout(parent, 5s); // warning: cancel handle 'cancel' is never used
  return fetchUrl(ctx, url);
}

Result bad_P10_first_taken(const Context &parent, const std::string &url) {
  auto ctx = with_timeout(parent, 5s).first; // warning: only 'first' of the result is kept, and cancel handle 'second' is discarded
  return fetchUrl(ctx, url);
}

Result bad_L2_tied_to_ignore(const Context &parent, const std::vector<Item> &items) {
  Context ctx;
  std::tie(ctx, std::ignore) = with_timeout(parent, 5s); // warning: the cancel handle is discarded
  return doBatch(ctx, items);
}

void bad_L23_outlives_its_test() {
  auto [ctx, cancel] = with_cancel(background()); // warning: cancel handle 'cancel' is never used
  std::thread([ctx = ctx] { process(ctx); }).detach();
  expect(true);
}

Result bad_kept_as_a_pair(const Context &parent, const std::string &url) {
  auto derived = with_timeout(parent, 5s); // warning: cancel handle 'second' in 'derived' is never used
  return fetchUrl(derived.first, url);
}

Result ok_F5_called(const Context &parent, const std::string &url) {
  auto [ctx, cancel] = with_timeout(parent, 5s);
  Result result = fetchUrl(ctx, url);
  cancel();
  return result;
}

/// Calls it when the scope is left.
class Finally {
public:
  explicit Finally(std::function<void()> f) : f_(std::move(f)) {}
  ~Finally() { f_(); }

private:
  std::function<void()> f_;
};

Result ok_P10_by_scope_guard(const Context &parent, const std::string &url) {
  auto [ctx, cancel] = with_timeout(parent, 5s);
  Finally end(cancel);
  return fetchUrl(ctx, url);
}

std::pair<Context, std::function<void()>> ok_handed_out(const Context &parent) {
  auto [ctx, cancel] = with_cancel(parent);
  process(ctx);
  return {ctx, cancel};
}

std::pair<Context, std::function<void()>> ok_returned_whole(const Context &parent) { return with_timeout(parent, 1s); }

Result ok_on_one_path(const Context &parent, const std::string &url) {
  auto [ctx, cancel] = with_timeout(parent, 5s);
  Result result = fetchUrl(ctx, url);
  if (result.status != 0)
    cancel();
  return result;
}

Result ok_second_called(const Context &parent, const std::string &url) {
  auto derived = with_timeout(parent, 5s);
  Result result = fetchUrl(derived.first, url);
  derived.second();
  return result;
}

void ok_by_reference_into_a_task(const Context &parent) {
  auto derived = with_cancel(parent);
  std::thread watcher([&derived] { derived.second(); });
  process(derived.first);
  watcher.join();
}

class ok_stored {
public:
  void start(const Context &parent) {
    auto [ctx, cancel] = with_cancel(parent);
    cancel_ = cancel;
    process(ctx);
  }
  void stop() { cancel_(); }

private:
  std::function<void()> cancel_;
};

/// Two results of another kind: nothing to end.
std::pair<std::string, std::function<void()>> parse(const std::string &text);
std::string ok_not_a_context(const std::string &text) {
  auto [head, print] = parse(text + "!");
  return head;
}
std::pair<int, bool> ok_map_insert(std::map<int, int> &table) {
  auto [it, inserted] = table.emplace(1, 2);
  return {it->second, true};
}

// ---- std::stop_source ---------------------------------------------------------------------------------------------------

void bad_source_of_a_detached_task() {
  std::stop_source source; // warning: 'source' hands out its token but never requests a stop
  std::thread(work, source.get_token()).detach(); // note: the token is handed out here
}

class bad_member_source_never_stopped {
public:
  void start() {
    worker_ = std::thread([token = source_.get_token()] { work(token); }); // note: the token is handed out here
  }
  void finish() { worker_.join(); }

private:
  std::stop_source source_; // warning: 'source_' hands out its token, and no member of 'bad_member_source_never_stopped' requests a stop
  std::thread worker_;
};

void ok_source_requested() {
  std::stop_source source;
  std::thread worker(work, source.get_token());
  std::this_thread::sleep_for(1s);
  source.request_stop();
  worker.join();
}

void ok_source_copied_into_another(std::vector<std::stop_source> &all) {
  std::stop_source source;
  std::thread(work, source.get_token()).detach();
  all.push_back(source);
}

std::stop_source ok_source_returned() {
  std::stop_source source;
  std::thread(work, source.get_token()).detach();
  return source;
}

void ok_source_linked(std::stop_token outer) {
  std::stop_source source;
  std::stop_callback link(outer, [&source] { source.request_stop(); });
  work(source.get_token());
}

void ok_source_of_the_caller(std::stop_source &source) { std::thread(work, source.get_token()).detach(); }

void ok_jthread_stops_by_itself() {
  std::jthread worker(work);
  std::stop_token token = worker.get_stop_token();
  expect(!token.stop_requested());
}

void ok_never_given_away() {
  std::stop_source source;
  expect(!source.stop_requested());
}

void ok_shared_with_the_task() {
  auto source = std::make_shared<std::stop_source>();
  std::thread([source] { work(source->get_token()); }).detach();
  expect(source->request_stop());
}

class ok_member_source_stopped {
public:
  void start() {
    worker_ = std::thread([token = source_.get_token()] { work(token); });
  }
  ~ok_member_source_stopped() {
    source_.request_stop();
    worker_.join();
  }

private:
  std::stop_source source_;
  std::thread worker_;
};

class ok_member_source_of_friends {
public:
  void start() {
    worker_ = std::thread([token = source_.get_token()] { work(token); });
  }
  std::stop_source &source() { return source_; }

private:
  std::stop_source source_;
  std::thread worker_;
};

class ok_member_elsewhere {
public:
  void start() {
    worker_ = std::thread([token = source_.get_token()] { work(token); });
  }
  void stop(); // in another file

private:
  std::stop_source source_;
  std::thread worker_;
};

/// Whoever has the address may request the stop.
struct Relay {
  std::stop_source *to;
  void operator()() const { to->request_stop(); }
};
void ok_address_given_away(std::stop_token outer) {
  std::stop_source source;
  std::stop_callback<Relay> relay(outer, Relay{&source});
  work(source.get_token());
}
void ok_address_of_an_owned_one(std::stop_token outer) {
  auto source = std::make_unique<std::stop_source>();
  std::stop_callback<Relay> relay(outer, Relay{source.get()});
  work(source->get_token());
}

// ---- std::stop_callback -------------------------------------------------------------------------------------------------

class bad_waiter {
public:
  void wait(std::stop_token token) {
    std::stop_callback(token, [this] { wake_.notify_all(); }); // warning: stop callback is a temporary and is unregistered at the end of this statement // fixed: std::stop_callback onStop(token, [this] { wake_.notify_all(); });
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return ready_ || token.stop_requested(); });
  }

private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ready_ = false;
};

void bad_braces(std::stop_token token, std::atomic<bool> &flag) {
  std::stop_callback{token, [&flag] { flag = true; }}; // warning: stop callback is a temporary and is unregistered at the end of this statement // fixed: std::stop_callback onStop{token, [&flag] { flag = true; }};
  while (!flag)
    std::this_thread::yield();
}

void ok_named(std::stop_token token, std::atomic<bool> &flag) {
  std::stop_callback onStop(token, [&flag] { flag = true; });
  while (!flag)
    std::this_thread::yield();
}

class ok_member_callback {
public:
  explicit ok_member_callback(std::stop_token token) : onStop_(token, [this] { flag_ = true; }) {}

private:
  std::atomic<bool> flag_{false};
  std::stop_callback<std::function<void()>> onStop_;
};

std::unique_ptr<std::stop_callback<void (*)()>> ok_on_the_heap(std::stop_token token, void (*f)()) {
  return std::make_unique<std::stop_callback<void (*)()>>(token, f);
}

// ---- known misses -------------------------------------------------------------------------------------------------------

// It is mentioned: whether it is called on every way out is not asked.
Result FN_called_only_on_success(const Context &parent, const std::string &url) {
  auto [ctx, cancel] = with_timeout(parent, 5s);
  Result result = fetchUrl(ctx, url);
  if (result.status != 200)
    return result;
  cancel();
  return result;
}
