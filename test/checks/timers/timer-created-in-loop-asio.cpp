// REQUIRES: asio
// RUN: %verify %s heddle-timer-created-in-loop -- -std=c++20
#include <boost/asio.hpp>

#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using boost::system::error_code;
using asio::ip::tcp;
using namespace std::chrono_literals;

void handle(const std::string &);
std::string next(std::mutex &, std::condition_variable &, std::deque<std::string> &);

asio::awaitable<void> bad_coroutine(tcp::socket socket) {
  std::array<char, 512> buffer{};
  for (;;) {
    asio::steady_timer pause(co_await asio::this_coro::executor, 1s); // warning: a timer is created in every iteration of this loop
    co_await pause.async_wait(asio::use_awaitable);
    std::size_t n = co_await socket.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    handle({buffer.data(), n});
  }
}

void bad_blocking_loop(asio::io_context &io, tcp::socket &socket) {
  std::array<char, 512> buffer{};
  while (socket.is_open()) {
    std::size_t n = asio::read(socket, asio::buffer(buffer));
    auto limit = std::make_shared<asio::steady_timer>(io, 5s); // warning: a timer is created in every iteration of this loop
    limit->async_wait([limit](error_code) { handle("slow"); });
    handle({buffer.data(), n});
  }
}

class Session : public std::enable_shared_from_this<Session> {
public:
  explicit Session(tcp::socket socket) : socket_(std::move(socket)), idle_(socket_.get_executor()) {}
  void bad_read() {
    auto limit = std::make_shared<asio::steady_timer>(socket_.get_executor(), 30s); // warning: a timer is created for every message
    limit->async_wait([limit, self = shared_from_this()](error_code ec) {
      if (!ec)
        self->socket_.close();
    });
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this(), limit](error_code ec, std::size_t) { // note: the handler that is registered here calls this function again
      limit->cancel();
      if (!ec)
        self->bad_read();
    });
  }
  void ok_read() {
    idle_.expires_after(30s);
    idle_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->socket_.close();
    });
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](error_code ec, std::size_t) {
      if (!ec)
        self->ok_read();
    });
  }

private:
  tcp::socket socket_;
  asio::steady_timer idle_;
  std::array<char, 512> buffer_{};
};

asio::awaitable<void> ok_coroutine(tcp::socket socket) {
  std::array<char, 512> buffer{};
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (;;) {
    pause.expires_after(1s);
    co_await pause.async_wait(asio::use_awaitable);
    std::size_t n = co_await socket.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    handle({buffer.data(), n});
  }
}

/// Each accepted connection owns its timer.
class ok_server {
public:
  void accept() {
    acceptor_.async_accept([this](error_code ec, tcp::socket socket) {
      if (!ec)
        std::make_shared<Session>(std::move(socket))->ok_read();
      accept();
    });
  }

private:
  asio::io_context io_;
  tcp::acceptor acceptor_{io_};
};

asio::awaitable<void> ok_accepting(tcp::acceptor acceptor, std::vector<std::shared_ptr<Session>> &sessions) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    sessions.push_back(std::make_shared<Session>(std::move(socket)));
  }
}

void ok_three_attempts(asio::io_context &io) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    asio::steady_timer pause(io, 100ms);
    pause.wait();
    handle("again");
  }
}

class ok_retry_later {
public:
  void poll() {
    timer_.expires_after(1s);
    timer_.async_wait([this](error_code ec) {
      if (!ec)
        poll();
    });
  }

private:
  asio::io_context io_;
  asio::steady_timer timer_{io_};
};

void ok_before_the_loop(asio::io_context &io, tcp::socket &socket) {
  std::array<char, 512> buffer{};
  asio::steady_timer limit(io);
  while (socket.is_open()) {
    limit.expires_after(5s);
    limit.async_wait([](error_code) { handle("slow"); });
    handle({buffer.data(), asio::read(socket, asio::buffer(buffer))});
  }
}
