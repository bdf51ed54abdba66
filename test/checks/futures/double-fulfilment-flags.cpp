// RUN: %verify %s heddle-double-fulfilment -- -std=c++20
// Handlers that ask a flag before they fulfil a promise.
#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

struct Reply {
  std::string text;
};
std::exception_ptr failure(const std::string &why);
void send(const std::string &question, std::function<void(const Reply &)> answered);
void inSeconds(int seconds, std::function<void()> action);
struct Line {
  std::function<void(const Reply &)> onReply;
  std::function<void(int)> onError;
  std::function<void()> onEnd;
  void close();
};
struct Listener {
  virtual ~Listener() = default;
  virtual void reply(const Reply &) = 0;
  virtual void bad_error(int) = 0;
};

// ---- one of them does not set it ---------------------------------------------------------------------------------------
class ByMembers {
public:
  void start(Line &line) {
    line.onReply = [this](const Reply &r) { reply(r); };
    line.onError = [this](int code) { bad_error(code); };
  }

private:
  void reply(const Reply &r) {
    if (got_)
      return;
    got_ = true;
    result_.set_value(r); // note: it is fulfilled again here
  }
  void bad_error(int) {
    if (!got_)
      result_.set_exception(failure("line")); // warning: promise 'result_' is fulfilled here, but 'got_' is not set; 'reply' finds it so and fulfils it again, which throws 'promise_already_satisfied'; set 'got_' here
  }
  bool got_ = false;
  std::promise<Reply> result_;
};
class ByInterface : public Listener {
public:
  std::future<Reply> result() { return result_.get_future(); }
  void reply(const Reply &r) override {
    if (!open_ || r.text.empty())
      return;
    open_.store(false);
    result_.set_value(r);
  }
  void bad_error(int code) override {
    if (!open_)
      return;
    result_.set_exception(failure(std::to_string(code))); // warning: promise 'result_' is fulfilled here, but 'open_' is not set; 'reply' finds it so
  }

private:
  std::atomic<bool> open_{true};
  std::promise<Reply> result_;
};
class ByLambdas {
public:
  void bad_start(Line &line) {
    line.onReply = [this](const Reply &r) {
      if (over_)
        return;
      result_.set_value(r); // warning: promise 'result_' is fulfilled here, but 'over_' is not set; another handler finds it so
    };
    line.onEnd = [this] {
      if (over_)
        return;
      over_ = true;
      result_.set_exception(failure("end")); // note: it is fulfilled again here
    };
  }

private:
  bool over_ = false;
  std::promise<Reply> result_;
};
class ByHelper {
public:
  void start(Line &line) {
    line.onReply = [this](const Reply &r) { reply(r); };
    line.onError = [this](int code) { bad_error(code); };
    line.onEnd = [this] { end(); };
  }

private:
  void reply(const Reply &r) {
    if (answered_)
      return;
    answered_ = true;
    result_.set_value(r); // note: it is fulfilled again here
  }
  void bad_error(int code) {
    if (answered_)
      return;
    refuse(std::to_string(code)); // warning: promise 'result_' is fulfilled here, but 'answered_' is not set; 'reply' finds it so
  }
  void end() {
    if (!answered_)
      refuse("end");
  }
  void refuse(const std::string &why) { result_.set_exception(failure(why)); }
  bool answered_ = false;
  std::promise<Reply> result_;
};

class ok_HelperSets {
public:
  void start(Line &line) {
    line.onReply = [this](const Reply &r) { reply(r); };
    line.onError = [this](int code) { error(code); };
  }

private:
  void reply(const Reply &r) {
    if (answered_)
      return;
    answered_ = true;
    result_.set_value(r);
  }
  void error(int code) {
    if (answered_)
      return;
    refuse(std::to_string(code));
  }
  void refuse(const std::string &why) {
    answered_ = true;
    result_.set_exception(failure(why));
  }
  bool answered_ = false;
  std::promise<Reply> result_;
};
class ok_Closes { // no other handler comes after that
public:
  void start(Line &line) {
    line_ = &line;
    line.onReply = [this](const Reply &r) { reply(r); };
    line.onError = [this](int code) { error(code); };
  }

private:
  void reply(const Reply &r) {
    if (answered_)
      return;
    answered_ = true;
    result_.set_value(r);
  }
  void error(int) {
    if (answered_)
      return;
    line_->close();
    result_.set_exception(failure("line"));
  }
  Line *line_ = nullptr;
  bool answered_ = false;
  std::promise<Reply> result_;
};
class ok_Chosen { // by the one that calls both
public:
  void handle(const Reply *r) {
    if (r)
      reply(*r);
    else
      error();
  }

private:
  void reply(const Reply &r) {
    if (answered_)
      return;
    answered_ = true;
    result_.set_value(r);
  }
  void error() {
    if (answered_)
      return;
    result_.set_exception(failure("line"));
  }
  bool answered_ = false;
  std::promise<Reply> result_;
};
class ok_Renewed { // another question follows
public:
  void ask() {
    answered_ = false;
    result_ = {};
  }
  void start(Line &line) {
    line.onReply = [this](const Reply &r) { reply(r); };
    line.onError = [this](int code) { error(code); };
  }

private:
  void reply(const Reply &r) {
    if (answered_)
      return;
    answered_ = true;
    result_.set_value(r);
  }
  void error(int) {
    if (answered_)
      return;
    result_.set_exception(failure("line"));
  }
  bool answered_ = false;
  std::promise<Reply> result_;
};
class ok_AnotherFlag { // it says something else, and nobody sets it here
public:
  void setQuiet() { quiet_ = true; }
  void start(Line &line) {
    line.onReply = [this](const Reply &r) {
      if (!quiet_)
        result_.set_value(r);
    };
  }

private:
  bool quiet_ = false;
  std::promise<Reply> result_;
};

// ---- two of them on different threads ----------------------------------------------------------------------------------
class Timed : public std::enable_shared_from_this<Timed> {
public:
  std::future<Reply> ask(const std::string &question) {
    auto result = result_.get_future();
    send(question, [self = shared_from_this()](const Reply &r) { self->bad_answered(r); });
    inSeconds(3, [self = shared_from_this()] { self->late(); });
    return result;
  }

private:
  void bad_answered(const Reply &r) {
    if (!over_.load()) {
      over_.store(true);
      result_.set_value(r); // warning: promise 'result_' is fulfilled here and in 'late' if both find 'over_' as it was; the second throws 'promise_already_satisfied'; test and set 'over_' in one by 'exchange'
    }
  }
  void late() {
    if (!over_.load()) {
      over_.store(true);
      result_.set_exception(failure("late")); // note: it may be fulfilled again here
    }
  }
  std::atomic<bool> over_{false};
  std::promise<Reply> result_;
};
class ok_Exchanged : public std::enable_shared_from_this<ok_Exchanged> {
public:
  void ask(const std::string &question) {
    send(question, [self = shared_from_this()](const Reply &r) {
      if (!self->over_.exchange(true))
        self->result_.set_value(r);
    });
    inSeconds(3, [self = shared_from_this()] {
      if (!self->over_.exchange(true))
        self->result_.set_exception(failure("late"));
    });
  }

private:
  std::atomic<bool> over_{false};
  std::promise<Reply> result_;
};
class ok_UnderLock : public std::enable_shared_from_this<ok_UnderLock> {
public:
  void ask(const std::string &question) {
    send(question, [self = shared_from_this()](const Reply &r) { self->answered(r); });
    inSeconds(3, [self = shared_from_this()] { self->late(); });
  }

private:
  void answered(const Reply &r) {
    std::lock_guard lock(mutex_);
    if (over_)
      return;
    over_ = true;
    result_.set_value(r);
  }
  void late() {
    std::lock_guard lock(mutex_);
    if (over_)
      return;
    over_ = true;
    result_.set_exception(failure("late"));
  }
  std::mutex mutex_;
  std::atomic<bool> over_{false};
  std::promise<Reply> result_;
};
class ok_OneThread : public std::enable_shared_from_this<ok_OneThread> { // the flag is atomic for those that look on
public:
  void ask(const std::string &question) {
    send(question, [self = shared_from_this()](const Reply &r) { self->answered(r); });
    inSeconds(3, [self = shared_from_this()] { self->late(); });
  }
  bool isOver() const { return over_; }

private:
  void answered(const Reply &r) {
    if (over_)
      return;
    over_ = true;
    result_.set_value(r);
  }
  void late() {
    if (over_)
      return;
    over_ = true;
    result_.set_exception(failure("late"));
  }
  std::atomic<bool> over_{false};
  std::promise<Reply> result_;
};
class ok_OneGiver : public std::enable_shared_from_this<ok_OneGiver> { // which may run them one after the other
public:
  void ask() {
    inSeconds(1, [self = shared_from_this()] { self->answered(); });
    inSeconds(3, [self = shared_from_this()] { self->late(); });
  }

private:
  void answered() {
    if (over_)
      return;
    over_ = true;
    result_.set_value({});
  }
  void late() {
    if (over_)
      return;
    over_ = true;
    result_.set_exception(failure("late"));
  }
  std::atomic<bool> over_{false};
  std::promise<Reply> result_;
};
