// REQUIRES: asio
// RUN: %verify %s heddle-unstopped-timer -- -std=c++20
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace asio = boost::asio;
using boost::system::error_code;
void publish(const std::string &);

// ---- a raw object ------------------------------------------------------------------------------------------------------
struct bad_bound {
  class Session : public std::enable_shared_from_this<Session> {
  public:
    explicit Session(asio::io_context &io) : timer_(io) {}
    void start() {
      timer_.expires_after(std::chrono::seconds(3));
      timer_.async_wait(std::bind(&Session::onTimeout, this)); // warning: the handler of 'timer_' holds a raw pointer to the object and ignores the error of a cancelled wait; the destructor of the object cancels the wait, and the handler then uses 'name_' of a dead object
    }

  private:
    void onTimeout() { publish(name_); } // note: the handler uses 'name_' here
    std::string name_;
    asio::steady_timer timer_;
  };
};
struct bad_lambda {
  class Session {
  public:
    explicit Session(asio::io_context &io) : timer_(std::make_unique<asio::steady_timer>(io)) {}
    ~Session() { timer_->cancel(); }
    void start() {
      timer_->async_wait([this](const error_code &) { publish(name_); }); // warning: the handler of 'timer_' holds a raw pointer to the object
    }

  private:
    std::string name_;
    std::unique_ptr<asio::steady_timer> timer_;
  };
};
struct bad_shared_and_raw { // a wait that has ended is no longer cancelled
  class Session : public std::enable_shared_from_this<Session> {
  public:
    explicit Session(asio::io_context &io) : timer_(io) {}
    void start() {
      timer_.expires_after(std::chrono::seconds(5));
      timer_.async_wait([this](const error_code &error) { // warning: the handler of 'timer_' holds a raw pointer to an object that is shared; when the wait has ended, and the last owner lets go before the handler runs, it is not cancelled and uses 'name_' of a dead object; hold a weak pointer
        if (error == asio::error::operation_aborted)
          return;
        publish(name_); // note: the handler uses 'name_' here
        start();
      });
    }

  private:
    std::string name_;
    asio::steady_timer timer_;
  };
};
struct bad_shared_base {
  struct Connection : std::enable_shared_from_this<Connection> {
    virtual ~Connection() = default;
  };
  class Link : public Connection {
  public:
    explicit Link(asio::io_context &io) : timer_(io) {}
    void keepAlive() {
      timer_.async_wait(std::bind(&Link::onTick, this, std::placeholders::_1)); // warning: the handler of 'timer_' holds a raw pointer to an object that is shared
    }

  private:
    void onTick(const error_code &error) {
      if (!error)
        publish(name_);
    }
    std::string name_;
    asio::steady_timer timer_;
  };
};
struct bad_dropped_by_its_owner { // a wait that has ended is no longer cancelled
  class Place {
  public:
    explicit Place(asio::io_context &io) : timer_(io) {}
    void open() {
      timer_.async_wait([this](const error_code &ec) { tick(ec); }); // warning: the handler of 'timer_' holds a raw pointer to an object that its owner drops; when the wait has ended, and that happens before the handler runs, it is not cancelled and uses 'name_' of a dead object; hold a weak pointer
    }

  private:
    void tick(const error_code &ec) {
      if (ec)
        return;
      publish(name_); // note: the handler uses 'name_' here
      open();
    }
    std::string name_;
    asio::steady_timer timer_;
  };
  class Street {
  public:
    explicit Street(asio::io_context &io) : io_(io) {}
    void add(const std::string &id) {
      auto &slot = places_[id];
      slot = std::make_unique<Place>(io_);
      slot->open();
    }
    void remove(const std::string &id) { places_.erase(id); }

  private:
    asio::io_context &io_;
    std::map<std::string, std::unique_ptr<Place>> places_;
  };
};
struct bad_part_of_what_is_dropped {
  class Beat {
  public:
    explicit Beat(asio::io_context &io) : timer_(io) {}
    void start() {
      timer_.async_wait([this](const error_code &ec) { // warning: the handler of 'timer_' holds a raw pointer to an object that its owner drops
        if (!ec)
          ++beats_;
      });
    }

  private:
    asio::steady_timer timer_;
    int beats_ = 0;
  };
  struct Link {
    explicit Link(asio::io_context &io) : beat(io) { beat.start(); }
    Beat beat;
  };
  class Owner {
  public:
    void connect(asio::io_context &io) { link_ = std::make_unique<Link>(io); }
    void disconnect() { link_.reset(); }

  private:
    std::unique_ptr<Link> link_;
  };
};
struct bad_list_of_values {
  class Place {
  public:
    explicit Place(asio::io_context &io) : timer_(io) {}
    void open() {
      timer_.async_wait(std::bind(&Place::tick, this, std::placeholders::_1)); // warning: the handler of 'timer_' holds a raw pointer to an object that its owner drops
    }

  private:
    void tick(const error_code &ec) {
      if (!ec)
        publish(name_);
    }
    std::string name_;
    asio::steady_timer timer_;
  };
  struct Street {
    void close() { places.clear(); }
    std::list<Place> places;
  };
};
struct ok_cancels_before { // as its author sees it: the wait is cancelled
  class Place {
  public:
    explicit Place(asio::io_context &io) : timer_(io) {}
    ~Place() { timer_.cancel(); }
    void open() {
      timer_.async_wait([this](const error_code &ec) {
        if (!ec)
          publish(name_);
      });
    }

  private:
    std::string name_;
    asio::steady_timer timer_;
  };
  struct Street {
    void remove(const std::string &id) { places.erase(id); }
    std::map<std::string, std::unique_ptr<Place>> places;
  };
};
struct ok_ends_by_its_own_timer { // no wait is pending when it has itself dropped
  struct Street;
  class Place {
  public:
    Place(asio::io_context &io, Street &street) : street_(street), timer_(io) {}
    void open() {
      timer_.async_wait([this](const error_code &ec) {
        if (!ec)
          over();
      });
    }

  private:
    void over();
    Street &street_;
    std::string name_;
    asio::steady_timer timer_;
  };
  struct Street {
    void remove(const std::string &id) { places.erase(id); }
    std::map<std::string, std::unique_ptr<Place>> places;
  };
};
void ok_ends_by_its_own_timer::Place::over() { street_.remove(name_); }
struct ok_moved_elsewhere {
  class Place {
  public:
    explicit Place(asio::io_context &io) : timer_(io) {}
    void open() {
      timer_.async_wait([this](const error_code &ec) {
        if (!ec)
          publish(name_);
      });
    }

  private:
    std::string name_;
    asio::steady_timer timer_;
  };
  struct Street {
    std::unique_ptr<Place> take() {
      auto place = std::move(places.back());
      places.pop_back();
      return place;
    }
    std::vector<std::unique_ptr<Place>> places;
  };
};
struct ok_stopped { // an end of its own cancels the wait
  class Session : public std::enable_shared_from_this<Session> {
  public:
    explicit Session(asio::io_context &io) : timer_(io) {}
    void start() {
      timer_.async_wait([this](const error_code &error) {
        if (!error)
          publish(name_);
      });
    }
    void stop() { timer_.cancel(); }

  private:
    std::string name_;
    asio::steady_timer timer_;
  };
};

// ---- a local -----------------------------------------------------------------------------------------------------------
void bad_local(asio::io_context &io) {
  asio::steady_timer timer(io, std::chrono::seconds(1)); // note: the timer is a local
  timer.async_wait([](const error_code &) { publish("x"); }); // warning: 'timer' is destroyed when this scope ends, which cancels the wait; the handler runs at once, with an error; keep the timer alive until it fires
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
struct ok_looks { // its one owner is on the thread of the loop, as far as this unit tells
  class Session {
  public:
    explicit Session(asio::io_context &io) : timer_(io) {}
    ~Session() { timer_.cancel(); }
    void start() {
      timer_.async_wait([this](const error_code &error) {
        if (error)
          return;
        publish(name_);
      });
      timer_.async_wait(std::bind(&Session::onTimeout, this, std::placeholders::_1));
    }

  private:
    void onTimeout(const error_code &error) {
      if (!error)
        publish(name_);
    }
    std::string name_;
    asio::steady_timer timer_;
  };
};
struct ok_shared {
  class Session : public std::enable_shared_from_this<Session> {
  public:
    explicit Session(asio::io_context &io) : timer_(io) {}
    void start() {
      timer_.async_wait([self = shared_from_this()](const error_code &) { publish(self->name_); });
      timer_.async_wait([this, self = shared_from_this()](const error_code &) { publish(name_); });
    }
    void startWeak() {
      timer_.async_wait([weak = weak_from_this()](const error_code &) {
        if (auto self = weak.lock())
          publish(self->name_);
      });
    }

  private:
    std::string name_;
    asio::steady_timer timer_;
  };
};
struct ok_waits_for_the_last_handler { // which tells it that it was the last
  class Sampler {
  public:
    explicit Sampler(asio::io_context &io) : io_(io), timer_(io) {}
    ~Sampler() {
      asio::post(io_, [this] {
        closing_ = true;
        timer_.cancel();
      });
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return done_; });
    }
    void start() {
      timer_.expires_after(std::chrono::seconds(1));
      timer_.async_wait([this](const error_code &error) { tick(error); });
    }

  private:
    void tick(const error_code &error) {
      if (!closing_ && !error)
        return start();
      std::lock_guard<std::mutex> lock(mutex_);
      done_ = true;
      changed_.notify_one();
    }
    asio::io_context &io_;
    asio::steady_timer timer_;
    bool closing_ = false, done_ = false;
    std::mutex mutex_;
    std::condition_variable changed_;
  };
};
struct ok_waits_by_a_promise {
  class Sampler {
  public:
    explicit Sampler(asio::io_context &io) : timer_(io) {}
    ~Sampler() {
      timer_.cancel();
      over_.get_future().wait();
    }
    void start() {
      timer_.async_wait([this](const error_code &) {
        publish(name_);
        over_.set_value();
      });
    }

  private:
    std::string name_;
    std::promise<void> over_;
    asio::steady_timer timer_;
  };
};
struct ok_own_loop { // the handlers end with the loop
  class Service {
  public:
    ~Service() { io_.stop(); }
    void start() {
      timer_.async_wait([this](const error_code &) { publish(name_); });
    }

  private:
    std::string name_;
    asio::io_context io_;
    asio::steady_timer timer_{io_};
  };
};
struct ok_nothing_of_the_object {
  class Service {
  public:
    explicit Service(asio::io_context &io) : timer_(io) {}
    ~Service() = default;
    void start() {
      timer_.async_wait([](const error_code &) { publish("x"); });
    }

  private:
    asio::steady_timer timer_;
  };
};
void ok_runs() {
  asio::io_context io;
  asio::steady_timer timer(io, std::chrono::seconds(1));
  timer.async_wait([](const error_code &) { publish("x"); });
  io.run();
}
void ok_kept_by_its_handler(asio::io_context &io) {
  auto timer = std::make_shared<asio::steady_timer>(io, std::chrono::seconds(1));
  timer->async_wait([timer](const error_code &) { publish("x"); });
}
void ok_owned_elsewhere(std::shared_ptr<asio::steady_timer> timer, std::function<void(std::function<void()>)> keep) {
  keep([weak = std::weak_ptr<asio::steady_timer>(timer)] {
    if (auto own = weak.lock())
      own->async_wait([](const error_code &) { publish("x"); });
  });
}
asio::awaitable<void> ok_awaited() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::seconds(1));
  co_await timer.async_wait(asio::use_awaitable);
}
void ok_moved(asio::io_context &io, std::function<void(asio::steady_timer)> keep) {
  asio::steady_timer timer(io, std::chrono::seconds(1));
  timer.async_wait([](const error_code &) { publish("x"); });
  keep(std::move(timer));
}
