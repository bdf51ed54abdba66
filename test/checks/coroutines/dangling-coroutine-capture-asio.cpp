// REQUIRES: boost
// RUN: %verify %s heddle-dangling-coroutine-capture -- -std=c++20
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <memory>
#include <string>

namespace asio = boost::asio;
void use(const std::string &);

class Reporter {
public:
  explicit Reporter(asio::io_context &io) : io_(io) {}
  void bad_named(std::string line) {
    auto job = [this, line]() -> asio::awaitable<void> {
      co_await pause();
      use(line);
    };
    asio::co_spawn(io_, job(), asio::detached); // warning: the closure of this coroutine is destroyed before its task ends
  }
  asio::awaitable<int> bad_returned(std::function<int()> count) {
    auto job = [count]() -> asio::awaitable<int> { co_return count(); };
    return asio::co_spawn(io_, job(), asio::use_awaitable); // warning: the closure of this coroutine is destroyed before its task ends, and 'count' is kept in it
  }
  void bad_temporary(std::string line) {
    asio::co_spawn(
        io_,
        [line]() -> asio::awaitable<void> {
          use(line); // warning: the closure of this coroutine is destroyed before its task ends, and 'line' is kept in it
          co_return;
        }(),
        asio::detached);
  }
  void bad_local_by_reference(int shelf, bool night) {
    const std::string name = std::to_string(shelf) + (night ? "n" : "d");
    asio::co_spawn(io_, print(name), asio::detached); // warning: 'name' is destroyed before the task of 'print' ends, and its parameter 'text' refers to it; the resumed coroutine accesses a dead object (use after free); take the parameter by value
  }
  void bad_parameter_by_reference(std::string name) {
    asio::co_spawn(io_, print(name), [](std::exception_ptr) {}); // warning: 'name' is destroyed before the task of 'print' ends
  }
  void ok_member_by_reference() { asio::co_spawn(io_, print(name_), asio::detached); }
  void ok_callers_object(const std::string &name) { asio::co_spawn(io_, print(name), asio::detached); }
  int ok_local_and_wait(std::string name) {
    auto done = asio::co_spawn(io_, print(name), asio::use_future);
    done.get();
    return 0;
  }
  asio::awaitable<void> ok_local_and_suspend(std::string name) {
    asio::co_spawn(io_, print(name), asio::detached);
    co_await pause();
  }
  void ok_callable(std::string line) {
    auto job = [this, line]() -> asio::awaitable<void> {
      co_await pause();
      use(line);
    };
    asio::co_spawn(io_, std::move(job), asio::detached);
  }
  asio::awaitable<int> ok_awaited(std::function<int()> count) {
    auto job = [count]() -> asio::awaitable<int> { co_return count(); };
    co_return co_await asio::co_spawn(io_, job(), asio::use_awaitable);
  }
  asio::awaitable<int> ok_awaited_temporary(std::function<int()> count) {
    co_return co_await asio::co_spawn(
        io_, [count]() -> asio::awaitable<int> { co_return count(); }(), asio::use_awaitable);
  }
  int ok_waits(std::function<int()> count) {
    auto job = [count]() -> asio::awaitable<int> { co_return count(); };
    auto done = asio::co_spawn(io_, job(), asio::use_future);
    return done.get();
  }
  void ok_runs_the_loop(std::string line) {
    auto job = [line]() -> asio::awaitable<void> {
      use(line);
      co_return;
    };
    asio::co_spawn(io_, job(), asio::detached);
    io_.run();
  }
  asio::awaitable<void> ok_suspends_until_then(std::string line) {
    auto job = [line]() -> asio::awaitable<void> {
      use(line);
      co_return;
    };
    asio::co_spawn(io_, job(), asio::detached);
    co_await pause();
  }

private:
  std::string name_;
  static asio::awaitable<void> print(const std::string &text) {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::seconds(1));
    co_await timer.async_wait(asio::use_awaitable);
    use(text);
  }
  asio::awaitable<void> pause() {
    asio::steady_timer timer(io_, std::chrono::seconds(1));
    co_await timer.async_wait(asio::use_awaitable);
  }
  asio::io_context &io_;
};
void ok_own_loop(std::string line) {
  asio::io_context io;
  auto job = [line]() -> asio::awaitable<void> {
    use(line);
    co_return;
  };
  asio::co_spawn(io, job(), asio::detached);
  auto run = [&io] { io.run(); };
  run();
}
