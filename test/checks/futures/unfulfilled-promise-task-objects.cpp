// RUN: %verify %s heddle-unfulfilled-promise -- -std=c++20
// Tasks that are objects: functors that become jobs, and classes whose one member is the work. And jobs that are kept and
// called where their exceptions are caught.
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

void complain(const std::string &);
bool open(const std::string &path);
std::string contents(const std::string &path);

int parse(const std::string &text) {
  if (text.empty())
    throw std::invalid_argument("nothing to parse"); // note: is thrown here
  return static_cast<int>(text.size());
}

/// Written once by a task, and read by whoever asked.
class Answer {
public:
  void give(int value) { settle(value, nullptr); }
  void refuse(std::exception_ptr why) { settle(0, why); }
  int take() {
    std::unique_lock<std::mutex> lock(m_);
    cv_.wait(lock, [this] { return settled_; });
    if (why_)
      std::rethrow_exception(why_);
    return value_;
  }

private:
  void settle(int value, std::exception_ptr why) {
    std::lock_guard<std::mutex> lock(m_);
    if (settled_)
      return;
    value_ = value;
    why_ = why;
    settled_ = true;
    cv_.notify_all();
  }
  std::mutex m_;
  std::condition_variable cv_;
  bool settled_ = false;
  int value_ = 0;
  std::exception_ptr why_;
};

struct bad_ParseJob {
  std::shared_ptr<std::string> text;
  std::shared_ptr<Answer> answer;
  void operator()() const { answer->give(parse(*text)); } // warning: promise 'answer' is dropped unfulfilled when this throws; its waiters block forever
};
struct ok_ParseJob {
  std::shared_ptr<std::string> text;
  std::shared_ptr<Answer> answer;
  void operator()() const {
    try {
      answer->give(parse(*text));
    } catch (...) {
      answer->refuse(std::current_exception());
    }
  }
};
struct bad_LoadJob {
  std::string path;
  std::shared_ptr<std::promise<std::string>> loaded;
  void operator()() {
    if (!open(path)) {
      complain(path);
      return; // warning: promise 'loaded' is dropped unfulfilled on this path
    }
    loaded->set_value(contents(path));
  }
};
/// Nobody hands it over: whoever calls it sees what became of the promise.
struct ok_CalledHere {
  std::string path;
  std::promise<std::string> loaded;
  void operator()() {
    if (open(path))
      loaded.set_value(contents(path));
  }
};
void ok_callsIt(std::string path) {
  ok_CalledHere job{std::move(path), {}};
  auto f = job.loaded.get_future();
  job();
  if (f.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    job.loaded.set_value("");
}

class Crew {
public:
  explicit Crew(int n) {
    for (int i = 0; i < n; ++i)
      hands_.emplace_back([this] { work(); });
  }
  ~Crew() {
    {
      std::lock_guard<std::mutex> lock(m_);
      closing_ = true;
    }
    cv_.notify_all();
    for (std::thread &t : hands_)
      t.join();
  }
  std::shared_ptr<Answer> parsed(std::string text) {
    auto answer = std::make_shared<Answer>();
    post(bad_ParseJob{std::make_shared<std::string>(text), answer});
    post(ok_ParseJob{std::make_shared<std::string>(text), answer});
    return answer;
  }
  std::future<std::string> loaded(std::string path) {
    bad_LoadJob job{std::move(path), std::make_shared<std::promise<std::string>>()};
    auto f = job.loaded->get_future();
    post(job);
    return f;
  }

  template <class F> auto bad_ask(F question) -> std::future<std::invoke_result_t<F &>> {
    using R = std::invoke_result_t<F &>;
    auto p = std::make_shared<std::promise<R>>();
    auto f = p->get_future();
    post([p, question]() mutable { // note: the callable that owns 'p' is handed over here
      p->set_value(question()); // warning: promise 'p' is dropped unfulfilled when this throws
    });
    return f;
  }
  template <class F> auto ok_ask(F question) -> std::future<std::invoke_result_t<F &>> {
    using R = std::invoke_result_t<F &>;
    auto p = std::make_shared<std::promise<R>>();
    auto f = p->get_future();
    post([p, question]() mutable {
      try {
        p->set_value(question());
      } catch (...) {
        p->set_exception(std::current_exception());
      }
    });
    return f;
  }
  /// The question does not throw.
  std::future<int> ok_askLength(std::string text) {
    auto p = std::make_shared<std::promise<int>>();
    auto f = p->get_future();
    post([p, text] { p->set_value(static_cast<int>(text.size())); });
    return f;
  }

private:
  void post(std::function<void()> job) {
    {
      std::lock_guard<std::mutex> lock(m_);
      jobs_.push_back(std::move(job));
    }
    cv_.notify_one();
  }
  void work() {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock<std::mutex> lock(m_);
        cv_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
        if (jobs_.empty())
          return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      try {
        job();
      } catch (const std::exception &e) {
        complain(e.what());
      }
    }
  }
  std::mutex m_;
  std::condition_variable cv_;
  bool closing_ = false;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> hands_;
};
void asks(Crew &crew, const std::string &text) {
  crew.bad_ask([text] { return parse(text); }).wait();
  crew.ok_ask([text] { return parse(text); }).wait();
}

// ---- classes whose work is an override ------------------------------------------------------------------------------------
struct Job {
  virtual ~Job() = default;
  virtual void perform() = 0;
};
class Import : public Job {
public:
  explicit Import(std::string path) : path_(std::move(path)) {}
  std::future<int> rows() { return rows_.get_future(); }
  void perform() override {
    if (!open(path_)) {
      complain(path_);
      return; // warning: promise 'rows_' is dropped unfulfilled on this path
    }
    finish(contents(path_));
  }

private:
  void finish(const std::string &text) { rows_.set_value(static_cast<int>(text.size())); }
  std::string path_;
  std::promise<int> rows_;
};
class AnsweringImport : public Job {
public:
  explicit AnsweringImport(std::string path) : path_(std::move(path)) {}
  void perform() override {
    if (!open(path_)) {
      rows_.set_value(0);
      return;
    }
    rows_.set_value(1);
  }

private:
  std::string path_;
  std::promise<int> rows_;
};
/// Somebody else answers on the way that is left out.
class CancellableImport : public Job {
public:
  void cancel() { rows_.set_exception(std::make_exception_ptr(std::runtime_error("cancelled"))); }
  void perform() override {
    if (!open(path_))
      return;
    rows_.set_value(1);
  }

private:
  std::string path_;
  std::promise<int> rows_;
};
void run(std::deque<std::unique_ptr<Job>> &jobs) {
  while (!jobs.empty()) {
    std::unique_ptr<Job> job = std::move(jobs.front());
    jobs.pop_front();
    job->perform();
  }
}

/// It is called again and again until there is an answer.
struct Poller {
  virtual ~Poller() = default;
  virtual void poll() = 0;
};
class ok_Poll : public Poller {
public:
  void poll() override {
    if (!open(path_))
      return;
    found_.set_value(contents(path_));
  }

private:
  std::string path_;
  std::promise<std::string> found_;
};
void runs(std::vector<std::unique_ptr<Poller>> &pollers) {
  for (auto &p : pollers)
    p->poll();
}
