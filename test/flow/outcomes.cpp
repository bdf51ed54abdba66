// What handlers use of their object before they ask how the operation ended.
// RUN: %verify --word outcome %s heddle-dev-outcomes -- -std=c++20
#include <functional>
#include <string>
#include <system_error>
#include <utility>

class Timer {
public:
  void async_wait(std::function<void(std::error_code)> handler) { handler_ = std::move(handler); }

private:
  std::function<void(std::error_code)> handler_;
};
void publish(const std::string &);

class Session {
public:
  void at_once() {
    timer_.async_wait([this](std::error_code error) {
      publish(name_); // outcome: uses name_ unasked
      if (error)
        return;
      ++count_;
    });
  }
  void asked_first() {
    timer_.async_wait([this](std::error_code error) {
      if (error)
        return;
      publish(name_);
    });
  }
  void asked_by_a_name() {
    timer_.async_wait([this](std::error_code error) {
      bool aborted = error == std::errc::operation_canceled;
      if (!aborted)
        ++count_;
    });
  }
  void behind_a_member() {
    timer_.async_wait([this](std::error_code) { finish(); });
  }
  void passed_on() {
    timer_.async_wait([this](std::error_code error) { judge(error); });
  }
  void unseen_callee() {
    timer_.async_wait([this](std::error_code error) { elsewhere(error); });
  }
  void nothing_of_the_object() {
    timer_.async_wait([](std::error_code error) { publish(error.message()); });
  }

private:
  void finish() { ++count_; } // outcome: uses count_ unasked
  void judge(std::error_code error) {
    if (!error)
      ++count_;
  }
  void elsewhere(std::error_code error);

  Timer timer_;
  std::string name_;
  int count_ = 0;
};
