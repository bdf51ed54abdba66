// RUN: %verify %s heddle-discarded-future -- -std=c++20
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
struct Image {};
int render(const Image &);
int render(const std::string &);
void refresh(const std::string &host);
void log(const std::string &);
bool cached(const std::string &key, int &value);

// ---- the seed: the cache's future that nobody keeps --------------------------------------------------------------------

class Thumbnails {
public:
  void bad_F11_prefetch(const std::string &path) {
    std::async(std::launch::async, [this, path] { store(path, render(path)); }); // warning: the future of this task is discarded
    log("prefetching " + path);
  }
  void ok_F11_kept(const std::string &path) {
    pending_.push_back(std::async(std::launch::async, [this, path] { store(path, render(path)); }));
    log("prefetching " + path);
  }

private:
  void store(const std::string &path, int thumbnail) {
    std::lock_guard lock(mutex_);
    ready_[path] = thumbnail;
  }
  std::mutex mutex_;
  std::map<std::string, int> ready_;
  std::vector<std::future<void>> pending_;
};

// ---- dropped ---------------------------------------------------------------------------------------------------------

void bad_default_policy(const std::string &host) {
  std::async(refresh, host); // warning: the future of this task is discarded
}

void bad_in_a_loop(const std::vector<std::string> &hosts) {
  for (const std::string &h : hosts)
    std::async(std::launch::async, refresh, h); // warning: the future of this task is discarded
}

void bad_on_a_branch(bool now, const std::string &host) {
  if (now)
    refresh(host);
  else
    std::async(std::launch::async, refresh, host); // warning: the future of this task is discarded
}

std::future<void> refreshSoon(const std::string &host) {
  return std::async(std::launch::async, refresh, host); // note: 'refreshSoon' starts the task here and returns its future
}
std::future<int> renderSoon(Image i) {
  auto f = std::async(std::launch::async, [i] { return render(i); });
  log("started");
  return f;
}
std::future<void> refreshLater(const std::string &host) { return refreshSoon(host); }

void bad_through_a_function(const std::string &host) {
  refreshSoon(host); // warning: the future of this task is discarded
}
void bad_through_a_local(Image i) {
  renderSoon(i); // warning: the future of this task is discarded
}
void bad_through_two_functions(const std::string &host) {
  refreshLater(host); // warning: the future of this task is discarded
}

void bad_joining_temporary(const std::string &host) {
  std::jthread{refresh, host}; // warning: thread handle is a temporary
  log("refreshing");
}

// ---- kept, but for one turn -------------------------------------------------------------------------------------------

void bad_one_after_another(const std::vector<std::string> &hosts) {
  for (const std::string &h : hosts) {
    log(h);
    auto done = std::async(std::launch::async, refresh, h); // warning: 'done' is destroyed at the end of each iteration
  }
}

void ok_all_at_once(const std::vector<std::string> &hosts) {
  std::vector<std::future<void>> done;
  for (const std::string &h : hosts)
    done.push_back(std::async(std::launch::async, refresh, h));
  for (auto &f : done)
    f.get();
}

void ok_beside_other_work(const std::vector<std::string> &hosts) {
  for (const std::string &h : hosts) {
    auto done = std::async(std::launch::async, refresh, h);
    log(h);
  }
}

// ---- kept, and left early ---------------------------------------------------------------------------------------------

int bad_cached_after_the_start(const std::string &key) {
  auto slow = std::async(std::launch::async, [key] { return render(key); }); // note: the task is started here
  int value = 0;
  if (cached(key, value))
    return value; // warning: this return destroys 'slow' while its task may run
  return slow.get();
}

std::optional<int> bad_gives_up_waiting(const std::string &key) {
  std::future<int> slow = std::async(std::launch::async, [key] { return render(key); });
  if (slow.wait_for(2s) == std::future_status::timeout)
    return std::nullopt; // warning: this return destroys 'slow' while its task may run
  return slow.get();
}

std::optional<int> bad_when_ready(const std::string &key) {
  auto slow = std::async([key] { return render(key); });
  if (slow.wait_for(2s) == std::future_status::ready)
    return slow.get();
  log("too late");
  return std::nullopt; // warning: this return destroys 'slow' while its task may run
}

int ok_start_after_the_check(const std::string &key) {
  int value = 0;
  if (cached(key, value))
    return value;
  auto slow = std::async(std::launch::async, [key] { return render(key); });
  return slow.get();
}

int ok_waits_before_the_return(const std::string &key) {
  auto slow = std::async(std::launch::async, [key] { return render(key); });
  int value = 0;
  if (cached(key, value)) {
    slow.wait();
    return value;
  }
  return slow.get();
}

int ok_stops_it_before_the_return(const std::string &key) {
  std::atomic<bool> stop{false};
  auto slow = std::async(std::launch::async, [&stop, key] { return stop ? 0 : render(key); });
  int value = 0;
  if (cached(key, value)) {
    stop = true;
    return value;
  }
  return slow.get();
}

/// Never asked for: the scope is what waits, on purpose.
void ok_joined_by_the_scope(const std::string &host, bool quick) {
  auto done = std::async(std::launch::async, refresh, host);
  if (quick)
    return;
  log("meanwhile");
}

int ok_handed_over_before_the_return(const std::string &key, std::vector<std::future<int>> &pending) {
  auto slow = std::async(std::launch::async, [key] { return render(key); });
  int value = 0;
  if (cached(key, value)) {
    pending.push_back(std::move(slow));
    return value;
  }
  return slow.get();
}

int ok_deferred_on_this_side(const std::string &key) {
  auto slow = std::async([key] { return static_cast<int>(key.size()); });
  if (slow.wait_for(0s) == std::future_status::deferred)
    return 0; // the task never runs
  return slow.get();
}
int ok_ready_on_this_side(const std::string &key) {
  auto slow = std::async(std::launch::async, [key] { return render(key); });
  if (slow.wait_for(0s) == std::future_status::ready) {
    log("at once");
    return 0;
  }
  return slow.get();
}

int ok_both_sides_ask(const std::string &key, bool twice) {
  auto slow = std::async(std::launch::async, [key] { return render(key); });
  if (twice)
    return 2 * slow.get();
  return slow.get();
}

int ok_failure_waits(const std::string &key) {
  auto slow = std::async(std::launch::async, [key] { return render(key); });
  try {
    refresh(key);
  } catch (const std::exception &) {
    return 0;
  }
  return slow.get();
}

// ---- silence ---------------------------------------------------------------------------------------------------------

void ok_explicit_void(const std::string &host) { (void)std::async(std::launch::async, refresh, host); }
void ok_explicit_static_cast(const std::string &host) { static_cast<void>(refreshSoon(host)); }
void ok_ignored(const std::string &host) { std::ignore = std::async(std::launch::async, refresh, host); }
void ok_asked_at_once(const std::string &host) { std::async(std::launch::async, refresh, host).get(); }
std::future<void> ok_returned(const std::string &host) { return std::async(std::launch::async, refresh, host); }
void ok_detached(const std::string &host) { std::thread(refresh, host).detach(); }
void ok_condition(const std::string &host) {
  while (refreshSoon(host).wait_for(1s) != std::future_status::ready)
    log("again");
}

/// The future of a promise does not wait: whoever has no use for it may drop it.
class Queue {
public:
  std::future<int> submit(Image i) {
    std::packaged_task<int()> task([i] { return render(i); });
    auto done = task.get_future();
    tasks_.push_back(std::move(task));
    return done;
  }

private:
  std::vector<std::packaged_task<int()>> tasks_;
};
void ok_of_a_queue(Queue &q, Image i) { q.submit(i); }

std::future<void> elsewhere(const std::string &host);
void ok_not_known_how(const std::string &host) { elsewhere(host); }

struct Logger {
  Logger &operator<<(int);
};
void ok_no_future(Logger &l) { l << 1 << 2; }

// ---- started by a helper ----------------------------------------------------------------------------------------------------

struct Ahead {
  std::future<int> head, tail;
};
Ahead prefetch(const std::string &key) {
  return {std::async(std::launch::async, [key] { return render(key); }), // note: the task is started here
          std::async(std::launch::async, [key] { return render(key + "'"); })};
}
std::future<int> begin(const std::string &key) {
  return std::async(std::launch::async, [key] { return render(key); }); // note: the task is started here
}
int bad_struct_left_early(const std::string &key) {
  Ahead ahead = prefetch(key);
  int value = 0;
  if (cached(key, value))
    return value; // warning: this return destroys 'ahead.head' while its task may run
  return ahead.head.get() + ahead.tail.get();
}
int bad_helpers_future_left_early(const std::string &key) {
  auto slow = begin(key);
  int value = 0;
  if (cached(key, value))
    return value; // warning: this return destroys 'slow' while its task may run
  return slow.get();
}
int ok_struct_asked_on_every_way(const std::string &key) {
  Ahead ahead = prefetch(key);
  int value = 0;
  if (cached(key, value)) {
    ahead.tail.get();
    return value + ahead.head.get();
  }
  return ahead.head.get() + ahead.tail.get();
}
int ok_helper_called_late(const std::string &key) {
  int value = 0;
  if (cached(key, value))
    return value;
  auto slow = begin(key);
  return slow.get();
}
Ahead ok_struct_handed_on(const std::string &key, int &value) {
  Ahead ahead = prefetch(key);
  if (cached(key, value))
    return ahead;
  value = ahead.head.get();
  return ahead;
}

// ---- the future is the last thing in its block ----
class Reloader {
public:
  void bad_nothing_follows() {
    auto done = std::async(std::launch::async, &Reloader::reload, this); // warning: 'done' is destroyed right after the task is started // note: the task is started here
  }
  void bad_only_counted() {
    auto done = std::async(std::launch::async, &Reloader::reload, this); // warning: 'done' is destroyed right after the task is started // note: the task is started here
    if (done.valid())
      ++reloads_;
  }
  bool bad_only_tells_others() {
    if (reloads_ > 3)
      return false;
    auto done = std::async(std::launch::async, &Reloader::reload, this); // warning: 'done' is destroyed right after the task is started // note: the task is started here
    began_.store(true);
    changed_.notify_all();
    return true;
  }
  void ok_waits_beside_it(std::mutex &m) {
    auto done = std::async(std::launch::async, &Reloader::reload, this);
    std::unique_lock lock(m);
    changed_.wait(lock);
  }
  void ok_work_beside_it() {
    auto done = std::async(std::launch::async, &Reloader::reload, this);
    reload();
  }
  void ok_kept() {
    last_ = std::async(std::launch::async, &Reloader::reload, this);
    if (last_.valid())
      ++reloads_;
  }
  void ok_asked() {
    auto done = std::async(std::launch::async, &Reloader::reload, this);
    done.get();
  }
  std::future<void> ok_handed_out() {
    auto done = std::async(std::launch::async, &Reloader::reload, this);
    return done;
  }
  void ok_taken_over() {
    auto done = std::async(std::launch::async, &Reloader::reload, this);
    last_ = std::move(done);
  }

private:
  void reload();
  int reloads_ = 0;
  std::atomic<bool> began_{false};
  std::condition_variable changed_;
  std::future<void> last_;
};

// ---- a pool written by hand that wraps its jobs ----------------------------------------------------------------------------
class Crew {
public:
  std::future<void> submit(std::function<void()> job) {
    auto task = std::make_shared<std::packaged_task<void()>>(std::move(job));
    std::future<void> done = task->get_future();
    std::lock_guard<std::mutex> lock(m_);
    jobs_.push_back([task] { (*task)(); });
    return done;
  }
  /// What the job throws is its own business here.
  void post(std::function<void()> job) {
    std::lock_guard<std::mutex> lock(m_);
    jobs_.push_back(std::move(job));
  }

private:
  std::mutex m_;
  std::deque<std::function<void()>> jobs_;
};
void storePage(int n) {
  if (n < 0)
    throw std::runtime_error("no such page");
}
void warmPage(int n) noexcept;
void bad_loses_the_error(Crew &crew, int first) {
  for (int n = first; n < 8; ++n)
    crew.submit([n] { storePage(n); }); // warning: the future of this task is discarded, and 'std::runtime_error', which the task may throw, is lost with it
}
void ok_nothing_to_lose(Crew &crew) {
  for (int n = 0; n < 8; ++n)
    crew.submit([n] { warmPage(n); });
}
void ok_catches(Crew &crew) {
  crew.submit([] {
    try {
      storePage(1);
    } catch (const std::exception &) {
      warmPage(1);
    }
  });
}
void ok_says_so(Crew &crew) { (void)crew.submit([] { storePage(1); }); }
void ok_posts(Crew &crew) { crew.post([] { warmPage(1); }); }
void ok_keeps(Crew &crew, std::vector<std::future<void>> &all) { all.push_back(crew.submit([] { storePage(1); })); }

// ---- deferred: nothing waits, since nothing runs ----
void bad_never_runs(const std::string &host) {
  std::async(std::launch::deferred, refresh, host); // warning: the future of this task is discarded
}
int ok_deferred_and_left_early(const std::string &key) {
  auto lazy = std::async(std::launch::deferred, [key] { return render(key); });
  int value = 0;
  if (cached(key, value))
    return value;
  return lazy.get();
}
void ok_deferred_at_the_end(const std::string &key) {
  auto lazy = std::async(std::launch::deferred, [key] { return render(key); });
  if (lazy.valid())
    log("not needed");
}
