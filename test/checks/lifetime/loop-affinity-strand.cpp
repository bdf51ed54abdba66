// REQUIRES: asio
// RUN: %verify %s heddle-loop-affinity -- -std=c++20
// Objects that keep a strand for their handlers, and a handler that does not run on it.
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

namespace asio = boost::asio;
using boost::system::error_code;
using Strand = asio::strand<asio::io_context::executor_type>;
using namespace std::chrono_literals;
void handle(const std::string &);

struct bad_timer {
  class Session : public std::enable_shared_from_this<Session> {
  public:
    explicit Session(asio::io_context &io) : strand_(asio::make_strand(io)), idle_(io) {}
    void send(std::string text) {
      asio::post(strand_, [self = shared_from_this(), text] { self->output_ += text; }); // note: this handler runs on 'strand_'
    }
    void watch() {
      idle_.expires_after(5s);
      idle_.async_wait([self = shared_from_this()](const error_code &ec) { // warning: the handler of 'idle_' does not run on 'strand_', and uses 'output_' as the handlers on the strand do; two threads of the loop may run both at once (data race); bind it to the strand
        if (!ec)
          self->close();
      });
    }

  private:
    void close() { output_.clear(); }
    Strand strand_;
    asio::steady_timer idle_;
    std::string output_; // note: 'output_' belongs to the object
  };
};
struct bad_posted {
  class Counter {
  public:
    explicit Counter(asio::io_context &io) : io_(io), strand_(io.get_executor()) {}
    void add(int n) {
      asio::post(strand_, [this, n] { sum_ += n; });
    }
    void reset() {
      asio::post(io_, [this] { sum_ = 0; }); // warning: this handler does not run on 'strand_', and uses 'sum_' as the handlers on the strand do
    }

  private:
    asio::io_context &io_;
    Strand strand_;
    int sum_ = 0;
  };
};
struct bad_socket {
  class Reader : public std::enable_shared_from_this<Reader> {
  public:
    explicit Reader(asio::io_context &io) : strand_(asio::make_strand(io)), socket_(io), timer_(io) {}
    void read() {
      socket_.async_read_some(asio::buffer(data_), [self = shared_from_this()](const error_code &ec, std::size_t n) { // warning: the handler of 'socket_' does not run on 'strand_', and uses 'received_'
        if (ec)
          return;
        self->received_ += n;
        self->read();
      });
    }
    void report() {
      timer_.expires_after(1s);
      timer_.async_wait(asio::bind_executor(strand_, [self = shared_from_this()](const error_code &ec) {
        if (!ec)
          handle(std::to_string(self->received_));
      }));
    }

  private:
    Strand strand_;
    asio::ip::tcp::socket socket_;
    asio::steady_timer timer_;
    std::array<char, 512> data_;
    std::size_t received_ = 0;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_bound : public std::enable_shared_from_this<ok_bound> {
public:
  explicit ok_bound(asio::io_context &io) : strand_(asio::make_strand(io)), idle_(io) {}
  void send(std::string text) {
    asio::post(strand_, [self = shared_from_this(), text] { self->output_ += text; });
  }
  void watch() {
    idle_.async_wait(asio::bind_executor(strand_, [self = shared_from_this()](const error_code &ec) {
      if (!ec)
        self->output_.clear();
    }));
  }

private:
  Strand strand_;
  asio::steady_timer idle_;
  std::string output_;
};
class ok_made_with_the_strand : public std::enable_shared_from_this<ok_made_with_the_strand> {
public:
  explicit ok_made_with_the_strand(asio::io_context &io) : strand_(asio::make_strand(io)), idle_(strand_) {}
  void send(std::string text) {
    asio::post(strand_, [self = shared_from_this(), text] { self->output_ += text; });
  }
  void watch() {
    idle_.async_wait([self = shared_from_this()](const error_code &ec) {
      if (!ec)
        self->output_.clear();
    });
  }

private:
  Strand strand_;
  asio::steady_timer idle_;
  std::string output_;
};
class ok_given : public std::enable_shared_from_this<ok_given> { // its executor may be the strand
public:
  ok_given(Strand strand, asio::steady_timer timer) : strand_(strand), idle_(std::move(timer)) {}
  void send(std::string text) {
    asio::post(strand_, [self = shared_from_this(), text] { self->output_ += text; });
  }
  void watch() {
    idle_.async_wait([self = shared_from_this()](const error_code &ec) {
      if (!ec)
        self->output_.clear();
    });
  }

private:
  Strand strand_;
  asio::steady_timer idle_;
  std::string output_;
};
class ok_hands_on : public std::enable_shared_from_this<ok_hands_on> {
public:
  explicit ok_hands_on(asio::io_context &io) : strand_(asio::make_strand(io)), idle_(io) {}
  void send(std::string text) {
    asio::post(strand_, [self = shared_from_this(), text] { self->output_ += text; });
  }
  void watch() {
    idle_.async_wait([self = shared_from_this()](const error_code &ec) {
      if (!ec)
        self->send("late");
    });
  }

private:
  Strand strand_;
  asio::steady_timer idle_;
  std::string output_;
};
class ok_own_state {
public:
  explicit ok_own_state(asio::io_context &io) : strand_(asio::make_strand(io)), tick_(io) {}
  void add() {
    asio::post(strand_, [this] { ++sum_; });
  }
  void tick() {
    tick_.expires_after(1s);
    tick_.async_wait([this](const error_code &ec) {
      if (!ec)
        ++ticks_;
    });
  }

private:
  Strand strand_;
  asio::steady_timer tick_;
  int sum_ = 0, ticks_ = 0;
};
class ok_atomic_and_locked {
public:
  explicit ok_atomic_and_locked(asio::io_context &io) : strand_(asio::make_strand(io)), tick_(io) {}
  void add() {
    asio::post(strand_, [this] {
      std::lock_guard lock(mutex_);
      ++sum_;
    });
  }
  void tick() {
    tick_.async_wait([this](const error_code &) {
      std::lock_guard lock(mutex_);
      sum_ = 0;
    });
  }

private:
  Strand strand_;
  asio::steady_timer tick_;
  std::mutex mutex_;
  int sum_ = 0;
};
class ok_no_strand {
public:
  explicit ok_no_strand(asio::io_context &io) : io_(io), tick_(io) {}
  void add() {
    asio::post(io_, [this] { ++sum_; });
  }
  void tick() {
    tick_.async_wait([this](const error_code &) { sum_ = 0; });
  }

private:
  asio::io_context &io_;
  asio::steady_timer tick_;
  int sum_ = 0;
};
