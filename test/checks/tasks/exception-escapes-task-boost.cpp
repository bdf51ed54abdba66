// REQUIRES: boost, boost-fiber, asio
// RUN: %verify %s heddle-exception-escapes-task -- -std=c++20 -DBOOST_THREAD_VERSION=4
#include <boost/asio.hpp>
#include <boost/fiber/all.hpp>
#include <boost/thread.hpp>
#include <boost/thread/future.hpp>
#include <iostream>
#include <string>

struct BadLine : std::exception {};

double price(const std::string &line) {
  if (line.find(',') == std::string::npos)
    throw BadLine();
  return std::stod(line);
}

void bad_thread(std::string line) {
  boost::thread t([line] { price(line); }); // warning: 'BadLine' may escape the entry function of this task
  t.join();
}
boost::fibers::future<double> bad_F7_fiber(std::string line) {
  boost::fibers::promise<double> p;
  auto f = p.get_future();
  boost::fibers::fiber([line, p = std::move(p)]() mutable {
    p.set_value(price(line)); // warning: 'BadLine' may escape the entry function of this task
  }).detach();
  return f;
}
void bad_socket(boost::asio::ip::tcp::socket &s, char *buffer, std::size_t n) {
  boost::thread t([&s, buffer, n] {
    s.read_some(boost::asio::buffer(buffer, n)); // warning: 'boost::system::system_error' may escape the entry function of this task
  });
  t.join();
}

void ok_async(std::string line) {
  auto f = boost::async(boost::launch::async, [line] { return price(line); });
  try {
    f.get();
  } catch (const std::exception &) {
  }
}
boost::fibers::future<double> ok_F7_fiber(std::string line) {
  boost::fibers::promise<double> p;
  auto f = p.get_future();
  boost::fibers::fiber([line, p = std::move(p)]() mutable {
    try {
      p.set_value(price(line));
    } catch (...) {
      p.set_exception(std::current_exception());
    }
  }).detach();
  return f;
}
void ok_socket_tells_by_code(boost::asio::ip::tcp::socket &s, char *buffer, std::size_t n) {
  boost::thread t([&s, buffer, n] {
    boost::system::error_code ec;
    s.read_some(boost::asio::buffer(buffer, n), ec);
    if (ec)
      std::cerr << ec.message();
  });
  t.join();
}
void ok_posted(boost::asio::io_context &io, std::string line) {
  boost::asio::post(io, [line] { price(line); });
}
