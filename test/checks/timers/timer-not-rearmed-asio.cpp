// REQUIRES: asio
// RUN: %verify %s heddle-timer-not-rearmed -- -std=c++20
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <string>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;
void handle(const std::string &);
void warn(const char *);

// ---- idle timeouts -----------------------------------------------------------------------------------------------------
struct bad_idle {
  class Session : public std::enable_shared_from_this<Session> {
  public:
    explicit Session(tcp::socket socket) : socket_(std::move(socket)), idle_(socket_.get_executor()) {}
    void start() {
      idle_.expires_after(30s);
      idle_.async_wait([self = shared_from_this()](const error_code &e) { // note: the timer is armed here only
        if (!e)
          self->socket_.close();
      });
      read();
    }

  private:
    void read() {
      socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const error_code &e, std::size_t n) {
        if (e)
          return;
        handle(std::string(self->buffer_.data(), n));
        self->read(); // warning: this waits for the next message and does not arm 'idle_' again; the idle timeout fires although there is activity; arm the timer again for each message
      });
    }
    tcp::socket socket_;
    asio::steady_timer idle_;
    std::array<char, 512> buffer_;
  };
};
struct bad_member_waits_again { // it is given the message, and reads on
  class Session : public std::enable_shared_from_this<Session> {
  public:
    explicit Session(tcp::socket socket) : socket_(std::move(socket)), idle_(socket_.get_executor()) {}
    void start() {
      idle_.expires_after(30s);
      idle_.async_wait([self = shared_from_this()](const error_code &e) {
        if (!e)
          self->socket_.close();
      });
      read();
    }

  private:
    void read() {
      socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const error_code &e, std::size_t n) {
        if (e)
          return;
        self->onInput(n);
      });
    }
    void onInput(std::size_t n) {
      reply_.append(buffer_.data(), n);
      read(); // warning: this waits for the next message and does not arm 'idle_' again
    }
    tcp::socket socket_;
    asio::steady_timer idle_;
    std::array<char, 512> buffer_;
    std::string reply_;
  };
};
struct bad_member_answers_first { // it reads on when the answer has gone out
  class Session : public std::enable_shared_from_this<Session> {
  public:
    explicit Session(tcp::socket socket) : socket_(std::move(socket)), idle_(socket_.get_executor()) {}
    void start() {
      idle_.expires_after(30s);
      idle_.async_wait([self = shared_from_this()](const error_code &e) {
        if (!e)
          self->socket_.close();
      });
      read();
    }

  private:
    void read() {
      socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const error_code &e, std::size_t n) {
        if (e)
          return;
        self->onInput(n); // warning: this waits for the next message and does not arm 'idle_' again
      });
    }
    void onInput(std::size_t n) {
      reply_.assign(buffer_.data(), n);
      asio::async_write(socket_, asio::buffer(reply_), [self = shared_from_this()](const error_code &e, std::size_t) {
        if (!e)
          self->read();
      });
    }
    tcp::socket socket_;
    asio::steady_timer idle_;
    std::array<char, 512> buffer_;
    std::string reply_;
  };
};
struct bad_member_reads_in_two_places { // then the whole handler is meant
  class Session : public std::enable_shared_from_this<Session> {
  public:
    explicit Session(tcp::socket socket) : socket_(std::move(socket)), idle_(socket_.get_executor()) {}
    void start() {
      idle_.expires_after(30s);
      idle_.async_wait([self = shared_from_this()](const error_code &e) {
        if (!e)
          self->socket_.close();
      });
      read();
    }

  private:
    void read() {
      socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const error_code &e, std::size_t n) { // warning: this handles a message and does not arm 'idle_' again
        if (e)
          return;
        self->onInput(n);
      });
    }
    void onInput(std::size_t n) {
      if (n < 4) {
        read();
        return;
      }
      handle(reply_);
      read();
    }
    tcp::socket socket_;
    asio::steady_timer idle_;
    std::array<char, 512> buffer_;
    std::string reply_;
  };
};
struct ok_member_arms_again { // for each message
  class Session : public std::enable_shared_from_this<Session> {
  public:
    explicit Session(tcp::socket socket) : socket_(std::move(socket)), idle_(socket_.get_executor()) {}
    void start() {
      idle_.expires_after(30s);
      idle_.async_wait([self = shared_from_this()](const error_code &e) {
        if (!e)
          self->socket_.close();
      });
      read();
    }

  private:
    void read() {
      socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const error_code &e, std::size_t n) {
        if (e)
          return;
        self->onInput(n);
      });
    }
    void onInput(std::size_t n) {
      idle_.expires_after(30s);
      idle_.async_wait([self = shared_from_this()](const error_code &e) {
        if (!e)
          self->socket_.close();
      });
      reply_.append(buffer_.data(), n);
      read();
    }
    tcp::socket socket_;
    asio::steady_timer idle_;
    std::array<char, 512> buffer_;
    std::string reply_;
  };
};
struct bad_asks_its_own_deadline { // the handler looks at the timer, and the end of the connection stops it
class Console : public std::enable_shared_from_this<Console> {
public:
  explicit Console(tcp::socket socket) : socket_(std::move(socket)), idle_(socket_.get_executor()) {}
  void start() {
    idle_.expires_after(std::chrono::minutes(5));
    idle_.async_wait([self = shared_from_this()](const error_code &ec) { self->onIdle(ec); });
    read();
  }

private:
  void onIdle(const error_code &ec) {
    if (!ec && idle_.expiry() <= std::chrono::steady_clock::now())
      socket_.close();
  }
  void read() {
    socket_.async_read_some(asio::buffer(data_), [self = shared_from_this()](const error_code &ec, std::size_t n) {
      self->onData(ec, n);
    });
  }
  void onData(const error_code &ec, std::size_t n) {
    if (ec) {
      idle_.cancel();
      return;
    }
    handle(std::string(data_.data(), n));
    read(); // warning: this waits for the next message and does not arm 'idle_' again; the idle timeout fires although there is activity
  }
  tcp::socket socket_;
  asio::steady_timer idle_;
  std::array<char, 512> data_;
};
};
struct bad_member_handlers {
  class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(tcp::socket s, std::chrono::seconds idleTimeout)
        : socket_(std::move(s)), timer_(socket_.get_executor()), idleTimeout_(idleTimeout) {}
    void open() {
      arm();
      receive();
    }

  private:
    void arm() {
      timer_.expires_after(idleTimeout_);
      timer_.async_wait(std::bind(&Connection::onTimeout, shared_from_this(), std::placeholders::_1));
    }
    void onTimeout(const error_code &e) {
      if (!e)
        close();
    }
    void receive() {
      asio::async_read_until(socket_, asio::dynamic_buffer(line_), '\n',
                             std::bind(&Connection::onLine, shared_from_this(), std::placeholders::_1));
    }
    void onLine(const error_code &e) {
      if (e)
        return close();
      handle(line_);
      line_.clear();
      receive(); // warning: this waits for the next message and does not arm 'timer_' again
    }
    void close() { socket_.close(); }
    tcp::socket socket_;
    asio::steady_timer timer_;
    std::chrono::seconds idleTimeout_;
    std::string line_;
  };
};

// ---- early returns -----------------------------------------------------------------------------------------------------
class Store {
public:
  bool sync();
};
class bad_tick {
public:
  void start() { arm(); }

private:
  void arm() {
    timer_.expires_after(1s);
    timer_.async_wait([this](const error_code &e) {
      if (e)
        return;
      if (!store_.sync()) {
        warn("sync failed");
        return; // warning: 'timer_' is not armed again on this early return; the handler never runs again; arm the timer before the return, or on every path
      }
      arm(); // note: it is armed again here on the other paths
    });
  }
  asio::steady_timer timer_;
  Store store_;
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_idle : public std::enable_shared_from_this<ok_idle> {
public:
  void start() {
    arm();
    read();
  }

private:
  void arm() {
    idle_.expires_after(30s);
    idle_.async_wait([self = shared_from_this()](const error_code &e) {
      if (!e)
        self->socket_.close();
    });
  }
  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const error_code &e, std::size_t n) {
      if (e)
        return;
      self->arm();
      handle(std::string(self->buffer_.data(), n));
      self->read();
    });
  }
  tcp::socket socket_;
  asio::steady_timer idle_;
  std::array<char, 512> buffer_;
};
// The handler asks when something came last.
class ok_last_activity : public std::enable_shared_from_this<ok_last_activity> {
public:
  void start() {
    watch();
    read();
  }

private:
  void watch() {
    idle_.expires_after(30s);
    idle_.async_wait([self = shared_from_this()](const error_code &e) {
      if (e)
        return;
      if (std::chrono::steady_clock::now() - self->last_ > 30s) {
        self->socket_.close();
        return;
      }
      self->watch();
    });
  }
  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const error_code &e, std::size_t n) {
      if (e)
        return;
      self->last_ = std::chrono::steady_clock::now();
      handle(std::string(self->buffer_.data(), n));
      self->read();
    });
  }
  tcp::socket socket_;
  asio::steady_timer idle_;
  std::chrono::steady_clock::time_point last_;
  std::array<char, 512> buffer_;
};
// Nothing says that it is about idleness: the whole session is limited.
class ok_limit : public std::enable_shared_from_this<ok_limit> {
public:
  void start() {
    deadline_.expires_after(60s);
    deadline_.async_wait([self = shared_from_this()](const error_code &e) {
      if (!e)
        self->socket_.close();
    });
    read();
  }

private:
  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const error_code &e, std::size_t n) {
      if (e)
        return;
      handle(std::string(self->buffer_.data(), n));
      self->read();
    });
  }
  tcp::socket socket_;
  asio::steady_timer deadline_;
  std::array<char, 512> buffer_;
};
// Others put it off.
class ok_touched : public std::enable_shared_from_this<ok_touched> {
public:
  void start() {
    arm();
    read();
  }
  void touch() { arm(); }

private:
  void arm() {
    idle_.expires_after(30s);
    idle_.async_wait([self = shared_from_this()](const error_code &e) {
      if (!e)
        self->socket_.close();
    });
  }
  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const error_code &e, std::size_t n) {
      if (e)
        return;
      handle(std::string(self->buffer_.data(), n));
      self->read();
    });
  }
  tcp::socket socket_;
  asio::steady_timer idle_;
  std::array<char, 512> buffer_;
};
class ok_tick {
public:
  void start() { arm(); }

private:
  void arm() {
    timer_.expires_after(1s);
    timer_.async_wait([this](const error_code &e) {
      if (e)
        return;
      if (!store_.sync())
        warn("sync failed");
      arm();
    });
  }
  asio::steady_timer timer_;
  Store store_;
};
class ok_closes {
public:
  void start() { arm(); }

private:
  void arm() {
    timer_.expires_after(1s);
    timer_.async_wait([this](const error_code &e) {
      if (e || !socket_.is_open())
        return;
      if (!store_.sync()) {
        socket_.close();
        return;
      }
      arm();
    });
  }
  asio::steady_timer timer_;
  tcp::socket socket_;
  Store store_;
};
class ok_superseded {
public:
  void arm() {
    timer_.expires_after(1s);
    timer_.async_wait([this](const error_code &) {
      if (timer_.expiry() > std::chrono::steady_clock::now())
        return;
      store_.sync();
      arm();
    });
  }

private:
  asio::steady_timer timer_;
  Store store_;
};
class ok_sweep { // its handler arms it again: it looks at all sessions from time to time
public:
  ok_sweep(asio::io_context &io, tcp::socket socket) : sweep_(io), socket_(std::move(socket)) {}
  void start() {
    schedule();
    read();
  }

private:
  void schedule() {
    sweep_.expires_after(30s);
    sweep_.async_wait([this](const error_code &e) { onSweep(e); });
  }
  void onSweep(const error_code &e) {
    if (e)
      return;
    dropIdleSessions();
    schedule();
  }
  void dropIdleSessions();
  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [this](const error_code &e, std::size_t n) {
      if (e)
        return;
      handle(std::string(buffer_.data(), n));
      read();
    });
  }
  asio::steady_timer sweep_;
  tcp::socket socket_;
  std::array<char, 512> buffer_;
};

// Who starts it anew calls the function that the handler runs.
class ok_reconnects {
public:
  explicit ok_reconnects(boost::asio::io_context &io) : socket_(io), retry_(io) {}
  void start() {
    running_ = true;
    connect();
  }
  void stop() { running_ = false; }

private:
  void connect() {
    if (!running_)
      return;
    socket_.async_connect(boost::asio::ip::tcp::endpoint(), [this](boost::system::error_code error) {
      if (error)
        later();
    });
  }
  void later() {
    retry_.expires_after(std::chrono::seconds(2));
    retry_.async_wait([this](boost::system::error_code error) {
      if (!error)
        connect();
    });
  }
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer retry_;
  bool running_ = false;
};
