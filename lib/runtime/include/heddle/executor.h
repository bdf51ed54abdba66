// executor, elastic_executor, blocking, adapt: where tasks run.
//
// An executor runs work, some time, on some thread, and never in place of submit(). The default pool is elastic: it has
// as many running threads as the machine has cores, but a task that sleeps in a wait of this library, or in
// blocking(f), gives up its place at once, and other blocking is noticed after a short stall. So tasks may wait for
// tasks without a deadlock, up to max_threads, where work queues and the observer's gauge executor_saturated says so.
//
//   | elastic_executor | submit                    | destructor / shutdown                                   |
//   |------------------|---------------------------|---------------------------------------------------------|
//   | open             | queued, runs              | drops what is queued (not_started), waits for the rest  |
//   | shut down        | dropped at once           | -                                                       |
//
// Thread-safety: submit() from any thread. Do not destroy an executor on one of its own threads.
// The default pool is never destroyed; tests call shutdown_default(). fork() after the first task is not supported.
// Long computations look like blocking ones: for a pool of those set max_threads = parallelism.
//
// Example (compiled and run by test/runtime):
//
//   heddle::elastic_executor pool({.parallelism = 2});
//   heddle::future<int> answer = heddle::go(ctx, [](const heddle::context&) { return 42; }, {.on = &pool});
#pragma once

#include <heddle/annotations.h>
#include <heddle/detail/wait.h>
#include <heddle/result.h>

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace heddle {

/// What a task is called and where it was started. The name is a literal, or lives as long as the program.
struct task_info {
  const char* name = "task";
  source_site site = {};
  bool lazy = false; ///< started by the first who awaits it
};

class observer;

namespace detail {
/// A task as an executor sees it. run() and drop() consume it.
struct task_node {
  explicit task_node(const task_info& i) noexcept : info(i) {}
  virtual void run() noexcept = 0;
  virtual void drop() noexcept = 0;

  task_node* next = nullptr;
  task_info info;
  observer* counted_by = nullptr; // has it in its gauge of queued tasks

protected:
  ~task_node() = default;
};
} // namespace detail

/// Something to be run once. Dropped without being run, it tells whoever waits for it (errc::not_started).
class [[nodiscard]] work {
public:
  explicit work(detail::task_node* t) noexcept : task_(t) {}
  work(work&& other) noexcept : task_(std::exchange(other.task_, nullptr)) {}
  work& operator=(work&& other) noexcept {
    work(std::move(other)).swap(*this);
    return *this;
  }
  ~work() {
    if (task_) task_->drop();
  }
  /// Runs it. It does not throw: a task keeps its exception as its result.
  void operator()() && noexcept {
    if (task_) std::exchange(task_, nullptr)->run();
  }
  /// Undefined after the work was run or moved.
  const task_info& info() const noexcept { return task_->info; }
  /// Gives up the ownership, to keep it in a list.
  detail::task_node* release() noexcept { return std::exchange(task_, nullptr); }
  void swap(work& other) noexcept { std::swap(task_, other.task_); }

  /// Work that calls f, whose exceptions terminate.
  template <class F> static work of(const task_info& info, F f) {
    struct node final : detail::task_node {
      node(const task_info& i, F fn) : task_node(i), f(std::move(fn)) {}
      void run() noexcept override {
        std::unique_ptr<node> self(this);
        f();
      }
      void drop() noexcept override { delete this; }
      F f;
    };
    return work(new node(info, std::move(f)));
  }

private:
  detail::task_node* task_;
};

/// Runs work. Implement it to use your own threads, or see adapt().
class HEDDLE_API HEDDLE_ROLE("executor !cheap-task") executor {
public:
  virtual ~executor() = default;
  /// Runs \p w later, on another thread or another turn of a loop, never before it returns. To refuse, drop it.
  HEDDLE_DOES("spawn") virtual void submit(work w) noexcept = 0;
  /// The pool of the process.
  static executor& default_pool() noexcept;
};

/// A task that has not ended.
struct running_task {
  task_info info;
  bool queued = false; ///< not yet started
};

struct elastic_options {
  unsigned parallelism = 0;                                        ///< 0: the number of cores
  unsigned max_threads = 512;                                      ///< at this number tasks queue
  duration idle = std::chrono::seconds(10);                        ///< a thread without work leaves after one to two of these
  duration stall = std::chrono::milliseconds(5);                   ///< queued work this long untouched: another thread
  const char* name = "pool";                                       ///< a literal, for the observer's gauges
};

/// A pool that grows when its tasks block and shrinks when they are gone.
class HEDDLE_API HEDDLE_ROLE("executor !cheap-task !owns-threads !joins") elastic_executor final : public executor {
public:
  explicit elastic_executor(elastic_options o = {});
  ~elastic_executor() override;
  elastic_executor(const elastic_executor&) = delete;
  elastic_executor& operator=(const elastic_executor&) = delete;

  HEDDLE_DOES("spawn") void submit(work w) noexcept override;
  /// Refuses new work, drops what is queued, waits until no task runs. Again: no effect.
  HEDDLE_DOES("wait !idempotent") void shutdown() noexcept;
  /// The same, but gives up the wait when \p ctx ends.
  [[nodiscard]] HEDDLE_DOES("wait !idempotent") result<void> shutdown(const context& ctx) noexcept;
  /// The tasks that are queued or running. What runs while this looks may be missed or seen.
  std::vector<running_task> tasks() const;
  /// How many threads it has now.
  unsigned threads() const noexcept;

private:
  struct core;
  core* core_;
};

/// Ends the default pool, for the end of a test or of main: refuses new work, drops what is queued, and waits for
/// running tasks up to \p bound; false if some still run. The pool cannot be used again.
[[nodiscard]] HEDDLE_API bool shutdown_default(duration bound);

namespace detail {
/// Tells the executor of this thread that it blocks, while it lives.
class blocking_section {
public:
  blocking_section() noexcept : listener_(this_thread_listener()) {
    if (listener_) listener_->blocked();
  }
  ~blocking_section() {
    if (listener_) listener_->unblocked();
  }
  blocking_section(const blocking_section&) = delete;
  blocking_section& operator=(const blocking_section&) = delete;

private:
  block_listener* listener_;
};
/// The executors that leak_check looks at.
class HEDDLE_API task_source {
public:
  virtual void list_tasks(std::vector<running_task>& into) const = 0;

protected:
  /// When it is whole, and before it is taken apart.
  void enroll();
  void withdraw() noexcept;
  ~task_source() = default;
};
HEDDLE_API std::vector<running_task> all_tasks();

/// The tasks that were given to a foreign executor and have not ended.
class HEDDLE_API adapted_tasks final : public task_source, public std::enable_shared_from_this<adapted_tasks> {
public:
  adapted_tasks() { enroll(); }
  ~adapted_tasks() { withdraw(); }
  /// The same work, seen by leak_check until it has run or was dropped.
  work track(work w);
  void list_tasks(std::vector<running_task>& into) const override;

private:
  struct tracked;
  mutable short_lock mutex_;
  tracked* first_ = nullptr;
};
/// Runs its work when it is called; copyable, for executors that copy what they are given.
struct run_once {
  std::shared_ptr<work> held;
  void operator()() const noexcept { std::move(*held)(); }
};
} // namespace detail

/// An executor that runs work by post(callable), which must call the callable once, later, on any thread; destroying it
/// uncalled drops the work. post is called from many threads. leak_check sees the tasks. For boost::asio:
/// adapt([&io](auto task) { boost::asio::post(io, std::move(task)); }).
template <class F> [[nodiscard]] std::unique_ptr<executor> adapt(F post) {
  class HEDDLE_ROLE("executor") adapter final : public executor {
  public:
    explicit adapter(F p) : post_(std::move(p)) {}
    void submit(work w) noexcept override {
      post_(detail::run_once{std::make_shared<work>(tasks_->track(std::move(w)))});
    }

  private:
    F post_;
    std::shared_ptr<detail::adapted_tasks> tasks_ = std::make_shared<detail::adapted_tasks>();
  };
  return std::make_unique<adapter>(std::move(post));
}

/// Calls f, which blocks in something that the library does not know; its thread's place goes to another task.
template <class F> HEDDLE_DOES("run-now") decltype(auto) blocking(F&& f) {
  detail::blocking_section section;
  return std::invoke(std::forward<F>(f));
}

} // namespace heddle
