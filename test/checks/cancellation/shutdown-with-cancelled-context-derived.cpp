// RUN: %verify %s heddle-shutdown-with-cancelled-context -- -std=c++20
// A context that is made from the token ends with it.
#include <chrono>
#include <deque>
#include <stop_token>
#include <string>

void upload(const std::string &);
std::string produce();

class Deadline {
public:
  explicit Deadline(std::stop_token st) : stop_(st) {}
  explicit Deadline(std::chrono::seconds s) : end_(std::chrono::steady_clock::now() + s) {}
  bool passed() const { return stop_.stop_requested() || std::chrono::steady_clock::now() > end_; }

private:
  std::stop_token stop_;
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::time_point::max();
};
class Outbox {
public:
  void bad_loop(std::stop_token st) {
    Deadline limit(st); // note: 'limit' follows 'st'
    while (!st.stop_requested())
      lines_.push_back(produce());
    drain(limit); // warning: 'drain' is given 'limit', which is cancelled by then; the shutdown gives up at once, and unfinished work is lost; pass a fresh context with its own deadline
  }
  void bad_asked(const std::stop_token &st) {
    const auto limit = Deadline(st);
    lines_.push_back(produce());
    if (st.stop_requested()) {
      drain(limit); // warning: 'drain' is given 'limit', which is cancelled by then
      return;
    }
  }
  void ok_fresh(std::stop_token st) {
    Deadline limit(st);
    while (!st.stop_requested()) {
      lines_.push_back(produce());
      drain(limit);
    }
    drain(Deadline(std::chrono::seconds(3)));
  }
  void ok_own(std::stop_token st) {
    while (!st.stop_requested())
      lines_.push_back(produce());
    Deadline limit(std::chrono::seconds(3));
    drain(limit);
  }
  void ok_other_end(std::stop_token st, bool more) { // the loop may end without a stop
    Deadline limit(st);
    while (more) {
      lines_.push_back(produce());
      more = lines_.size() < 8;
    }
    drain(limit);
  }

private:
  void drain(const Deadline &limit) {
    while (!lines_.empty() && !limit.passed()) {
      upload(lines_.front());
      lines_.pop_front();
    }
  }
  std::deque<std::string> lines_;
};
