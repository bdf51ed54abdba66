// REQUIRES: boost
// RUN: %verify %s heddle-unfulfilled-promise -- -std=c++20
// Completion handlers that drop the promise on their error path; fibers.
#define BOOST_THREAD_VERSION 4
#include <boost/asio.hpp>
#include <boost/fiber/all.hpp>

#include <array>
#include <future>
#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
void log(const std::string &);

class Connection : public std::enable_shared_from_this<Connection> {
public:
  std::future<std::size_t> bad_read() {
    auto p = std::make_shared<std::promise<std::size_t>>();
    auto f = p->get_future();
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this(), p](boost::system::error_code ec, std::size_t n) { // note: the callable that owns 'p' is handed over here
      if (ec) {
        log(ec.message());
        return; // warning: promise 'p' is dropped unfulfilled on this path
      }
      p->set_value(n);
    });
    return f;
  }
  std::future<int> bad_posted(int n) {
    std::promise<int> p;
    auto f = p.get_future();
    asio::post(socket_.get_executor(), [n, p = std::move(p)]() mutable {
      if (n > 0)
        p.set_value(n);
    }); // warning@-0: promise 'p' is dropped unfulfilled on this path
    return f;
  }

  std::future<std::size_t> ok_read() {
    auto p = std::make_shared<std::promise<std::size_t>>();
    auto f = p->get_future();
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this(), p](boost::system::error_code ec, std::size_t n) {
      if (ec) {
        p->set_exception(std::make_exception_ptr(boost::system::system_error(ec)));
        return;
      }
      p->set_value(n);
    });
    return f;
  }
  std::future<std::size_t> ok_read_with_timeout() {
    auto p = std::make_shared<std::promise<std::size_t>>();
    auto f = p->get_future();
    socket_.async_read_some(asio::buffer(buffer_), [p](boost::system::error_code ec, std::size_t n) {
      if (!ec)
        p->set_value(n);
    });
    timer_.async_wait([p](boost::system::error_code ec) {
      if (!ec)
        p->set_exception(std::make_exception_ptr(std::runtime_error("timeout")));
    });
    return f;
  }
  std::future<int> ok_fiber(int n) {
    boost::fibers::promise<int> p;
    auto f = p.get_future();
    boost::fibers::fiber([n, p = std::move(p)]() mutable { p.set_value(n); }).detach();
    return {};
  }

private:
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::array<char, 512> buffer_;
};

void bad_fiber(boost::fibers::promise<int> p, int n) {
  if (n < 0)
    return; // warning: promise 'p' is dropped unfulfilled on this path; its future reports 'broken_promise' instead of a result
  p.set_value(n);
}
void ok_all_ways(boost::fibers::promise<int> p, int n) { p.set_value(n < 0 ? 0 : n); }
