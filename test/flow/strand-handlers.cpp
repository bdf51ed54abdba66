// Handlers beside those on the strand of their object.
// REQUIRES: asio
// RUN: %verify --word strand %s heddle-dev-strand-handlers -- -std=c++20
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

namespace asio = boost::asio;
struct Counter {
  explicit Counter(asio::io_context &io) : io(io), strand(io.get_executor()) {}
  asio::io_context &io;
  asio::strand<asio::io_context::executor_type> strand;
  int sum = 0, resets = 0;
  void add() {
    asio::post(strand, [this] { ++sum; }); // strand: bound to strand
  }
  void reset() {
    asio::post(io, [this] { sum = 0; }); // strand: stray, shares sum
    asio::post(io, [this] { ++resets; });
  }
};
