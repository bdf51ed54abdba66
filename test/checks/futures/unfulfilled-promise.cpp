// RUN: %verify %s heddle-unfulfilled-promise -- -std=c++20
// The seeds' rows (F7, P28), and the promises of the standard library.
#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

struct User {
  std::string name;
};
bool ready();
bool cached(const std::string &);
void log(const std::string &);
User lookUp(const std::string &);
int work(int);

User mustFetch(const std::string &id) {
  if (id.empty())
    throw std::invalid_argument("id"); // note: is thrown here
  return lookUp(id);
}

// ---- F7: a producer that throws before it fulfils ------------------------------------------------------------------------
std::vector<std::future<User>> bad_F7_fetchAll(const std::vector<std::string> &ids, std::vector<std::future<void>> &workers) {
  std::vector<std::future<User>> all;
  for (const std::string &id : ids) {
    std::promise<User> p;
    all.push_back(p.get_future());
    workers.push_back(std::async(std::launch::async, [id, p = std::move(p)]() mutable {
      User u = mustFetch(id); // warning: promise 'p' is dropped unfulfilled when this throws; its future reports 'broken_promise' instead of this error
      p.set_value(std::move(u));
    }));
  }
  return all;
}
std::vector<std::future<User>> ok_F7_fetchAll(const std::vector<std::string> &ids, std::vector<std::future<void>> &workers) {
  std::vector<std::future<User>> all;
  for (const std::string &id : ids) {
    std::promise<User> p;
    all.push_back(p.get_future());
    workers.push_back(std::async(std::launch::async, [id, p = std::move(p)]() mutable {
      try {
        p.set_value(mustFetch(id));
      } catch (...) {
        p.set_exception(std::current_exception());
      }
    }));
  }
  return all;
}
/// There the exception ends the program: another check's business.
std::future<User> ok_F7_thread(const std::string &id) {
  std::promise<User> p;
  auto f = p.get_future();
  std::thread([id, p = std::move(p)]() mutable { p.set_value(mustFetch(id)); }).detach();
  return f;
}

// ---- producers that get the promise ----------------------------------------------------------------------------------------
void bad_early_return(std::promise<User> p, const std::string &id) {
  if (id.empty())
    return; // warning: promise 'p' is dropped unfulfilled on this path; its future reports 'broken_promise' instead of a result
  p.set_value(lookUp(id));
}
void bad_throws(std::promise<User> p, const std::string &id) {
  p.set_value(mustFetch(id)); // warning: promise 'p' is dropped unfulfilled when this throws
}
void bad_error_only_logged(std::promise<User> p, const std::string &id) {
  try {
    p.set_value(mustFetch(id));
  } catch (const std::exception &e) { // warning: promise 'p' is dropped unfulfilled on this path
    log(e.what());
  }
}
void bad_switch(std::promise<int> p, int kind) {
  switch (kind) {
  case 0:
    p.set_value(0);
    break;
  case 1:
    log("one"); // nobody hears of it
    break;      // warning: promise 'p' is dropped unfulfilled on this path
  default:
    p.set_exception(std::make_exception_ptr(std::runtime_error("kind")));
  }
}
void bad_unique(std::unique_ptr<std::promise<int>> p) {
  if (!ready())
    return; // warning: promise 'p' is dropped unfulfilled on this path
  p->set_value(1);
}
void bad_packaged(std::packaged_task<int(int)> task, int n) {
  if (n < 0)
    return; // warning: promise 'task' is dropped unfulfilled on this path
  task(n);
}
void ok_all_ways(std::promise<User> p, const std::string &id) {
  if (id.empty()) {
    p.set_exception(std::make_exception_ptr(std::invalid_argument("id")));
    return;
  }
  p.set_value(lookUp(id));
}
void ok_moved_on(std::promise<User> p, const std::string &id);
void ok_passed_on(std::promise<User> p, const std::string &id) {
  if (id.empty())
    return ok_moved_on(std::move(p), id);
  p.set_value(lookUp(id));
}
void ok_of_the_caller(std::promise<int> &p, bool now) {
  if (now)
    p.set_value(1);
}
void ok_shared_with_others(std::shared_ptr<std::promise<int>> p, bool now) {
  if (now)
    p->set_value(1);
}
class Table {
public:
  void ok_kept(int key, std::promise<int> p) {
    if (ready()) {
      p.set_value(key);
      return;
    }
    waiting_.emplace(key, std::move(p));
  }
  void ok_pointer_kept(std::unique_ptr<std::promise<int>> p) {
    if (ready())
      p->set_value(1);
    else
      last_ = std::move(p);
  }

private:
  std::map<int, std::promise<int>> waiting_;
  std::unique_ptr<std::promise<int>> last_;
};
void ok_by_a_helper(std::promise<int> p, int n);
void fulfil(std::promise<int> &p, int n) { p.set_value(n); }
void ok_by_a_helper(std::promise<int> p, int n) {
  if (n < 0)
    n = 0;
  fulfil(p, n);
}
void ok_by_code_that_can_not_be_seen(std::promise<int> p, void (*finish)(std::promise<int> &)) {
  if (ready())
    finish(p);
  else
    p.set_value(0);
}
void ok_correlated(std::promise<int> p, bool good) {
  if (good)
    p.set_value(1);
  if (!good)
    p.set_exception(std::make_exception_ptr(std::runtime_error("bad")));
}
void ok_rethrown_as_result(std::promise<User> p, const std::string &id) {
  std::exception_ptr error;
  try {
    p.set_value(mustFetch(id));
    return;
  } catch (...) {
    error = std::current_exception();
  }
  p.set_exception(error);
}
void ok_nothing_is_guessed(std::promise<User> p, const std::string &id) { p.set_value(lookUp(id)); }
void ok_never_its_business(std::promise<int> p) { log("dropped on purpose"); }

// ---- locals whose future is out ------------------------------------------------------------------------------------------
std::future<User> bad_local(const std::string &id) {
  std::promise<User> p;
  auto f = p.get_future(); // note: the future of 'p' is taken here
  if (id.empty())
    return f; // warning: promise 'p' is dropped unfulfilled on this path
  p.set_value(lookUp(id));
  return f;
}
void bad_future_stored(std::vector<std::future<User>> &all, const std::string &id) {
  std::promise<User> p;
  all.push_back(p.get_future());
  User u = mustFetch(id); // warning: promise 'p' is dropped unfulfilled when this throws
  p.set_value(u);
}
std::future<User> ok_future_dies_as_well(const std::string &id) {
  std::promise<User> p;
  auto f = p.get_future();
  if (id.empty())
    return {};
  p.set_value(mustFetch(id));
  return f;
}
std::optional<std::future<User>> ok_no_future(const std::string &id) {
  std::promise<User> p;
  if (id.empty())
    return std::nullopt;
  auto f = p.get_future();
  p.set_value(lookUp(id));
  return f;
}
std::future<User> ok_local(const std::string &id) {
  std::promise<User> p;
  auto f = p.get_future();
  if (cached(id))
    p.set_value(lookUp(id));
  else
    p.set_exception(std::make_exception_ptr(std::runtime_error("none")));
  return f;
}

// ---- callables that hold it ------------------------------------------------------------------------------------------------
std::future<int> bad_task_returns(int n) {
  std::promise<int> p;
  auto f = p.get_future();
  std::thread([n, p = std::move(p)]() mutable { // note: the callable that owns 'p' is handed over here
    if (n < 0)
      return; // warning: promise 'p' is dropped unfulfilled on this path
    p.set_value(work(n));
  }).detach();
  return f;
}
std::future<int> bad_task_shared(int n) {
  auto p = std::make_shared<std::promise<int>>();
  auto f = p->get_future();
  std::thread([n, p] {
    if (n < 0)
      return; // warning: promise 'p' is dropped unfulfilled on this path
    p->set_value(work(n));
  }).detach();
  return f;
}
int bad_task_by_reference(int n) {
  std::promise<int> p;
  auto f = p.get_future();
  std::jthread t([n, &p] {
    if (n < 0)
      return; // warning: promise 'p' is dropped unfulfilled on this path
    p.set_value(work(n));
  });
  return f.get();
}
std::future<int> bad_task_catches(int n, std::vector<std::jthread> &tasks) {
  std::promise<int> p;
  auto f = p.get_future();
  tasks.emplace_back([n, p = std::move(p)]() mutable {
    try {
      p.set_value(work(n));
    } catch (const std::exception &e) { // warning: promise 'p' is dropped unfulfilled on this path
      log(e.what());
    }
  });
  return f;
}
/// A client whose body can not be seen keeps what it is given.
class Client {
public:
  void get(const std::string &url, std::function<void(std::error_code, std::string)> done);
  void subscribe(std::function<void(int)> onEvent);
};
std::future<std::string> bad_callback(Client &client, const std::string &url) {
  auto p = std::make_shared<std::promise<std::string>>();
  auto f = p->get_future();
  client.get(url, [p](std::error_code ec, std::string body) {
    if (ec) {
      log(ec.message());
      return; // warning: promise 'p' is dropped unfulfilled on this path
    }
    p->set_value(std::move(body));
  });
  return f;
}
std::future<std::string> ok_callback(Client &client, const std::string &url) {
  auto p = std::make_shared<std::promise<std::string>>();
  auto f = p->get_future();
  client.get(url, [p](std::error_code ec, std::string body) {
    if (ec)
      return p->set_exception(std::make_exception_ptr(std::system_error(ec)));
    p->set_value(std::move(body));
  });
  return f;
}
std::future<int> ok_called_for_each_event(Client &client) {
  auto p = std::make_shared<std::promise<int>>();
  auto f = p->get_future();
  client.subscribe([p](int event) {
    if (event != 7)
      return; // it is called again
    p->set_value(event);
  });
  return f;
}
std::future<int> ok_two_callables(int n) {
  auto p = std::make_shared<std::promise<int>>();
  auto f = p->get_future();
  std::thread([n, p] {
    if (n < 0)
      return;
    p->set_value(work(n));
  }).detach();
  std::thread([n, p] {
    if (n < 0)
      p->set_value(0);
  }).detach();
  return f;
}
std::future<int> ok_winner_elsewhere(int n, std::shared_ptr<std::atomic<bool>> done) {
  auto p = std::make_shared<std::promise<int>>();
  auto f = p->get_future();
  std::thread([n, p, done] {
    if (done->exchange(true))
      return;
    p->set_value(work(n));
  }).detach();
  return f;
}
int ok_parent_fulfils(int n) {
  std::promise<int> p;
  auto f = p.get_future();
  std::jthread t([n, &p] {
    if (n < 0)
      return;
    p.set_value(work(n));
  });
  if (n < 0)
    p.set_value(0);
  return f.get();
}
void ok_caller_has_it(std::shared_ptr<std::promise<int>> &p, int n) {
  std::thread([n, p] {
    if (n > 0)
      p->set_value(n);
  }).detach();
}
class Owner : public std::enable_shared_from_this<Owner> {
public:
  std::future<int> ok_owner_gone() {
    std::promise<int> p;
    auto f = p.get_future();
    std::thread([weak = weak_from_this(), p = std::move(p)]() mutable {
      auto self = weak.lock();
      if (!self)
        return; // whoever waits asked an object that is gone
      p.set_value(self->n_);
    }).detach();
    return f;
  }
  std::future<int> ok_member() {
    std::thread([this] {
      if (n_ > 0)
        member_.set_value(n_);
    }).detach();
    return member_.get_future();
  }

private:
  int n_ = 0;
  std::promise<int> member_;
};
struct Guard {
  std::promise<int> &p;
  bool done = false;
  ~Guard() {
    if (!done)
      p.set_value(-1);
  }
};
std::future<int> ok_guarded(int n) {
  std::promise<int> p;
  auto f = p.get_future();
  std::thread([n, p = std::move(p)]() mutable {
    Guard guard{p};
    if (n < 0)
      return;
    guard.done = true;
    p.set_value(work(n));
  }).detach();
  return f;
}
std::future<int> ok_nested(int n) {
  std::promise<int> p;
  auto f = p.get_future();
  std::thread([n, p = std::move(p)]() mutable {
    if (n < 0) {
      p.set_value(0);
      return;
    }
    std::thread([p = std::move(p), n]() mutable { p.set_value(work(n)); }).detach();
  }).detach();
  return f;
}

// ---- promises that are part of a job -------------------------------------------------------------------------------------------
struct Job {
  std::string path;
  std::promise<User> done;
};
void elsewhere(Job job);
class Worker {
public:
  std::future<User> ok_submit(std::string path) {
    Job job{std::move(path), {}};
    auto f = job.done.get_future();
    jobs_.push_back(std::move(job));
    return f;
  }
  void bad_run() {
    while (!jobs_.empty()) {
      Job job = std::move(jobs_.back());
      jobs_.pop_back();
      if (job.path.empty())
        continue; // warning: promise 'job.done' is dropped unfulfilled on this path
      try {
        job.done.set_value(lookUp(job.path));
      } catch (const std::exception &e) { // warning: promise 'job.done' is dropped unfulfilled on this path
        log(e.what());
      }
    }
  }
  void ok_run() {
    while (!jobs_.empty()) {
      Job job = std::move(jobs_.back());
      jobs_.pop_back();
      if (job.path.empty()) {
        elsewhere(std::move(job));
        continue;
      }
      try {
        job.done.set_value(lookUp(job.path));
      } catch (...) {
        job.done.set_exception(std::current_exception());
      }
    }
  }
  void ok_put_back() {
    Job job = std::move(jobs_.back());
    jobs_.pop_back();
    if (!ready()) {
      jobs_.push_back(std::move(job));
      return;
    }
    job.done.set_value(lookUp(job.path));
  }
  void ok_by_reference() {
    for (Job &job : jobs_)
      if (ready())
        job.done.set_value(lookUp(job.path));
  }
  bool take(Job &into);
  void ok_nothing_taken() {
    Job job;
    if (!take(job))
      return;
    job.done.set_value(lookUp(job.path));
  }

private:
  std::vector<Job> jobs_;
};
class Replies {
public:
  void bad_onReply(int id, int status) {
    auto it = waiting_.find(id);
    if (it == waiting_.end())
      return;
    std::promise<int> p = std::move(it->second);
    waiting_.erase(it);
    if (status != 0)
      return; // warning: promise 'p' is dropped unfulfilled on this path
    p.set_value(status);
  }
  void ok_onReply(int id, int status) {
    auto it = waiting_.find(id);
    if (it == waiting_.end())
      return;
    if (status == 0)
      it->second.set_value(status);
    else
      it->second.set_exception(std::make_exception_ptr(std::runtime_error("status")));
    waiting_.erase(it);
  }

private:
  std::map<int, std::promise<int>> waiting_;
};

// Whoever is not the first leaves with the future of the first: his own promise was never asked for one.
struct Slot {
  std::shared_future<int> result;
  int uses = 0;
};
class Shared {
public:
  int ok_first_computes(int key) {
    std::promise<int> mine;
    std::shared_future<int> theirs;
    {
      std::lock_guard lock(mutex_);
      auto [at, first] = slots_.try_emplace(key);
      if (!first)
        theirs = at->second.result;
      else
        at->second = Slot{mine.get_future().share(), 1};
    }
    if (theirs.valid())
      return theirs.get();
    int value = key * key;
    mine.set_value(value);
    return value;
  }
  int bad_forgets_the_others(int key) {
    std::promise<int> mine;
    std::shared_future<int> theirs;
    {
      std::lock_guard lock(mutex_);
      auto [at, first] = slots_.try_emplace(key);
      if (!first)
        theirs = at->second.result;
      else
        at->second = Slot{mine.get_future().share(), 1};
    }
    if (theirs.valid())
      return theirs.get();
    if (key < 0)
      return 0; // warning: promise 'mine' is dropped unfulfilled on this path
    mine.set_value(key * key);
    return key * key;
  }

private:
  std::mutex mutex_;
  std::map<int, Slot> slots_;
};

// A loop gives each element a name for one turn; the element lives on.
struct Delivery {
  Delivery(std::promise<void> *p) : done(p) {}
  void operator()() const { done->set_value(); }
  std::promise<void> *done;
};
void bring(std::function<void()>);
void ok_elements_live_on() {
  std::promise<void> all[16];
  for (auto &p : all)
    bring(Delivery(&p));
  for (auto &p : all)
    p.get_future().wait();
}
void bad_made_in_each_turn(std::vector<std::future<int>> &all, int n) {
  for (int i = 0; i < n; ++i) {
    std::promise<int> p;
    all.push_back(p.get_future());
  } // warning: promise 'p' is dropped unfulfilled on this path
}

// ---- nothing in it yet ---------------------------------------------------------------------------------------------------
struct Barrier {
  bool open = true;
  int left = 0;
  std::optional<std::promise<void>> passed;
  std::unique_ptr<std::promise<int>> counted;
};
/// What it is filled with comes from elsewhere, on some ways only.
void ok_optional_is_empty(Barrier &b) {
  std::optional<std::promise<void>> passed;
  if (!b.open)
    return;
  if (--b.left == 0)
    passed = std::move(b.passed);
  if (passed)
    passed->set_value();
}
void ok_says_that_it_is_empty(Barrier &b) {
  std::optional<std::promise<void>> passed = std::nullopt;
  std::unique_ptr<std::promise<int>> counted{nullptr};
  if (!b.open)
    return;
  passed.swap(b.passed);
  counted.swap(b.counted);
  if (passed)
    passed->set_value();
  if (counted)
    counted->set_value(b.left);
}
/// From the beginning there is one in it.
std::future<int> ok_engaged(Barrier &b) {
  std::optional<std::promise<int>> counted{std::in_place};
  auto f = counted->get_future();
  b.left = work(b.left);
  counted->set_value(b.left);
  return f;
}

// ---- a reference to what somebody else owns ------------------------------------------------------------------------------
std::promise<int> &pendingFor(int id);
std::map<int, std::promise<int>> allPending();
void ok_reference(int id) {
  std::promise<int> &p = pendingFor(id);
  if (!ready())
    return;
  p.set_value(work(id));
}
void ok_reference_throws(int id) {
  try {
    auto &p = pendingFor(id);
    if (!ready())
      throw std::runtime_error("not ready");
    p.set_value(work(id));
  } catch (const std::exception &) {
    log("later");
  }
}
void ok_bindings() {
  std::map<int, std::promise<int>> all = allPending();
  for (auto &[id, p] : all)
    p.set_value(work(id));
}

// ---- numbers that are given out begin with one ---------------------------------------------------------------------------
class Tickets {
public:
  int ok_first_works(int key) {
    std::promise<int> p;
    std::shared_future<int> f;
    unsigned mine = 0;
    if (auto it = all_.find(key); it != all_.end()) {
      f = it->second;
    } else {
      f = p.get_future().share();
      mine = ++last_;
      all_.emplace(key, f);
    }
    if (mine == 0)
      return f.get();
    p.set_value(key);
    return key;
  }
  int bad_first_works(int key, bool quick) {
    std::promise<int> p;
    std::shared_future<int> f;
    unsigned mine = 0;
    if (auto it = all_.find(key); it != all_.end()) {
      f = it->second;
    } else {
      f = p.get_future().share();
      mine = ++last_;
      all_.emplace(key, f);
    }
    if (mine == 0)
      return f.get();
    if (quick)
      return key; // warning: promise 'p' is dropped unfulfilled on this path
    p.set_value(key);
    return key;
  }

private:
  std::map<int, std::shared_future<int>> all_;
  unsigned last_ = 0;
};
