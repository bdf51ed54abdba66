// REQUIRES: asio
// RUN: %verify %s heddle-discarded-cancel -- -std=c++20
#include <boost/asio.hpp>

#include <array>
#include <memory>
#include <string>

namespace asio = boost::asio;
using boost::system::error_code;

class bad_reader : public std::enable_shared_from_this<bad_reader> {
public:
  void read() {
    socket_.async_read_some(asio::buffer(buffer_),
                            asio::bind_cancellation_slot(stop_.slot(), // note: the token is handed out here
                                                         [self = shared_from_this()](error_code ec, std::size_t) {
                                                           if (!ec)
                                                             self->read();
                                                         }));
  }
  void close() { closed_ = true; }

private:
  asio::io_context io_;
  asio::ip::tcp::socket socket_{io_};
  std::array<char, 512> buffer_{};
  bool closed_ = false;
  asio::cancellation_signal stop_; // warning: 'stop_' hands out its token, and no member of 'bad_reader' requests a stop
};

class ok_reader : public std::enable_shared_from_this<ok_reader> {
public:
  void read() {
    socket_.async_read_some(asio::buffer(buffer_),
                            asio::bind_cancellation_slot(stop_.slot(), [self = shared_from_this()](error_code ec, std::size_t) {
                              if (!ec)
                                self->read();
                            }));
  }
  void close() {
    asio::post(io_, [self = shared_from_this()] { self->stop_.emit(asio::cancellation_type::all); });
  }

private:
  asio::io_context io_;
  asio::ip::tcp::socket socket_{io_};
  std::array<char, 512> buffer_{};
  asio::cancellation_signal stop_;
};

void bad_local_signal(asio::io_context &io) {
  asio::steady_timer timer(io, std::chrono::seconds(1));
  asio::cancellation_signal stop; // warning: 'stop' hands out its token but never requests a stop
  timer.async_wait(asio::bind_cancellation_slot(stop.slot(), [](error_code) {})); // note: the token is handed out here
  io.run();
}

void ok_local_signal(asio::io_context &io) {
  asio::steady_timer timer(io, std::chrono::seconds(1));
  asio::steady_timer limit(io, std::chrono::milliseconds(100));
  asio::cancellation_signal stop;
  timer.async_wait(asio::bind_cancellation_slot(stop.slot(), [](error_code) {}));
  limit.async_wait([&](error_code) { stop.emit(asio::cancellation_type::terminal); });
  io.run();
}

void ok_signal_passed_on(asio::io_context &io, void (*stopLater)(asio::cancellation_signal &)) {
  asio::steady_timer timer(io, std::chrono::seconds(1));
  asio::cancellation_signal stop;
  timer.async_wait(asio::bind_cancellation_slot(stop.slot(), [](error_code) {}));
  stopLater(stop);
  io.run();
}
