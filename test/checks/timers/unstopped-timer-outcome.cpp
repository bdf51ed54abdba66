// REQUIRES: asio
// RUN: %verify %s heddle-unstopped-timer -- -std=c++20
// Handlers that look at the error of a cancelled wait too late.
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <mutex>
#include <string>

namespace asio = boost::asio;
using boost::system::error_code;
void publish(const std::string &, int);

struct bad_counts_first {
  class Beat {
  public:
    explicit Beat(asio::io_context &io) : timer_(io) {}
    ~Beat();
    void arm() {
      timer_.expires_after(std::chrono::seconds(1));
      timer_.async_wait([this](const error_code &ec) { tick(ec); }); // warning: the handler of 'timer_' holds a raw pointer to the object and uses 'count_' before it looks at the error; the destructor of the object cancels the wait, and the handler then uses a dead object; return on the error first, or hold a weak pointer
    }

  private:
    void tick(const error_code &ec) {
      publish("beat", ++count_); // note: the handler uses 'count_' here
      if (!ec)
        arm();
    }
    asio::steady_timer timer_;
    int count_ = 0;
  };
};
struct bad_by_a_helper {
  class Beat {
  public:
    explicit Beat(asio::io_context &io) : timer_(io) {}
    ~Beat() { timer_.cancel(); }
    void arm() {
      timer_.async_wait(std::bind(&Beat::tick, this, std::placeholders::_1)); // warning: the handler of 'timer_' holds a raw pointer to the object and uses 'name_' before it looks at the error
    }

  private:
    void tick(error_code ec) {
      trace(ec);
      if (ec == asio::error::operation_aborted)
        return;
      arm();
    }
    void trace(error_code ec) { publish(name_ + ec.message(), 0); }
    asio::steady_timer timer_;
    std::string name_;
  };
};
struct bad_lock { // the mutex is dead, too
  class Beat {
  public:
    explicit Beat(asio::io_context &io) : timer_(io) {}
    ~Beat() { timer_.cancel(); }
    void arm() {
      timer_.async_wait([this](error_code ec) { // warning: the handler of 'timer_' holds a raw pointer to the object and uses 'mutex_' before it looks at the error
        std::lock_guard lock(mutex_);
        if (ec)
          return;
        publish(name_, 1);
      });
    }

  private:
    asio::steady_timer timer_;
    std::mutex mutex_;
    std::string name_;
  };
};
struct ok_returns_first {
  class Beat {
  public:
    explicit Beat(asio::io_context &io) : timer_(io) {}
    ~Beat() { timer_.cancel(); }
    void arm() {
      timer_.async_wait([this](error_code ec) {
        if (ec)
          return;
        ++count_;
        tick();
      });
    }

  private:
    void tick() { publish("beat", count_); }
    asio::steady_timer timer_;
    int count_ = 0;
  };
};
struct ok_helper_asks {
  class Beat {
  public:
    explicit Beat(asio::io_context &io) : timer_(io) {}
    ~Beat() { timer_.cancel(); }
    void arm() {
      timer_.async_wait([this](error_code ec) { tick(ec); });
    }

  private:
    void tick(error_code error) {
      const bool aborted = error == asio::error::operation_aborted;
      if (!aborted)
        publish("beat", ++count_);
    }
    asio::steady_timer timer_;
    int count_ = 0;
  };
};
struct ok_both_asked { // the error is asked first
  class Beat {
  public:
    explicit Beat(asio::io_context &io) : timer_(io) {}
    ~Beat() { timer_.cancel(); }
    void arm() {
      timer_.async_wait([this](error_code ec) {
        if (ec || over_)
          return;
        switch (ec.value()) {
        case 0:
          publish("beat", ++count_);
        }
      });
    }

  private:
    asio::steady_timer timer_;
    bool over_ = false;
    int count_ = 0;
  };
};
struct ok_uses_nothing_before {
  class Beat {
  public:
    explicit Beat(asio::io_context &io) : timer_(io) {}
    ~Beat() { timer_.cancel(); }
    void arm() {
      timer_.async_wait([this](error_code ec) {
        publish(ec.message(), 0);
        if (!ec)
          publish("beat", ++count_);
      });
    }

  private:
    asio::steady_timer timer_;
    int count_ = 0;
  };
};
struct ok_never_ends { // objects that nobody destroys before the loop, as far as this unit tells
  class Beat {
  public:
    explicit Beat(asio::io_context &io) : timer_(io) {}
    void arm() {
      timer_.async_wait([this](error_code ec) {
        publish("beat", ++count_);
        if (!ec)
          arm();
      });
    }

  private:
    asio::steady_timer timer_;
    int count_ = 0;
  };
};
struct ok_runs_the_loop_itself {
  class Link {
  public:
    explicit Link(asio::io_context &io) : io_(io), timer_(io) {}
    ~Link() { publish("gone", 0); }
    bool wait() {
      timer_.async_wait([this](error_code ec) {
        timedOut_ = !ec;
        publish("over", count_);
      });
      while (io_.run_one())
        ++count_;
      return timedOut_;
    }

  private:
    asio::io_context &io_;
    asio::steady_timer timer_;
    bool timedOut_ = false;
    int count_ = 0;
  };
};
struct ok_lives_as_long_as_the_loop {
  class Printer {
  public:
    explicit Printer(asio::io_context &io) : timer_(io, std::chrono::seconds(1)) {
      timer_.async_wait(std::bind(&Printer::print, this));
    }
    ~Printer() { publish("final", count_); }

  private:
    void print() { publish("count", ++count_); }
    asio::steady_timer timer_;
    int count_ = 0;
  };
  void run() {
    asio::io_context io;
    Printer printer(io);
    io.run();
  }
};
struct bad_made_while_it_runs {
  class Printer {
  public:
    explicit Printer(asio::io_context &io) : timer_(io, std::chrono::seconds(1)) {
      timer_.async_wait(std::bind(&Printer::print, this)); // warning: the handler of 'timer_' holds a raw pointer to the object and ignores the error of a cancelled wait
    }
    ~Printer() { publish("final", count_); }

  private:
    void print() { publish("count", ++count_); }
    asio::steady_timer timer_;
    int count_ = 0;
  };
  void run(asio::io_context &io) {
    {
      Printer printer(io);
      io.poll();
    }
    publish("over", 0);
  }
};
