// REQUIRES: asio
// RUN: %verify %s heddle-timer-created-in-loop -- -std=c++20
// A timer for each call that its handler keeps alive, and of which only the last one does anything.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;
void alarm();

class Watch : public std::enable_shared_from_this<Watch> {
public:
  explicit Watch(asio::io_context &io) : io_(io), timer_(io) {}

  void bad_shared() {
    auto timer = std::make_shared<asio::steady_timer>(io_, 30s); // warning: a timer is created for each call, and its handler ignores all but the last one; the others pile up until they fire; create it once and rearm it
    timer->async_wait([self = shared_from_this(), timer, seen = ++received_](const error_code &ec) {
      if (!ec && seen == self->received_) // note: the handler asks here whether another call came since
        alarm();
    });
  }
  void bad_unique() {
    const unsigned seen = received_;
    auto timer = std::make_unique<asio::steady_timer>(io_); // warning: a timer is created for each call, and its handler ignores all but the last one
    timer->expires_after(5s);
    auto &wait = *timer;
    wait.async_wait([this, seen, timer = std::move(timer)](const error_code &) {
      if (seen != received_)
        return;
      alarm();
    });
  }
  void ok_one() {
    timer_.expires_after(30s);
    timer_.async_wait([self = shared_from_this(), seen = ++received_](const error_code &ec) {
      if (!ec && seen == self->received_)
        alarm();
    });
  }
  void ok_each(unsigned id) {
    auto timer = std::make_shared<asio::steady_timer>(io_, 1s);
    timer->async_wait([self = shared_from_this(), timer, id](const error_code &ec) {
      if (!ec && id != 0)
        alarm();
    });
  }
  std::shared_ptr<asio::steady_timer> ok_given() { // the caller may cancel it
    auto timer = std::make_shared<asio::steady_timer>(io_, 1s);
    timer->async_wait([self = shared_from_this(), seen = received_](const error_code &ec) {
      if (!ec && seen == self->received_)
        alarm();
    });
    return timer;
  }

private:
  asio::io_context &io_;
  asio::steady_timer timer_;
  unsigned received_ = 0;
};
