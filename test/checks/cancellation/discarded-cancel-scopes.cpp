// RUN: %verify %s heddle-discarded-cancel -- -std=c++20
// Tokens of temporaries: what stops them ends with the statement.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

using namespace std::chrono_literals;
bool fetch(std::stop_token stop, const std::string &url);

// Stops after a while, or with its parent.
class Deadline {
public:
  Deadline(std::stop_token parent, std::chrono::milliseconds limit)
      : link_(std::move(parent), [this] { source_.request_stop(); }),
        timer_([this, limit](std::stop_token over) { watch(over, limit); }) {}
  std::stop_token token() const { return source_.get_token(); }

private:
  void watch(std::stop_token over, std::chrono::milliseconds limit) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any expired;
    if (!expired.wait_for(lock, over, limit, [] { return false; }))
      source_.request_stop();
  }
  std::stop_source source_;
  std::stop_callback<std::function<void()>> link_;
  std::jthread timer_;
};
// Stops when it dies.
class Scope {
public:
  ~Scope() { source_.request_stop(); }
  std::stop_token get() { return source_.get_token(); }

private:
  std::stop_source source_;
};
Scope makeScope();

bool bad_deadline(std::stop_token parent) {
  const std::stop_token stop = Deadline(parent, 2s).token(); // warning: 'stop' is the token of a temporary, and what stops it ends with this statement; the token stops at once or never; give the temporary a name in this scope
  return fetch(stop, "a") && fetch(stop, "b");
}
struct bad_member {
  class Client {
  public:
    explicit Client(std::stop_token parent) : stop_(Deadline(parent, 5s).token()) {} // warning: 'stop_' is the token of a temporary
    bool load() { return fetch(stop_, "c"); }

  private:
    std::stop_token stop_;
  };
};
bool bad_made_by_a_function() {
  auto stop = makeScope().get(); // warning: 'stop' is the token of a temporary
  return fetch(stop, "d");
}

bool ok_named(std::stop_token parent) {
  Deadline deadline(parent, 2s);
  const std::stop_token stop = deadline.token();
  return fetch(stop, "a");
}
bool ok_in_one_statement(std::stop_token parent) { return fetch(Deadline(parent, 2s).token(), "a"); }
class Source { // hands out tokens of a source that lives elsewhere
public:
  explicit Source(std::stop_source &source) : source_(source) {}
  std::stop_token token() const { return source_.get_token(); }
  void stop() { source_.request_stop(); }

private:
  std::stop_source &source_;
};
bool ok_of_another(std::stop_source &source) {
  auto stop = Source(source).token();
  return fetch(stop, "e");
}
bool ok_never(const std::string &url) { // on purpose: a token that never stops
  auto stop = std::stop_source().get_token();
  return fetch(stop, url);
}
