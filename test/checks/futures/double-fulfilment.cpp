// RUN: %verify %s heddle-double-fulfilment -- -std=c++20
// The seed's row and the promises of the standard library, along the paths of one function.
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

int compute();
bool needs_revision(int);
struct Reply {
  int status = 0;
  std::string body;
};
Reply fetch(const std::string &url); // may throw
Reply parse(const std::string &text);
void log(const std::string &) noexcept;
std::exception_ptr error(const char *text);

// ---- the seed ---------------------------------------------------------------------------------------------------------

void bad_F2_resolve_then_reject(std::promise<int> &p) {
  int value = 0;
  try {
    value = compute();
  } catch (...) {
    p.set_exception(std::current_exception());
    return;
  }
  p.set_value(value); // note: 'p' is fulfilled here first
  if (needs_revision(value))
    p.set_exception(std::make_exception_ptr(std::runtime_error("stale"))); // warning: promise 'p' is fulfilled a second time
}

void ok_F2_decided_first(std::promise<int> &p) {
  int value = 0;
  try {
    value = compute();
  } catch (...) {
    p.set_exception(std::current_exception());
    return;
  }
  if (needs_revision(value))
    p.set_exception(std::make_exception_ptr(std::runtime_error("stale")));
  else
    p.set_value(value);
}

// ---- shapes of it -----------------------------------------------------------------------------------------------------

void bad_return_forgotten(std::promise<Reply> &p, const Reply &reply) {
  if (reply.status != 200)
    p.set_exception(error("bad status")); // note: 'p' is fulfilled here first
  p.set_value(reply); // warning: promise 'p' is fulfilled a second time
}

void bad_one_branch_of_three(std::promise<Reply> &p, const Reply &reply) {
  if (reply.status == 200) {
    p.set_value(reply);
    return;
  }
  if (reply.status >= 500)
    p.set_exception(error("server"));
  else if (reply.status == 404)
    log("missing");
  p.set_exception(error("failed")); // warning: promise 'p' is fulfilled a second time
}

void bad_fulfil_then_throw(std::promise<Reply> &p, const std::string &url) {
  try {
    p.set_value(fetch(url)); // note: 'p' is fulfilled here first
    Reply check = fetch(url + "/check"); // note: if this throws, control goes to the handler
    log(check.body);
  } catch (...) {
    p.set_exception(std::current_exception()); // warning: promise 'p' is fulfilled a second time
  }
}

void bad_own_throw(std::promise<Reply> &p, const Reply &reply) {
  try {
    p.set_value(reply);
    if (reply.status != 200)
      throw std::runtime_error("status");
  } catch (const std::exception &) {
    p.set_exception(std::current_exception()); // warning: promise 'p' is fulfilled a second time
  }
}

void bad_loop_without_leaving(std::promise<std::string> &p, const std::vector<std::string> &lines) {
  for (const std::string &line : lines)
    if (line.starts_with("Location: "))
      p.set_value(line.substr(10)); // warning: promise 'p' is fulfilled a second time
}

void bad_default_after_loop(std::promise<int> &p, const std::vector<int> &values) {
  for (int v : values)
    if (v > 0) {
      p.set_value(v);
      break;
    }
  p.set_value(0); // warning: promise 'p' is fulfilled a second time
}

void bad_retries(std::promise<Reply> &p, const std::string &url) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      p.set_value(fetch(url)); // warning: promise 'p' is fulfilled a second time
      return;
    } catch (...) {
      p.set_exception(std::current_exception()); // warning: promise 'p' is fulfilled a second time
    }
  }
}

void bad_at_thread_exit(std::promise<int> p, int value) {
  p.set_value_at_thread_exit(value);
  if (value < 0)
    p.set_exception_at_thread_exit(error("negative")); // warning: promise 'p' is fulfilled a second time
}

void bad_task_called_twice(int input) {
  std::packaged_task<int(int)> task([](int x) { return x * 2; });
  std::future<int> result = task.get_future();
  task(input); // note: 'task' is fulfilled here first
  if (input > 10)
    task(input / 2); // warning: promise 'task' is fulfilled a second time
  log(std::to_string(result.get()));
}

void bad_switch_falls_through(std::promise<int> &p, int kind) {
  switch (kind) {
  case 0:
    p.set_value(0);
  case 1:
    p.set_value(1); // warning: promise 'p' is fulfilled a second time
    break;
  default:
    p.set_exception(error("kind"));
  }
}

void bad_local(const std::string &text) {
  std::promise<Reply> p;
  auto result = p.get_future();
  if (text.empty())
    p.set_exception(error("empty"));
  p.set_value(parse(text)); // warning: promise 'p' is fulfilled a second time
  log(result.get().body);
}

void bad_behind_a_pointer(const std::shared_ptr<std::promise<int>> &p, int value) {
  p->set_value(value);
  if (value < 0)
    p->set_exception(error("negative")); // warning: promise 'p' is fulfilled a second time
}

struct Job {
  std::string url;
  std::promise<Reply> done;
};

void bad_member_of_a_parameter(Job &job) {
  Reply reply;
  try {
    reply = fetch(job.url);
  } catch (...) {
    job.done.set_exception(std::current_exception());
  }
  job.done.set_value(reply); // warning: promise 'job.done' is fulfilled a second time
}

class bad_session {
public:
  void onReply(const Reply &reply) {
    if (reply.status != 200) {
      log("failed");
      done_.set_exception(error("status")); // note: 'done_' is fulfilled here first
    }
    done_.set_value(reply); // warning: promise 'done_' is fulfilled a second time
  }

private:
  std::promise<Reply> done_;
};

// ---- silent -----------------------------------------------------------------------------------------------------------

void ok_if_else(std::promise<Reply> &p, const Reply &reply) {
  if (reply.status == 200)
    p.set_value(reply);
  else
    p.set_exception(error("status"));
}

void ok_early_return(std::promise<Reply> &p, const Reply &reply) {
  if (reply.status != 200) {
    p.set_exception(error("status"));
    return;
  }
  p.set_value(reply);
}

void ok_throw_after(std::promise<Reply> &p, const Reply &reply) {
  if (reply.status != 200) {
    p.set_exception(error("status"));
    throw std::runtime_error("status");
  }
  p.set_value(reply);
}

void ok_correlated(std::promise<Reply> &p, const Reply &reply) {
  const bool good = reply.status == 200;
  if (good)
    p.set_value(reply);
  log(reply.body);
  if (!good)
    p.set_exception(error("status"));
}

void ok_correlated_by_flag(std::promise<int> &p, const std::vector<int> &values) {
  bool found = false;
  for (int v : values)
    if (v > 0) {
      p.set_value(v);
      found = true;
      break;
    }
  if (!found)
    p.set_value(0);
}

void ok_break(std::promise<std::string> &p, const std::vector<std::string> &lines) {
  for (const std::string &line : lines)
    if (line.starts_with("Location: ")) {
      p.set_value(line.substr(10));
      break;
    }
}

void ok_return_in_loop(std::promise<int> &p, const std::vector<int> &values) {
  for (int v : values)
    if (v > 0) {
      p.set_value(v);
      return;
    }
  p.set_exception(error("none"));
}

void ok_the_idiom(std::promise<Reply> p, const std::string &url) {
  try {
    p.set_value(fetch(url));
  } catch (...) {
    p.set_exception(std::current_exception());
  }
}

void ok_logged_after(std::promise<Reply> p, const std::string &url) {
  try {
    Reply reply = fetch(url);
    p.set_value(std::move(reply));
    log("done"); // can not throw
  } catch (...) {
    p.set_exception(std::current_exception());
  }
}

void ok_fulfilled_behind_the_try(std::promise<Reply> p, const std::string &url) {
  Reply reply;
  try {
    reply = fetch(url);
  } catch (...) {
    p.set_exception(std::current_exception());
    return;
  }
  p.set_value(std::move(reply));
}

void ok_error_kept(std::promise<Reply> p, const std::string &url) {
  std::exception_ptr failure;
  Reply reply;
  try {
    reply = fetch(url);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure)
    p.set_exception(failure);
  else
    p.set_value(std::move(reply));
}

void ok_last_attempt(std::promise<Reply> &p, const std::string &url) {
  for (int attempt = 0;; ++attempt) {
    try {
      p.set_value(fetch(url));
      return;
    } catch (...) {
      if (attempt == 2) {
        p.set_exception(std::current_exception());
        return;
      }
    }
  }
}

void ok_switch(std::promise<int> &p, int kind) {
  switch (kind) {
  case 0:
    p.set_value(0);
    break;
  case 1:
    p.set_value(1);
    break;
  default:
    p.set_exception(error("kind"));
  }
}

void ok_fresh_each_turn(const std::vector<std::string> &urls) {
  for (const std::string &url : urls) {
    std::promise<Reply> p;
    auto result = p.get_future();
    p.set_value(fetch(url));
    log(result.get().body);
  }
}

void ok_assigned_anew(std::promise<int> &p, const std::vector<int> &values) {
  for (int v : values) {
    p.set_value(v);
    p = std::promise<int>();
  }
}

void ok_swapped(std::promise<int> &p, std::promise<int> &next) {
  p.set_value(1);
  p.swap(next);
  p.set_value(2);
}

void ok_moved_away(std::promise<int> p, std::vector<std::promise<int>> &kept) {
  kept.push_back(std::move(p));
  p = {};
  p.set_value(1);
}

void ok_task_reset(std::packaged_task<int()> &task) {
  task();
  task.reset();
  task();
}

void ok_every_waiter(std::vector<std::promise<int>> &waiters, int value) {
  for (auto &w : waiters)
    w.set_value(value);
  waiters.clear();
}

void ok_every_waiter_by_key(std::map<int, std::promise<int>> &waiters) {
  for (auto &[key, waiter] : waiters)
    waiter.set_value(key);
  waiters.clear();
}

void ok_two_promises(std::promise<int> &first, std::promise<int> &second, bool both) {
  first.set_value(1);
  if (both)
    second.set_value(2);
}

void ok_optional_spent(std::optional<std::promise<int>> &p) {
  if (p) {
    p->set_value(1);
    p.reset();
  }
  if (p)
    p->set_value(2);
}

void ok_second_is_caught(std::promise<int> &p, int value) {
  p.set_value(value);
  std::promise<int> copyOfNothing;
  copyOfNothing.set_value(value);
}

class ok_pending_table {
public:
  std::future<Reply> add(int id) { return pending_[id].get_future(); }
  void onReply(int id, const Reply &reply) {
    auto node = pending_.extract(id);
    if (node.empty())
      return;
    if (reply.status != 200)
      node.mapped().set_exception(error("status"));
    else
      node.mapped().set_value(reply);
  }
  void onClosed() {
    for (auto &[id, promise] : std::exchange(pending_, {}))
      promise.set_exception(error("closed"));
  }

private:
  std::map<int, std::promise<Reply>> pending_;
};

// The loop of a worker: one promise for each job.
class ok_worker {
public:
  void run() {
    while (std::optional<Job> job = next()) {
      try {
        job->done.set_value(fetch(job->url));
      } catch (...) {
        job->done.set_exception(std::current_exception());
      }
    }
  }

private:
  std::optional<Job> next();
};

// Two tests of the same condition whose result the engine can not know.
bool steady();
void FP_function_asked_twice(std::promise<int> &p) {
  if (steady())
    p.set_value(1);
  if (!steady())
    p.set_value(2); // warning: promise 'p' is fulfilled a second time
}

// A loop whose condition is a call goes round more than once.
bool more();
bool moreOf(int);
void bad_while_call(std::promise<int> &p) {
  while (more())
    p.set_value(1); // warning: promise 'p' is fulfilled a second time
}
void bad_while_call_of_argument(std::promise<int> &p, int n) {
  while (moreOf(n)) {
    p.set_value(1); // warning: promise 'p' is fulfilled a second time
    more();
  }
}
void ok_while_call_left(std::promise<int> &p) {
  while (more()) {
    p.set_value(1);
    break;
  }
}
void ok_while_call_own(int n) {
  while (moreOf(n)) {
    std::promise<int> p;
    p.set_value(1);
  }
}

// A number that only grows equals another one once.
struct Runner {
  void run(const std::function<void()> &f) { f(); }
};
void ok_counts_up(Runner &r) {
  int arrived = 0, late = 0;
  std::promise<int> p, q;
  for (int i = 0; i < 100; ++i)
    r.run([&] {
      ++arrived;
      if (arrived == 40)
        p.set_value(1);
      if (++late == 50)
        q.set_value(1);
    });
}
void bad_counts_again(Runner &r) {
  int arrived = 0;
  std::promise<int> p;
  for (int i = 0; i < 100; ++i)
    r.run([&] {
      ++arrived;
      if (arrived == 4) {
        p.set_value(1); // warning: promise 'p' is fulfilled a second time on this path
        arrived = 0;
      }
    });
}
void bad_counts_past(Runner &r) {
  int arrived = 0;
  std::promise<int> p;
  for (int i = 0; i < 100; ++i)
    r.run([&] {
      ++arrived;
      if (arrived >= 4)
        p.set_value(1); // warning: promise 'p' is fulfilled a second time on this path
    });
}

// ---- answers that exclude each other ----
void refuse(std::promise<int> &p, const std::string &why) {
  p.set_exception(std::make_exception_ptr(std::runtime_error(why)));
}
void ok_one_answer_of_several(std::promise<int> &p, const std::string &code) {
  if (code.starts_with("ERR"))
    refuse(p, code.substr(3));
  else if (code == "BUSY")
    refuse(p, "later");
  if (code == "OK")
    p.set_value(1);
}
void bad_answers_that_overlap(std::promise<int> &p, const std::string &code) {
  if (code.starts_with("O"))
    p.set_value(0);
  if (code == "OK")
    p.set_value(1); // warning: promise 'p' is fulfilled a second time on this path
}
