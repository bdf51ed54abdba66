// REQUIRES: asio
// RUN: %verify %s heddle-transient-executor -- -std=c++20
// Event loops with a thread of their own, made for each call.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_future.hpp>

#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;

class Reactor {
public:
  Reactor() : work_(asio::make_work_guard(loop_)), thread_([this] { loop_.run(); }) {}
  ~Reactor() {
    work_.reset();
    thread_.join();
  }
  asio::io_context &loop() { return loop_; }

private:
  asio::io_context loop_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};
class Names {
public:
  bool bad_known(const std::string &host) const {
    Reactor reactor; // warning: 'reactor' is made in each iteration; its threads are started and waited for each time; make it once and share it
    tcp::resolver resolver(reactor.loop());
    return !resolver.async_resolve(host, "", asio::use_future).get().empty();
  }
  bool ok_shared(const std::string &host) {
    tcp::resolver resolver(reactor_.loop());
    return !resolver.async_resolve(host, "", asio::use_future).get().empty();
  }

private:
  Reactor reactor_;
};
int countKnown(const std::vector<std::string> &hosts) {
  Names names;
  int known = 0;
  for (const std::string &host : hosts)
    known += names.bad_known(host);
  return known;
}
void bad_in_a_loop(const std::vector<std::string> &hosts) {
  for (const std::string &host : hosts) {
    Reactor reactor; // warning: 'reactor' is made in each iteration
    tcp::resolver resolver(reactor.loop());
    resolver.async_resolve(host, "", asio::use_future).get();
  }
}
void ok_before_the_loop(const std::vector<std::string> &hosts) {
  Reactor reactor;
  tcp::resolver resolver(reactor.loop());
  for (const std::string &host : hosts)
    resolver.async_resolve(host, "", asio::use_future).get();
}
class Lazy { // no thread before somebody asks for one
public:
  void start() { thread_ = std::jthread([this] { loop_.run(); }); }
  asio::io_context &loop() { return loop_; }

private:
  asio::io_context loop_;
  std::jthread thread_;
};
void ok_no_thread(const std::vector<std::string> &hosts) {
  for (const std::string &host : hosts) {
    Lazy lazy;
    tcp::resolver resolver(lazy.loop());
    resolver.resolve(host, "");
  }
}
class Borrows { // the loop is another's
public:
  explicit Borrows(asio::io_context &loop) : loop_(loop), thread_([this] { loop_.run_one(); }) {}

private:
  asio::io_context &loop_;
  std::jthread thread_;
};
void ok_loop_of_others(asio::io_context &loop, const std::vector<std::string> &hosts) {
  for (const std::string &host : hosts) {
    Borrows borrows(loop);
    (void)host;
  }
}
