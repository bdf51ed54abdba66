// Flags that handlers test before they fulfil a promise.
// RUN: %verify --word answer %s heddle-dev-answer-flags -- -std=c++20
#include <atomic>
#include <functional>
#include <future>

void onReply(std::function<void(int)> handler);
void onTimeout(std::function<void()> handler);

class NotSet {
public:
  void ask() {
    onReply([this](int value) { reply(value); });
    onTimeout([this] { timeout(); });
  }

private:
  void reply(int value) {
    if (done_)
      return;
    promise_.set_value(value); // answer: promise_ by done_ not set
  }
  void timeout() {
    if (done_)
      return;
    done_ = true;
    promise_.set_value(-1); // answer: promise_ again
  }
  bool done_ = false;
  std::promise<int> promise_;
};

class Races {
public:
  void ask() {
    onReply([this](int value) { reply(value); });
    onTimeout([this] { timeout(); });
  }

private:
  void reply(int value) {
    if (done_)
      return;
    done_ = true;
    promise_.set_value(value); // answer: promise_ by done_ races
  }
  void timeout() {
    if (done_)
      return;
    done_ = true;
    promise_.set_value(-1); // answer: promise_ again
  }
  std::atomic<bool> done_{false};
  std::promise<int> promise_;
};

class Elects {
public:
  void ask() {
    onReply([this](int value) {
      if (!done_.exchange(true))
        promise_.set_value(value);
    });
    onTimeout([this] {
      if (!done_.exchange(true))
        promise_.set_value(-1);
    });
  }

private:
  std::atomic<bool> done_{false};
  std::promise<int> promise_;
};

class SetByBoth {
public:
  void ask() {
    onReply([this](int value) { answer(value); });
    onTimeout([this] { answer(-1); });
  }

private:
  void answer(int value) {
    if (done_)
      return;
    done_ = true;
    promise_.set_value(value);
  }
  bool done_ = false;
  std::promise<int> promise_;
};
