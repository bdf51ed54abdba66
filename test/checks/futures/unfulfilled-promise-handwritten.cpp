// RUN: %verify %s heddle-unfulfilled-promise -- -std=c++20
// Hand-written promises and pools: readers do not learn that a promise was dropped.
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Image {
  int width = 0;
};
Image decode(const std::string &path);
bool ready();
void log(const std::string &);

template <class T> class Result {
public:
  void set(T value) {
    std::lock_guard lock(mutex_);
    value_ = std::move(value);
    ready_ = true;
    changed_.notify_all();
  }
  void fail(std::exception_ptr error) {
    std::lock_guard lock(mutex_);
    error_ = std::move(error);
    ready_ = true;
    changed_.notify_all();
  }
  T get() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ready_; });
    if (error_)
      std::rethrow_exception(error_);
    return value_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  T value_{};
  std::exception_ptr error_;
  bool ready_ = false;
};

std::shared_ptr<Result<Image>> bad_returns(const std::string &path) {
  auto result = std::make_shared<Result<Image>>();
  std::thread([path, result] { // note: the callable that owns 'result' is handed over here
    if (path.empty())
      return; // warning: promise 'result' is dropped unfulfilled on this path; its waiters block forever
    result->set(decode(path));
  }).detach();
  return result;
}
std::shared_ptr<Result<Image>> bad_only_logs(const std::string &path) {
  auto result = std::make_shared<Result<Image>>();
  std::thread([path, result] {
    try {
      result->set(decode(path));
    } catch (const std::exception &e) { // warning: promise 'result' is dropped unfulfilled on this path; its waiters block forever
      log(e.what());
    }
  }).detach();
  return result;
}
Image bad_on_the_stack(const std::string &path) {
  Result<Image> result;
  std::jthread worker([&] {
    if (!ready())
      return; // warning: promise 'result' is dropped unfulfilled on this path
    result.set(decode(path));
  });
  return result.get();
}

std::shared_ptr<Result<Image>> ok_fails(const std::string &path) {
  auto result = std::make_shared<Result<Image>>();
  std::thread([path, result] {
    try {
      result->set(decode(path));
    } catch (...) {
      result->fail(std::current_exception());
    }
  }).detach();
  return result;
}
std::shared_ptr<Result<Image>> ok_all_ways(const std::string &path) {
  auto result = std::make_shared<Result<Image>>();
  std::thread([path, result] {
    if (path.empty()) {
      result->set({});
      return;
    }
    result->set(decode(path));
  }).detach();
  return result;
}
void ok_somebody_else_may(std::shared_ptr<Result<Image>> &result, const std::string &path) {
  std::thread([path, result] {
    if (path.empty())
      return;
    result->set(decode(path));
  }).detach();
}
std::shared_ptr<Result<Image>> ok_two_of_them(const std::string &path) {
  auto result = std::make_shared<Result<Image>>();
  std::thread([path, result] {
    if (path.empty())
      return;
    result->set(decode(path));
  }).detach();
  std::thread([path, result] {
    if (path.empty())
      result->set({});
  }).detach();
  return result;
}
/// An event that may come at any time is no promise.
class Signal {
public:
  void raise() {
    std::lock_guard lock(mutex_);
    raised_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return raised_; });
    raised_ = false;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
};
void ok_signal(Signal &signal, bool urgent) {
  std::thread([&signal, urgent] {
    if (!urgent)
      return;
    signal.raise();
  }).detach();
}

// ---- a pool that catches what its tasks throw -----------------------------------------------------------------------------------
class Pool {
public:
  explicit Pool(int n) {
    for (int i = 0; i < n; ++i)
      threads_.emplace_back([this] { loop(); });
  }
  ~Pool() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (auto &t : threads_)
      t.join();
  }
  void submit(std::function<void()> task) {
    {
      std::lock_guard lock(mutex_);
      tasks_.push(std::move(task));
    }
    changed_.notify_one();
  }

private:
  void loop() {
    for (;;) {
      std::function<void()> task;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stop_ || !tasks_.empty(); });
        if (tasks_.empty())
          return;
        task = std::move(tasks_.front());
        tasks_.pop();
      }
      try {
        task();
      } catch (const std::exception &e) {
        log(e.what());
      }
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::queue<std::function<void()>> tasks_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};
Image mustDecode(const std::string &path) {
  if (path.empty())
    throw std::invalid_argument("path");
  return decode(path);
}
std::shared_ptr<Result<Image>> bad_throws_in_a_pool(Pool &pool, const std::string &path) {
  auto result = std::make_shared<Result<Image>>();
  pool.submit([result, path] { result->set(mustDecode(path)); }); // warning: promise 'result' is dropped unfulfilled when this throws; its waiters block forever
  return result;
}
std::shared_ptr<Result<Image>> ok_fails_in_a_pool(Pool &pool, const std::string &path) {
  auto result = std::make_shared<Result<Image>>();
  pool.submit([result, path] {
    try {
      result->set(mustDecode(path));
    } catch (...) {
      result->fail(std::current_exception());
    }
  });
  return result;
}

// ---- a request that shares its promise with who waits: the worker is the last that could answer ---------------------------
enum class Found { Yes, No, Later };
Found look(const std::string &name);

template <class T> struct Query {
  std::string name;
  int tries = 0;
  std::shared_ptr<Result<T>> answer;
};
class Near {};
class Finder {
public:
  Near find(std::string name) {
    auto answer = std::make_shared<Result<Near>>();
    push({std::move(name), 0, answer});
    return answer->get();
  }
  void bad_gives_up(Query<Near> q) {
    switch (look(q.name)) {
    case Found::Yes:
      q.answer->set({});
      break;
    case Found::Later:
      if (++q.tries < 3) {
        push(std::move(q));
        break;
      }
      log(q.name);
      break; // warning: promise 'q.answer' is dropped unfulfilled on this path; its waiters block forever
    case Found::No:
      q.answer->fail(nullptr);
      break;
    }
  }

private:
  void push(Query<Near> q) {
    std::lock_guard lock(mutex_);
    queue_.push(std::move(q));
  }
  std::mutex mutex_;
  std::queue<Query<Near>> queue_;
};
class Far {};
class FarFinder {
public:
  Far find(std::string name) {
    auto answer = std::make_shared<Result<Far>>();
    push({std::move(name), 0, answer});
    return answer->get();
  }
  void ok_answers_always(Query<Far> q) {
    switch (look(q.name)) {
    case Found::Yes:
      q.answer->set({});
      break;
    case Found::Later:
      if (++q.tries < 3) {
        push(std::move(q));
        break;
      }
      [[fallthrough]];
    case Found::No:
      q.answer->fail(nullptr);
      break;
    }
  }

private:
  void push(Query<Far> q) {
    std::lock_guard lock(mutex_);
    queue_.push(std::move(q));
  }
  std::mutex mutex_;
  std::queue<Query<Far>> queue_;
};
/// It is put back as a copy.
class Deep {};
Deep wait(Result<Deep> &r) { return r.get(); }
void push(Query<Deep> q);
void ok_puts_back_a_copy(Query<Deep> q) {
  if (look(q.name) == Found::Later) {
    push(q);
    return;
  }
  q.answer->set({});
}
/// Somebody else answers what is left over.
class High {};
High wait(Result<High> &r) { return r.get(); }
void ok_others_answer(Query<High> q) {
  if (look(q.name) != Found::Yes)
    return;
  q.answer->set({});
}
void closeAll(std::vector<std::shared_ptr<Result<High>>> &all) {
  for (auto &r : all)
    r->fail(nullptr);
}

// ---- a promise that asks before it takes the value, instead of leaving ----------------------------------------------------
template <class T> class FirstResult {
public:
  void offer(T value) { settle(std::move(value), nullptr); }
  void refuse(std::exception_ptr why) { settle({}, why); }
  T get() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return settled_; });
    if (why_)
      std::rethrow_exception(why_);
    return value_;
  }

private:
  void settle(T value, std::exception_ptr why) {
    std::lock_guard lock(mutex_);
    if (!settled_) {
      value_ = std::move(value);
      why_ = why;
      settled_ = true;
    }
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  T value_{};
  std::exception_ptr why_;
  bool settled_ = false;
};
std::shared_ptr<FirstResult<Image>> bad_asks_first(const std::string &path) {
  auto result = std::make_shared<FirstResult<Image>>();
  std::thread([path, result] { // note: the callable that owns 'result' is handed over here
    if (path.empty())
      return; // warning: promise 'result' is dropped unfulfilled on this path; its waiters block forever
    result->offer(decode(path));
  }).detach();
  return result;
}
std::shared_ptr<FirstResult<Image>> ok_asks_first(const std::string &path) {
  auto result = std::make_shared<FirstResult<Image>>();
  std::thread([path, result] {
    if (path.empty())
      return result->refuse(nullptr);
    result->offer(decode(path));
  }).detach();
  return result;
}
/// Only what is asked for something else is no promise: the value comes when it is wanted.
class Sampler {
public:
  void update(int value) {
    std::lock_guard lock(mutex_);
    if (wanted_) {
      value_ = value;
      fresh_ = true;
    }
    changed_.notify_all();
  }
  int next() {
    std::unique_lock lock(mutex_);
    wanted_ = true;
    changed_.wait(lock, [this] { return fresh_; });
    return value_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false, fresh_ = false;
  int value_ = 0;
};
std::shared_ptr<Sampler> ok_sampler(int n) {
  auto sampler = std::make_shared<Sampler>();
  std::thread([n, sampler] {
    if (n == 0)
      return;
    sampler->update(n);
  }).detach();
  return sampler;
}
