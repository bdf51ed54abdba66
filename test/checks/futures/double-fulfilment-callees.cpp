// RUN: %verify %s heddle-double-fulfilment -- -std=c++20
// One of the two fulfilments is in a callee, a lambda, another member function, or another callback.
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Reply {
  int status = 0;
  std::string body;
};
std::exception_ptr error(const char *text);
void log(const std::string &) noexcept;

// ---- a helper that fulfils its parameter --------------------------------------------------------------------------------

static void fail(std::promise<Reply> &p, const char *why) {
  log(why);
  p.set_exception(error(why)); // note: 'p' is fulfilled here first
}

static bool failIfEmpty(std::promise<Reply> &p, const Reply &reply) {
  if (!reply.body.empty())
    return false;
  p.set_exception(error("empty"));
  return true;
}

void bad_helper_then_caller(std::promise<Reply> &p, const Reply &reply) {
  if (reply.status != 200)
    fail(p, "status"); // note: in the call of 'fail' here
  p.set_value(reply); // warning: promise 'p' is fulfilled a second time
}

void bad_helper_after(std::promise<Reply> &p, const Reply &reply) {
  p.set_value(reply); // note: 'p' is fulfilled here first
  if (reply.body.empty())
    fail(p, "empty"); // warning: promise 'p' is fulfilled a second time
}

void bad_answer_of_the_helper_ignored(std::promise<Reply> &p, const Reply &reply) {
  failIfEmpty(p, reply);
  p.set_value(reply); // warning: promise 'p' is fulfilled a second time
}

void bad_local_lambda(std::promise<Reply> &p, const Reply &reply) {
  auto reject = [&p](const char *why) { p.set_exception(error(why)); };
  if (reply.status != 200)
    reject("status");
  p.set_value(reply); // warning: promise 'p' is fulfilled a second time
}

void bad_shared(std::shared_ptr<std::promise<Reply>> p, const Reply &reply) {
  if (reply.status != 200)
    fail(*p, "status");
  p->set_value(reply); // warning: promise 'p' is fulfilled a second time
}

void ok_helper_or_caller(std::promise<Reply> &p, const Reply &reply) {
  if (reply.status != 200)
    return fail(p, "status");
  p.set_value(reply);
}

void ok_answer_of_the_helper(std::promise<Reply> &p, const Reply &reply) {
  if (failIfEmpty(p, reply))
    return;
  p.set_value(reply);
}

void ok_answer_kept(std::promise<Reply> &p, const Reply &reply) {
  const bool failed = failIfEmpty(p, reply);
  log("checked");
  if (!failed)
    p.set_value(reply);
}

void ok_local_lambda(std::promise<Reply> &p, const Reply &reply) {
  auto reject = [&p](const char *why) { p.set_exception(error(why)); };
  if (reply.status != 200) {
    reject("status");
    return;
  }
  p.set_value(reply);
}

void ok_helper_takes_it(std::promise<Reply> p, const Reply &reply, void (*later)(std::promise<Reply>)) {
  if (reply.status == 202) {
    later(std::move(p));
    return;
  }
  p.set_value(reply);
}

// ---- members ------------------------------------------------------------------------------------------------------------

class bad_upload {
public:
  void onChunk(const Reply &reply) {
    if (reply.status != 200)
      finish(error("chunk"));
    if (++received_ == total_)
      finish(nullptr); // warning: promise 'done_' is fulfilled a second time
  }

private:
  void finish(std::exception_ptr failure) {
    if (failure)
      done_.set_exception(failure);
    else
      done_.set_value();
  }
  int received_ = 0, total_ = 3;
  std::promise<void> done_;
};

class ok_upload {
public:
  void onChunk(const Reply &reply) {
    if (reply.status != 200)
      return finish(error("chunk"));
    if (++received_ == total_)
      finish(nullptr);
  }

private:
  void finish(std::exception_ptr failure) {
    if (finished_)
      return;
    finished_ = true;
    if (failure)
      done_.set_exception(failure);
    else
      done_.set_value();
  }
  bool finished_ = false;
  int received_ = 0, total_ = 3;
  std::promise<void> done_;
};

class ok_finished_once {
public:
  void onReply(const Reply &reply) {
    if (reply.status != 200)
      settle([&] { done_.set_exception(error("status")); });
    settle([&] { done_.set_value(reply); });
  }
  void onClosed() {
    std::call_once(once_, [this] { done_.set_exception(error("closed")); });
    std::call_once(once_, [this] { done_.set_value({}); });
  }

private:
  template <class F> void settle(F f) { std::call_once(once_, f); }
  std::once_flag once_;
  std::promise<Reply> done_;
};

class ok_flag_under_lock {
public:
  void resolve(int v) {
    std::lock_guard lock(mutex_);
    if (done_)
      return;
    done_ = true;
    promise_.set_value(v);
  }
  void reject(std::exception_ptr e) {
    std::lock_guard lock(mutex_);
    if (done_)
      return;
    done_ = true;
    promise_.set_exception(e);
  }
  void produce(int v, bool stale) {
    resolve(v);
    if (stale)
      reject(error("stale"));
  }

private:
  std::mutex mutex_;
  bool done_ = false;
  std::promise<int> promise_;
};

class ok_atomic_flag {
public:
  void resolve(int v) {
    if (!done_.exchange(true))
      promise_.set_value(v);
  }
  void reject(std::exception_ptr e) {
    if (!done_.exchange(true))
      promise_.set_exception(e);
  }
  void produce(int v, bool stale) {
    resolve(v);
    if (stale)
      reject(error("stale"));
  }

private:
  std::atomic<bool> done_{false};
  std::promise<int> promise_;
};

// ---- callbacks: a completion and a timeout ------------------------------------------------------------------------------

/// What an event loop offers for one connection, and for time.
class Timers {
public:
  void after(std::chrono::milliseconds, std::function<void()> handler);
};
Timers &timers();
class Loop {
public:
  void read(std::function<void(Reply)> handler);
  void after(std::chrono::milliseconds, std::function<void()> handler);
};

Loop &mainLoop();

std::future<Reply> bad_completion_and_timeout(Loop &loop) {
  auto p = std::make_shared<std::promise<Reply>>();
  loop.read([p](Reply reply) { p->set_value(std::move(reply)); });
  timers().after(std::chrono::seconds(1), [p] { p->set_exception(error("timeout")); }); // warning: promise 'p' is fulfilled here and in another callback
  return p->get_future();
}

std::future<Reply> bad_two_threads() {
  auto p = std::make_shared<std::promise<Reply>>();
  std::thread([p] { p->set_value(Reply{200, "primary"}); }).detach();
  std::thread([p] { p->set_value(Reply{200, "fallback"}); }).detach(); // warning: promise 'p' is fulfilled here and in another callback
  return p->get_future();
}

class bad_query : public std::enable_shared_from_this<bad_query> {
public:
  std::future<Reply> start() {
    loop_.read([self = shared_from_this()](Reply reply) { self->onReply(std::move(reply)); });
    timers().after(std::chrono::seconds(2), [self = shared_from_this()] { self->onTimeout(); });
    return promise_.get_future();
  }

private:
  void onReply(Reply reply) { promise_.set_value(std::move(reply)); }
  void onTimeout() { promise_.set_exception(error("timeout")); } // warning: promise 'promise_' is fulfilled here and in another callback
  Loop &loop_ = mainLoop();
  std::promise<Reply> promise_;
};

std::future<Reply> ok_winner_by_flag(Loop &loop) {
  struct State {
    std::promise<Reply> promise;
    std::atomic<bool> done{false};
  };
  auto state = std::make_shared<State>();
  loop.read([state](Reply reply) {
    if (!state->done.exchange(true))
      state->promise.set_value(std::move(reply));
  });
  timers().after(std::chrono::seconds(1), [state] {
    if (!state->done.exchange(true))
      state->promise.set_exception(error("timeout"));
  });
  return state->promise.get_future();
}

std::future<Reply> ok_winner_by_test_and_set(Loop &loop) {
  auto p = std::make_shared<std::promise<Reply>>();
  auto taken = std::make_shared<std::atomic_flag>();
  loop.read([p, taken](Reply reply) {
    if (taken->test_and_set())
      return;
    p->set_value(std::move(reply));
  });
  timers().after(std::chrono::seconds(1), [p, taken] {
    if (taken->test_and_set())
      return;
    p->set_exception(error("timeout"));
  });
  return p->get_future();
}

std::future<Reply> ok_winner_by_compare_exchange(Loop &loop) {
  auto p = std::make_shared<std::promise<Reply>>();
  auto state = std::make_shared<std::atomic<int>>(0);
  auto claim = [state] {
    int open = 0;
    return state->compare_exchange_strong(open, 1);
  };
  loop.read([p, claim](Reply reply) {
    if (claim())
      p->set_value(std::move(reply));
  });
  timers().after(std::chrono::seconds(1), [p, claim] {
    if (claim())
      p->set_exception(error("timeout"));
  });
  return p->get_future();
}

class ok_query : public std::enable_shared_from_this<ok_query> {
public:
  explicit ok_query(Loop &loop) : loop_(loop) {}
  std::future<Reply> start() {
    loop_.read([self = shared_from_this()](Reply reply) {
      if (self->settle())
        self->promise_.set_value(std::move(reply));
    });
    timers().after(std::chrono::seconds(2), [self = shared_from_this()] {
      if (self->settle())
        self->promise_.set_exception(error("timeout"));
    });
    return promise_.get_future();
  }

private:
  bool settle() { return !std::exchange(settled_, true); } // one thread runs the loop
  Loop &loop_;
  bool settled_ = false;
  std::promise<Reply> promise_;
};

class ok_taken_out_of_the_table {
public:
  explicit ok_taken_out_of_the_table(Loop &loop) : loop_(loop) {}
  std::future<Reply> ask(int id) {
    auto future = pending_[id].get_future();
    loop_.read([this, id](Reply reply) {
      if (auto node = pending_.extract(id))
        node.mapped().set_value(std::move(reply));
    });
    timers().after(std::chrono::seconds(2), [this, id] {
      if (auto node = pending_.extract(id))
        node.mapped().set_exception(error("timeout"));
    });
    return future;
  }

private:
  Loop &loop_;
  std::map<int, std::promise<Reply>> pending_;
};

std::future<Reply> ok_one_callback_two_outcomes(Loop &loop) {
  auto p = std::make_shared<std::promise<Reply>>();
  loop.read([p](Reply reply) {
    if (reply.status == 200)
      p->set_value(std::move(reply));
    else
      p->set_exception(error("status"));
  });
  return p->get_future();
}

std::future<Reply> ok_registered_on_one_branch(Loop &loop, bool slow) {
  auto p = std::make_shared<std::promise<Reply>>();
  if (slow)
    timers().after(std::chrono::seconds(1), [p] { p->set_value({}); });
  else
    loop.read([p](Reply reply) { p->set_value(std::move(reply)); });
  return p->get_future();
}

std::vector<std::future<Reply>> ok_one_for_each_turn(Loop &loop) {
  std::vector<std::future<Reply>> out;
  for (int i = 0; i < 4; ++i) {
    auto p = std::make_shared<std::promise<Reply>>();
    out.push_back(p->get_future());
    loop.read([p](Reply reply) { p->set_value(std::move(reply)); });
  }
  return out;
}

// A promise moved into the task that fulfils it.
std::future<int> ok_moved_into_the_thread(int value) {
  std::promise<int> p;
  auto result = p.get_future();
  std::thread([p = std::move(p), value]() mutable { p.set_value(value); }).detach();
  return result;
}

std::future<int> ok_first_or_second_thread(int value) {
  std::promise<int> p;
  auto result = p.get_future();
  if (value < 0) {
    p.set_exception(error("negative"));
    return result;
  }
  std::thread worker([](std::promise<int> mine, int v) { mine.set_value(v); }, std::move(p), value);
  worker.detach();
  return result;
}

// ---- a callback that tells its caller whether to go on ------------------------------------------------------------------

enum class Piece { Part, Last, Broken };
using PieceHandler = std::function<bool(Piece, const std::string &)>;
bool readPiece(std::string &into);

// What the handler answers is asked wherever another call may follow.
static bool eachPiece(int file, PieceHandler &handle, std::string &piece) {
  if (file < 0) {
    handle(Piece::Broken, "no such file");
    return false;
  }
  while (readPiece(piece))
    if (!handle(Piece::Part, piece)) {
      log("the receiver is gone");
      return false;
    }
  return true;
}

static void copyFiles(const std::vector<int> &files, PieceHandler handle) {
  std::string piece;
  for (int file : files)
    if (!eachPiece(file, handle, piece))
      return;
  handle(Piece::Last, piece);
}

std::future<bool> ok_the_answer_ends_the_calls(const std::vector<int> &files, bool (*put)(const std::string &)) {
  auto p = std::make_shared<std::promise<bool>>();
  copyFiles(files, [p, put](Piece what, const std::string &text) {
    if (what == Piece::Broken) {
      p->set_value(false);
      return false;
    }
    const bool last = what == Piece::Last;
    if (put(text)) {
      if (last)
        p->set_value(true);
      return true;
    }
    p->set_value(false);
    return false;
  });
  return p->get_future();
}

static void walkTree(int depth, std::function<bool(int)> visit) {
  for (int i = 0; i < depth; ++i) {
    const bool more = visit(i);
    if (!more)
      break;
  }
}

void ok_the_answer_is_kept_first(std::promise<int> &p, int wanted) {
  walkTree(9, [&p, wanted](int at) {
    if (at != wanted)
      return true;
    p.set_value(at);
    return at + 1 < wanted;
  });
}

static bool untilRefused(int tries, const std::function<bool(int)> &attempt) {
  int i = 0;
  do
    ++i;
  while (attempt(i) && i < tries);
  return i < tries;
}

void ok_the_condition_of_a_loop(std::promise<int> &p, int limit) {
  untilRefused(3, [&p, limit](int at) {
    if (at == limit) {
      p.set_value(at);
      return at > 2;
    }
    return true;
  });
}

static bool broken(int file, PieceHandler &handle) {
  if (file >= 0)
    return false;
  handle(Piece::Broken, "no such file"); // note: in the call of the lambda here
  return true;
}

static void copyAnyway(const std::vector<int> &files, PieceHandler handle) {
  for (int file : files)
    broken(file, handle); // note: in the call of 'broken' here
  handle(Piece::Last, {});
}

// The failure was told, and the end is told as well.
void bad_the_answer_is_dropped(const std::vector<int> &files, std::promise<bool> &p) {
  copyAnyway(files, [&p](Piece what, const std::string &text) {
    if (what == Piece::Broken) {
      p.set_value(false); // warning: promise 'p' is fulfilled a second time
      return false;
    }
    if (what == Piece::Last)
      p.set_value(!text.empty()); // warning: promise 'p' is fulfilled a second time
    return true;
  });
}

static void tellTwice(const std::function<bool(int)> &tell) {
  if (!tell(1))
    log("not told");
  tell(2);
}

// It has one answer, and that is not "stop".
void bad_the_only_answer_is_go_on(std::promise<int> &p) {
  tellTwice([&p](int value) {
    p.set_value(value); // warning: promise 'p' is fulfilled a second time
    return true;
  });
}

// ---- known misses -------------------------------------------------------------------------------------------------------

// The two callbacks are handed over by two functions.
class FN_two_registrations {
public:
  void listen() {
    mainLoop().read([this](Reply reply) { promise_.set_value(std::move(reply)); });
  }
  void limit() {
    timers().after(std::chrono::seconds(1), [this] { promise_.set_exception(error("timeout")); });
  }

private:
  std::promise<Reply> promise_;
};

// The helper asks something that has nothing to do with the promise.
class FN_helper_that_asks_something_else {
public:
  void onReply(const Reply &reply) {
    fail("first");
    fail("second");
    log(reply.body);
  }
  void mute() { muted_ = true; }

private:
  void fail(const char *why) {
    if (muted_)
      return;
    promise_.set_exception(error(why));
  }
  bool muted_ = false;
  std::promise<Reply> promise_;
};

// What is registered on one object is taken for the alternatives of one request (`onDone(f); onError(g);`), unless one of
// the two is given a time limit.
std::future<Reply> bad_reply_and_limit_on_one_object(Loop &loop) {
  auto p = std::make_shared<std::promise<Reply>>();
  loop.read([p](Reply reply) { p->set_value(std::move(reply)); });
  loop.after(std::chrono::seconds(1), [p] { p->set_exception(error("timeout")); }); // warning: promise 'p' is fulfilled here and in another callback
  return p->get_future();
}
