// Code that runs on one thread alone, since it refuses to run on any other.
// RUN: %verify --word confined %s heddle-dev-confined -- -std=c++20
#include <cassert>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <vector>

class Loop {
public:
  void by_a_condition() {
    if (!isInLoopThread())
      return;
    ++count_; // confined: to a thread
  }
  void by_an_assertion() {
    assert(isInLoopThread());
    ++count_; // confined: to a thread
  }
  void by_an_abort() {
    assertInLoopThread();
    ++count_; // confined: to a thread
    inner();
  }
  void by_an_exception() {
    expectInLoopThread();
    ++count_; // confined: to a thread
    inner();
  }
  void through_another() {
    both();
    ++count_; // confined: to a thread
  }
  void on_one_path(bool checked) {
    if (checked)
      assertInLoopThread();
    ++count_;
  }
  void too_late() {
    ++count_;
    assertInLoopThread();
    half();
  }
  void anybody() {
    ++count_;
    half();
  }
  void says_only() {
    if (!isInLoopThread())
      log();
    ++count_;
  }

private:
  bool isInLoopThread() const { return owner_ == std::this_thread::get_id(); }
  void assertInLoopThread() const {
    if (!isInLoopThread())
      std::abort();
  }
  void expectInLoopThread() const {
    if (!isInLoopThread())
      throw std::logic_error("not the loop's thread");
  }
  void both() { assertInLoopThread(); }
  void log() const;
  void inner() { ++count_; } // confined: to a thread
  void half() { ++count_; }

  std::thread::id owner_ = std::this_thread::get_id();
  int count_ = 0;
};
