// RUN: %verify %s heddle-group-without-cancellation -- -std=c++20
// The seeds' rows (S2, L17): a bare group although a token is available.
#include "Inputs/error_group.h"
#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

struct User {};
struct Posts {};
User fetchUser(std::stop_token);
Posts fetchPosts(std::stop_token);
std::error_code tryFetch(std::stop_token, int);
User compute();
int count(std::stop_token) noexcept;

/// The same with one: the first error stops the others.
class CancellingGroup {
public:
  ~CancellingGroup() { wait(); }
  std::stop_token token() const { return stop_.get_token(); }
  void go(std::function<std::error_code()> task) {
    threads_.emplace_back([this, task = std::move(task)] {
      if (std::error_code ec = task()) {
        std::lock_guard lock(mutex_);
        if (!first_)
          first_ = ec;
        stop_.request_stop();
      }
    });
  }
  std::error_code wait() {
    for (std::thread &t : threads_)
      t.join();
    threads_.clear();
    return first_;
  }

private:
  std::mutex mutex_;
  std::stop_source stop_;
  std::error_code first_;
  std::vector<std::thread> threads_;
};

// ---- S2, L17 ------------------------------------------------------------------------------------------------------------
std::error_code bad_S2(std::stop_token token) { // note: the tasks observe 'token', which only the caller can stop
  ErrorGroup group; // note: the group has no stop of its own
  group.go([token] { return tryFetch(token, 1); }); // warning: when one of these tasks fails, nothing stops the others
  group.go([token] { return tryFetch(token, 2); });
  return group.wait();
}
std::error_code bad_L17_loop(std::stop_token token, int n) {
  ErrorGroup group;
  for (int i = 0; i < n; ++i)
    group.go([token, i] { return tryFetch(token, i); }); // warning: when one of these tasks fails, nothing stops the others
  return group.wait();
}
void bad_two_futures(std::stop_token token) {
  auto user = std::async(std::launch::async, [token] { return fetchUser(token); }); // warning: when one of these tasks fails
  auto posts = std::async(std::launch::async, [token] { return fetchPosts(token); });
  user.get();
  posts.get();
}
void bad_vector_of_futures(std::stop_token token, int n) {
  std::vector<std::future<User>> all;
  for (int i = 0; i < n; ++i)
    all.push_back(std::async(std::launch::async, fetchUser, token)); // warning: when one of these tasks fails
  for (auto &f : all)
    f.get();
}

std::error_code ok_S2(std::stop_token) {
  CancellingGroup group;
  group.go([token = group.token()] { return tryFetch(token, 1); });
  group.go([token = group.token()] { return tryFetch(token, 2); });
  return group.wait();
}
std::error_code ok_own_source(std::stop_token outer) {
  std::stop_source stop;
  std::stop_callback linked(outer, [&stop] { stop.request_stop(); });
  ErrorGroup group;
  for (int i = 0; i < 2; ++i)
    group.go([token = stop.get_token(), &stop, i] {
      std::error_code ec = tryFetch(token, i);
      if (ec)
        stop.request_stop();
      return ec;
    });
  return group.wait();
}
std::error_code ok_one_task(std::stop_token token) {
  ErrorGroup group;
  group.go([token] { return tryFetch(token, 1); });
  return group.wait();
}
void ok_no_token(std::stop_token) {
  auto a = std::async(std::launch::async, [] { return compute(); });
  auto b = std::async(std::launch::async, [] { return compute(); });
  a.get();
  b.get();
}
void ok_can_not_fail(std::stop_token token) {
  auto a = std::async(std::launch::async, [token]() noexcept { return count(token); });
  auto b = std::async(std::launch::async, [token]() noexcept { return count(token); });
  a.get();
  b.get();
}
void ok_of_the_caller(ErrorGroup &group, std::stop_token token) {
  group.go([token] { return tryFetch(token, 1); });
  group.go([token] { return tryFetch(token, 2); });
}
void ok_nothing_to_stop_them_with() {
  auto a = std::async(std::launch::async, [] { return compute(); });
  a.get();
}

// ---- a helper starts the tasks ----
class Loader {
public:
  void bad_launched_by_a_helper(std::stop_token stop) { // note: the tasks observe 'stop', which only the caller can stop
    std::vector<std::future<User>> parts;
    parts.push_back(launch(1, stop)); // warning: when one of these tasks fails
    parts.push_back(launch(2, stop));
    for (auto &part : parts)
      part.get();
  }
  void ok_helper_without_the_token(std::stop_token stop) {
    std::vector<std::future<User>> parts;
    parts.push_back(launch(1, {}));
    parts.push_back(launch(2, {}));
    for (auto &part : parts)
      part.get();
    (void)stop;
  }
  void ok_own_source(std::stop_token) {
    std::stop_source own;
    std::vector<std::future<User>> parts;
    parts.push_back(launch(1, own.get_token()));
    parts.push_back(launch(2, own.get_token()));
    for (auto &part : parts)
      try {
        part.get();
      } catch (...) {
        own.request_stop();
      }
  }

private:
  std::future<User> launch(int, std::stop_token token) { return std::async(std::launch::async, fetchUser, token); }
};

// ---- groups that keep what their tasks throw ------------------------------------------------------------------------
class Errands {
public:
  explicit Errands(std::stop_source onFailure = std::stop_source(std::nostopstate)) : onFailure_(std::move(onFailure)) {}
  ~Errands() { joinAll(); }
  void send(std::function<void()> errand) {
    runners_.emplace_back([this, errand = std::move(errand)]() noexcept {
      try {
        errand();
      } catch (...) {
        std::lock_guard lock(mutex_);
        if (!first_)
          first_ = std::current_exception();
        onFailure_.request_stop();
      }
    });
  }
  void settle() {
    joinAll();
    if (first_)
      std::rethrow_exception(first_);
  }

private:
  void joinAll() {
    for (std::thread &r : runners_)
      r.join();
    runners_.clear();
  }
  std::stop_source onFailure_;
  std::mutex mutex_;
  std::exception_ptr first_;
  std::vector<std::thread> runners_;
};
User bad_throwing(std::stop_token stop) {
  User a, b;
  Errands errands;
  errands.send([&] { a = fetchUser(stop); }); // warning: when one of these tasks fails, nothing stops the others
  errands.send([&] { b = fetchUser(stop); });
  errands.settle();
  return a;
}
User ok_source_of_the_caller(std::stop_source source) {
  User a, b;
  Errands errands(source);
  errands.send([&] { a = fetchUser(source.get_token()); });
  errands.send([&] { b = fetchUser(source.get_token()); });
  errands.settle();
  return a;
}
User ok_tied_to_a_source(std::stop_source source, std::stop_token stop) {
  User a, b;
  Errands errands(source); // whoever gave both may have tied them
  errands.send([&] { a = fetchUser(stop); });
  errands.send([&] { b = fetchUser(stop); });
  errands.settle();
  return a;
}
int ok_that_can_not_fail(std::stop_token stop) {
  int a = 0, b = 0;
  Errands errands;
  errands.send([&] { a = count(stop); });
  errands.send([&] { b = count(stop); });
  errands.settle();
  return a + b;
}

// ---- a helper adds them ---------------------------------------------------------------------------------------------
void bothOf(ErrorGroup &group, const std::stop_token &token) {
  group.go([token] { return tryFetch(token, 1); });
  group.go([token] { return tryFetch(token, 2); });
}
std::error_code bad_added_by_a_helper(std::stop_token token) {
  ErrorGroup group;
  bothOf(group, token); // warning: when one of these tasks fails, nothing stops the others
  return group.wait();
}
std::error_code ok_helper_with_a_token_of_its_own(std::stop_token) {
  ErrorGroup group;
  std::stop_source own;
  bothOf(group, own.get_token());
  return group.wait();
}

// ---- tasks that tell by a flag --------------------------------------------------------------------------------------
enum class Verdict { sound, broken };
Verdict check(std::stop_token, int) noexcept;
class Press {
public:
  bool bad_printable(std::stop_token stop) {
    Errands checks;
    checks.send([&] { note(check(stop, 1)); }); // warning: when one of these tasks fails, nothing stops the others
    checks.send([&] { note(check(stop, 2)); });
    checks.settle();
    return !failed_;
  }
  int ok_counts(std::stop_token stop) { // it wants to know of all
    Errands checks;
    checks.send([&] { number(check(stop, 1)); });
    checks.send([&] { number(check(stop, 2)); });
    checks.settle();
    return broken_;
  }
  void ok_nobody_asks(std::stop_token stop) {
    Errands checks;
    checks.send([&] { note(check(stop, 1)); });
    checks.send([&] { note(check(stop, 2)); });
    checks.settle();
  }
  bool ok_first_failure_stops(std::stop_token outer) {
    std::stop_source source;
    std::stop_callback link(outer, [&] { source.request_stop(); });
    Errands checks;
    for (int i = 0; i < 3; ++i)
      checks.send([&, i] {
        if (check(source.get_token(), i) == Verdict::broken) {
          failed_ = true;
          source.request_stop();
        }
      });
    checks.settle();
    return !failed_;
  }

private:
  void note(Verdict v) {
    if (v == Verdict::broken)
      failed_ = true;
  }
  void number(Verdict v) {
    if (v == Verdict::broken)
      ++broken_;
  }
  std::atomic<bool> failed_{false};
  std::atomic<int> broken_{0};
};

// ---- threads that store what became of their work ----
template <class T> struct Found {
  std::optional<T> value;
  std::string why;
};
Found<User> findUser(std::stop_token);
Found<Posts> findPosts(std::stop_token);
std::optional<int> lookUp(std::stop_token, int);
bool bad_results_in_locals(std::stop_token stop) {
  Found<User> user;
  Found<Posts> posts;
  std::vector<std::thread> threads;
  threads.emplace_back([&] { user = findUser(stop); }); // warning: when one of these tasks fails, nothing stops the others
  threads.emplace_back([&] { posts = findPosts(stop); });
  for (auto &t : threads)
    t.join();
  if (!user.value || !posts.value)
    return false;
  return true;
}
void bad_errors_in_a_list(std::stop_token stop) {
  std::vector<std::exception_ptr> errors(4);
  std::vector<std::jthread> threads;
  for (int i = 0; i != 4; ++i)
    threads.emplace_back([&errors, stop, i] { // warning: when one of these tasks fails, nothing stops the others
      try {
        fetchUser(stop);
      } catch (...) {
        errors[i] = std::current_exception();
      }
    });
  for (auto &t : threads)
    t.join();
  for (auto &e : errors)
    if (e)
      std::rethrow_exception(e);
}
int ok_one_is_enough(std::stop_token stop) { // what is not there was not found
  std::optional<int> a, b;
  std::vector<std::thread> threads;
  threads.emplace_back([&] { a = lookUp(stop, 1); });
  threads.emplace_back([&] { b = lookUp(stop, 2); });
  for (auto &t : threads)
    t.join();
  if (a)
    return *a;
  if (b)
    return *b;
  return 0;
}
bool ok_first_failure_stops(std::stop_token stop) {
  std::stop_source all;
  std::stop_callback outer(stop, [&all] { all.request_stop(); });
  Found<User> user;
  Found<Posts> posts;
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    user = findUser(all.get_token());
    if (!user.value)
      all.request_stop();
  });
  threads.emplace_back([&] {
    posts = findPosts(all.get_token());
    if (!posts.value)
      all.request_stop();
  });
  for (auto &t : threads)
    t.join();
  return user.value && posts.value;
}
void ok_nothing_is_asked(std::stop_token stop) {
  Found<User> user;
  Found<Posts> posts;
  std::vector<std::thread> threads;
  threads.emplace_back([&] { user = findUser(stop); });
  threads.emplace_back([&] { posts = findPosts(stop); });
  for (auto &t : threads)
    t.join();
}
