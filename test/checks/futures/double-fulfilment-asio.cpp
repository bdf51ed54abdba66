// REQUIRES: asio
// RUN: %verify %s heddle-double-fulfilment -- -std=c++20
// An answer and a timeout: two handlers that race for one promise.
#include <boost/asio.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;
using boost::system::error_code;
using asio::ip::tcp;
using asio::ip::udp;

inline std::exception_ptr failure(error_code ec) { return std::make_exception_ptr(boost::system::system_error(ec)); }

std::future<std::size_t> bad_free_handlers(std::shared_ptr<tcp::socket> socket, std::shared_ptr<asio::steady_timer> timer,
                                           asio::mutable_buffer into) {
  auto promise = std::make_shared<std::promise<std::size_t>>();
  auto result = promise->get_future();
  socket->async_read_some(into, [promise](error_code ec, std::size_t n) { // note: a callable that fulfils 'promise' is handed over here
    if (ec)
      promise->set_exception(failure(ec));
    else
      promise->set_value(n);
  });
  timer->expires_after(std::chrono::seconds(3));
  timer->async_wait([promise, socket](error_code ec) { // note: a second callable is handed over here
    if (!ec)
      promise->set_exception(failure(asio::error::timed_out)); // warning: promise 'promise' is fulfilled here and in another callback
  });
  return result;
}

class Lookup : public std::enable_shared_from_this<Lookup> {
public:
  explicit Lookup(asio::io_context &io) : resolver_(io), timer_(io) {}
  std::future<std::string> bad_members(const std::string &host) {
    resolver_.async_resolve(host, "80", [self = shared_from_this()](error_code ec, tcp::resolver::results_type found) {
      if (ec)
        self->fail(ec);
      else
        self->promise_.set_value(found->host_name());
    });
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (ec == asio::error::operation_aborted)
        return;
      self->promise_.set_exception(failure(asio::error::timed_out)); // warning: promise 'promise_' is fulfilled here and in another callback
    });
    return promise_.get_future();
  }

private:
  void fail(error_code ec) { promise_.set_exception(failure(ec)); }
  tcp::resolver resolver_;
  asio::steady_timer timer_;
  std::promise<std::string> promise_;
};

// ---- silent -----------------------------------------------------------------------------------------------------------

class ok_lookup_with_flag : public std::enable_shared_from_this<ok_lookup_with_flag> {
public:
  std::future<std::string> start(const std::string &host) {
    resolver_.async_resolve(host, "80", [self = shared_from_this()](error_code ec, tcp::resolver::results_type found) {
      if (std::exchange(self->done_, true))
        return;
      self->timer_.cancel();
      if (ec)
        self->promise_.set_exception(failure(ec));
      else
        self->promise_.set_value(found->host_name());
    });
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (ec || std::exchange(self->done_, true))
        return;
      self->promise_.set_exception(failure(asio::error::timed_out));
    });
    return promise_.get_future();
  }

private:
  asio::io_context io_;
  tcp::resolver resolver_{io_};
  asio::steady_timer timer_{io_};
  bool done_ = false;
  std::promise<std::string> promise_;
};

class ok_timer_only_cancels : public std::enable_shared_from_this<ok_timer_only_cancels> {
public:
  std::future<std::size_t> start() {
    socket_.async_receive(asio::buffer(buffer_), [self = shared_from_this()](error_code ec, std::size_t n) {
      self->timer_.cancel();
      if (ec)
        self->promise_.set_exception(failure(ec));
      else
        self->promise_.set_value(n);
    });
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->socket_.cancel();
    });
    return promise_.get_future();
  }

private:
  asio::io_context io_;
  udp::socket socket_{io_};
  asio::steady_timer timer_{io_};
  std::array<char, 512> buffer_{};
  std::promise<std::size_t> promise_;
};

class ok_chain_of_handlers : public std::enable_shared_from_this<ok_chain_of_handlers> {
public:
  std::future<std::size_t> start() {
    auto result = promise_.get_future();
    asio::async_write(socket_, asio::buffer(request_), [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec)
        return self->promise_.set_exception(failure(ec));
      self->read();
    });
    return result;
  }

private:
  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](error_code ec, std::size_t n) {
      if (ec)
        self->promise_.set_exception(failure(ec));
      else
        self->promise_.set_value(n);
    });
  }
  asio::io_context io_;
  tcp::socket socket_{io_};
  std::string request_;
  std::array<char, 512> buffer_{};
  std::promise<std::size_t> promise_;
};

class ok_pending_by_id {
public:
  std::future<std::string> ask(int id) {
    auto result = pending_[id].get_future();
    auto timer = std::make_shared<asio::steady_timer>(io_, std::chrono::seconds(2));
    timer->async_wait([this, id, timer](error_code) { settle(id, "timeout"); });
    asio::post(io_, [this, id] { settle(id, "answer"); });
    return result;
  }

private:
  void settle(int id, std::string text) {
    auto it = pending_.find(id);
    if (it == pending_.end())
      return;
    it->second.set_value(std::move(text));
    pending_.erase(it);
  }
  asio::io_context io_;
  std::map<int, std::promise<std::string>> pending_;
};

std::future<void> ok_connect(std::shared_ptr<tcp::socket> socket, const tcp::endpoint &peer) {
  auto promise = std::make_shared<std::promise<void>>();
  socket->async_connect(peer, [promise, socket](error_code ec) {
    if (ec) {
      promise->set_exception(failure(ec));
      return;
    }
    promise->set_value();
  });
  return promise->get_future();
}
