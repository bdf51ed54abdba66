// REQUIRES: asio
// RUN: %verify %s heddle-timer-not-rearmed -- -std=c++20
// Cycles that go through operations: the timer is armed again by the handler of what its own handler begins.
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::seconds;
bool sample(int channel, double *value);
bool load(std::string &into);
void log(const char *);

struct bad_after_a_send {
  class Probe : public std::enable_shared_from_this<Probe> {
  public:
    explicit Probe(asio::io_context &io) : timer_(io), socket_(io) {}
    void start() { arm(); }

  private:
    void arm() {
      timer_.expires_after(seconds(1));
      timer_.async_wait([self = shared_from_this()](const error_code &ec) {
        if (!ec)
          self->measure();
      });
    }
    void measure() {
      double value = 0;
      if (!sample(channel_, &value)) {
        log("nothing this time");
        return; // warning: 'timer_' is not armed again on this early return; the handler never runs again; arm the timer before the return, or on every path
      }
      text_ = std::to_string(value);
      socket_.async_send_to(asio::buffer(text_), to_, [self = shared_from_this()](const error_code &, std::size_t) { // note: it is armed again here on the other paths
        self->arm();
      });
    }
    asio::steady_timer timer_;
    asio::ip::udp::socket socket_;
    asio::ip::udp::endpoint to_;
    int channel_ = 0;
    std::string text_;
  };
};
struct bad_in_the_lambda {
  class Uploader : public std::enable_shared_from_this<Uploader> {
  public:
    explicit Uploader(asio::io_context &io) : timer_(io), socket_(io) {}
    void arm() {
      timer_.expires_after(seconds(30));
      timer_.async_wait([self = shared_from_this()](const error_code &ec) {
        if (ec)
          return;
        if (!load(self->batch_))
          return; // warning: 'timer_' is not armed again on this early return
        asio::async_write(self->socket_, asio::buffer(self->batch_),
                          std::bind(&Uploader::sent, self, std::placeholders::_1));
      });
    }

  private:
    void sent(const error_code &ec) {
      if (ec)
        log("not sent");
      arm();
    }
    asio::steady_timer timer_;
    asio::ip::tcp::socket socket_;
    std::string batch_;
  };
};
struct bad_two_operations {
  class Client : public std::enable_shared_from_this<Client> {
  public:
    explicit Client(asio::io_context &io) : timer_(io), socket_(io) {}
    void arm() {
      timer_.expires_after(seconds(30));
      timer_.async_wait(std::bind(&Client::ask, shared_from_this()));
    }

  private:
    void ask() {
      if (!load(question_))
        return; // warning: 'timer_' is not armed again on this early return
      asio::async_write(socket_, asio::buffer(question_), [self = shared_from_this()](const error_code &, std::size_t) {
        self->listen();
      });
    }
    void listen() {
      socket_.async_read_some(asio::buffer(answer_), [self = shared_from_this()](const error_code &, std::size_t) {
        self->arm();
      });
    }
    asio::steady_timer timer_;
    asio::ip::tcp::socket socket_;
    std::string question_;
    std::array<char, 512> answer_;
  };
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
struct ok_arms_before_it_returns {
  class Probe : public std::enable_shared_from_this<Probe> {
  public:
    explicit Probe(asio::io_context &io) : timer_(io), socket_(io) {}
    void arm() {
      timer_.expires_after(seconds(1));
      timer_.async_wait([self = shared_from_this()](const error_code &ec) {
        if (!ec)
          self->measure();
      });
    }

  private:
    void measure() {
      if (!load(text_)) {
        arm();
        return;
      }
      asio::async_write(socket_, asio::buffer(text_), [self = shared_from_this()](const error_code &, std::size_t) {
        self->arm();
      });
    }
    asio::steady_timer timer_;
    asio::ip::tcp::socket socket_;
    std::string text_;
  };
};
struct ok_reports_by_the_same_operation {
  class Probe : public std::enable_shared_from_this<Probe> {
  public:
    explicit Probe(asio::io_context &io) : timer_(io), socket_(io) {}
    void arm() {
      timer_.expires_after(seconds(1));
      timer_.async_wait([self = shared_from_this()](const error_code &ec) {
        if (!ec)
          self->measure();
      });
    }

  private:
    void measure() {
      if (!load(text_)) {
        text_ = "failed";
        send();
        return;
      }
      send();
    }
    void send() {
      asio::async_write(socket_, asio::buffer(text_), [self = shared_from_this()](const error_code &, std::size_t) {
        self->arm();
      });
    }
    asio::steady_timer timer_;
    asio::ip::tcp::socket socket_;
    std::string text_;
  };
};
struct ok_stops {
  class Probe : public std::enable_shared_from_this<Probe> {
  public:
    explicit Probe(asio::io_context &io) : timer_(io), socket_(io) {}
    void arm() {
      timer_.expires_after(seconds(1));
      timer_.async_wait([self = shared_from_this()](const error_code &ec) {
        if (ec || self->stopped_)
          return;
        asio::async_write(self->socket_, asio::buffer(self->text_), [self](const error_code &e, std::size_t) {
          if (e)
            return;
          self->arm();
        });
      });
    }
    void stop() { stopped_ = true; }

  private:
    asio::steady_timer timer_;
    asio::ip::tcp::socket socket_;
    std::string text_;
    bool stopped_ = false;
  };
};
struct ok_once { // the operation does not arm it again
  class Probe : public std::enable_shared_from_this<Probe> {
  public:
    explicit Probe(asio::io_context &io) : timer_(io), socket_(io) {}
    void arm() {
      timer_.expires_after(seconds(1));
      timer_.async_wait([self = shared_from_this()](const error_code &ec) {
        if (ec || !load(self->text_))
          return;
        asio::async_write(self->socket_, asio::buffer(self->text_), [self](const error_code &, std::size_t) {
          log("sent");
        });
      });
    }

  private:
    asio::steady_timer timer_;
    asio::ip::tcp::socket socket_;
    std::string text_;
  };
};
