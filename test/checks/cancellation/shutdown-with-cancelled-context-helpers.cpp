// RUN: %verify %s heddle-shutdown-with-cancelled-context -- -std=c++20
// Loops that a helper ends: it waits with the token, and yields nothing once that is stopped.
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

class Writer {
public:
  void add(const std::string &line);
  bool commit(std::stop_token token);
};

class Journal {
public:
  void bad_optional(std::stop_token stop) {
    while (const auto line = next(stop))
      writer_.add(*line);
    writer_.commit(stop); // warning: 'commit' is given 'stop', which is cancelled by then
  }
  void bad_out_parameter(std::stop_token stop) {
    std::string line;
    while (take(stop, line))
      writer_.add(line);
    writer_.commit(stop); // warning: 'commit' is given 'stop', which is cancelled by then
  }
  void bad_pointer(std::stop_token stop) {
    while (auto line = pop(stop))
      writer_.add(*line);
    writer_.commit(stop); // warning: 'commit' is given 'stop', which is cancelled by then
  }
  void bad_wait_itself(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (filled_.wait(lock, stop, [this] { return !lines_.empty(); })) {
      writer_.add(lines_.front());
      lines_.pop_front();
    }
    writer_.commit(stop); // warning: 'commit' is given 'stop', which is cancelled by then
  }
  void bad_wrapped(std::stop_token stop) {
    std::string line;
    while (take(stop, line))
      writer_.add(line);
    finish(stop); // warning: 'finish' is given 'stop', which is cancelled by then
  }
  void ok_fresh(std::stop_token stop) {
    while (const auto line = next(stop))
      writer_.add(*line);
    std::stop_source bounded;
    writer_.commit(bounded.get_token());
  }
  void ok_while_it_runs(std::stop_token stop) {
    while (const auto line = next(stop)) {
      writer_.add(*line);
      writer_.commit(stop);
    }
  }
  void ok_ends_otherwise(std::stop_token stop) { // the end of the input ends it, too
    while (const auto line = read(stop))
      writer_.add(*line);
    writer_.commit(stop);
  }
  void ok_other_token(std::stop_token stop, std::stop_token hard) {
    while (const auto line = next(stop))
      writer_.add(*line);
    writer_.commit(hard);
  }
  void ok_left_by_break(std::stop_token stop) {
    std::string line;
    while (take(stop, line)) {
      if (line.empty())
        break;
      writer_.add(line);
    }
    writer_.commit(stop);
  }

private:
  void finish(std::stop_token token) {
    if (dirty_)
      writer_.commit(token);
  }
  bool dirty_ = false;
  std::optional<std::string> next(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    if (!filled_.wait(lock, stop, [this] { return !lines_.empty(); }))
      return std::nullopt;
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }
  bool take(std::stop_token stop, std::string &line) {
    std::unique_lock lock(mutex_);
    if (!filled_.wait(lock, stop, [this] { return !lines_.empty(); }))
      return false;
    line = std::move(lines_.front());
    lines_.pop_front();
    return true;
  }
  std::unique_ptr<std::string> pop(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    if (!filled_.wait(lock, stop, [this] { return !lines_.empty(); }))
      return nullptr;
    return std::make_unique<std::string>(lines_.front());
  }
  std::optional<std::string> read(std::stop_token stop) {
    if (stop.stop_requested() || lines_.empty())
      return std::nullopt;
    return lines_.front();
  }
  Writer writer_;
  std::mutex mutex_;
  std::condition_variable_any filled_;
  std::deque<std::string> lines_;
};
