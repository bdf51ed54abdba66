// A flag that says whether the value was taken, and is set behind a read that may throw.
// RUN: %verify %s heddle-future-read-twice -- -std=c++20
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

std::string load();

template <class T> class bad_Background {
public:
  template <class F> explicit bad_Background(F f) : pending_(std::async(std::launch::async, std::move(f))) {}
  void join() {
    std::lock_guard lock(mutex_);
    if (finished_)
      return;
    value_ = pending_.get(); // warning: future 'pending_' is read again when this read throws, as 'finished_' is set only after it
    finished_ = true;
  }
  const T &value() {
    join();
    return value_;
  }

private:
  std::mutex mutex_;
  bool finished_ = false; // note: says whether the value was taken
  T value_{};
  std::future<T> pending_;
};
void uses() {
  bad_Background<std::string> b([] { return load(); });
  b.value();
}

class bad_Nested {
public:
  const std::string &text() {
    if (!taken_) {
      text_ = answer_.get(); // warning: future 'answer_' is read again when this read throws
      taken_ = true;
    }
    return text_;
  }

private:
  bool taken_ = false; // note: says whether
  std::string text_;
  std::future<std::string> answer_ = std::async(std::launch::async, load);
};

class ok_FlagFirst {
public:
  const std::string &text() {
    if (!taken_) {
      taken_ = true;
      text_ = answer_.get();
    }
    return text_;
  }

private:
  bool taken_ = false;
  std::string text_;
  std::future<std::string> answer_ = std::async(std::launch::async, load);
};
class ok_Caught {
public:
  const std::string &text() {
    if (!taken_) {
      try {
        text_ = answer_.get();
      } catch (...) {
        text_ = "?";
      }
      taken_ = true;
    }
    return text_;
  }

private:
  bool taken_ = false;
  std::string text_;
  std::future<std::string> answer_ = std::async(std::launch::async, load);
};
class ok_AsksTheFuture {
public:
  const std::string &text() {
    if (!taken_ && answer_.valid()) {
      text_ = answer_.get();
      taken_ = true;
    }
    return text_;
  }

private:
  bool taken_ = false;
  std::string text_;
  std::future<std::string> answer_ = std::async(std::launch::async, load);
};
class ok_Shared {
public:
  const std::string &text() {
    if (!taken_) {
      text_ = answer_.get();
      taken_ = true;
    }
    return text_;
  }

private:
  bool taken_ = false;
  std::string text_;
  std::shared_future<std::string> answer_ = std::async(std::launch::async, load).share();
};
class ok_OtherFlag {
public:
  std::string text() {
    if (quiet_)
      return {};
    return answer_.get();
  }
  void hush() { quiet_ = true; }

private:
  bool quiet_ = false;
  std::future<std::string> answer_ = std::async(std::launch::async, load);
};
class ok_StartedAnew {
public:
  void start() {
    answer_ = std::async(std::launch::async, load);
    if (!ready_) {
      text_ = answer_.get();
      ready_ = true;
    }
  }

private:
  bool ready_ = false;
  std::string text_;
  std::future<std::string> answer_;
};
