// worker, worker_pool: owners of long tasks and of queues of work.
//
// A worker owns one long task and the data it works on: f(ctx, data&...) runs until it is done or its context ends; the
// destructor asks it to stop and waits, and only then the data dies. Stop and join may be said any number of times.
//
//   | worker  | request_stop()       | f returns | join(ctx)                    | destructor                  |
//   |---------|----------------------|-----------|------------------------------|-----------------------------|
//   | running | its context ends     | -> ended  | waits; ctx's err()           | stop and wait               |
//   | ended   | -                    | -         | f's result, again and again  | at once                     |
//   | in f itself | its context ends | -         | errc::would_deadlock         | terminates with the name    |
//
// A worker_pool runs submitted jobs on a fixed number of tasks behind a bounded queue. What happens to queued jobs at the
// end is said in the constructor: drain runs them, drop destroys them and cancels the running ones.
//
//   | worker_pool | submit(ctx, f)               | try_submit(f) | close(bound)                      | destructor |
//   |-------------|------------------------------|---------------|-----------------------------------|------------|
//   | open        | queued, or waits while full  | or full       | -> closed; waits for what must be done | close, wait |
//   | closed      | errc::closed                 | errc::closed  | the same result                   | -          |
//
// close() returns the first error of a job, or bound's err() if that ended first: then the running jobs are cancelled and
// the queue is dropped. A submit that waits when the pool is closed returns errc::closed; its job is not run.
// Both run on the default pool, seen by leak_check; a worker does not count against its parallelism.
// Thread-safety: any thread, but the destructors.
//
// Does not compile: copying or moving either; with -Werror=unused-result: a submit or a join whose result is ignored.
//
// Example (compiled and run by test/runtime):
//
//   heddle::worker poller(
//       ctx, {"poller"},
//       [](const heddle::context& c, sensor& s) {
//         while (heddle::sleep_for(c, 1ms)) s.poll();
//       },
//       sensor("north")); // lives in the worker, longer than the task
//
//   heddle::worker_pool pool(ctx, {.threads = 4, .queue = 100, .stop = heddle::on_stop::drain});
//   if (!pool.submit(ctx, [&] { handle_request(); })) return; // closed, or cancelled while the queue was full
#pragma once

#include <heddle/channel.h>
#include <heddle/go.h>
#include <heddle/guarded.h>
#include <heddle/select.h>

#include <memory>
#include <tuple>
#include <vector>

namespace heddle {

class worker;

namespace detail {
HEDDLE_API const worker*& current_worker() noexcept;
}

/// Owns one long task and its data.
class [[nodiscard]] HEDDLE_ROLE("joining-thread !joins !cancels !carries-exceptions") worker {
public:
  template <class F, class... State>
  HEDDLE_DOES("spawn") worker(const context& ctx, task_info info, F f, State... owned)
      : info_(info), scope_(with_cancel(ctx)) {
    struct block final : data {
      block(F&& fn, State&&... s) : f(std::move(fn)), state(std::move(s)...) {}
      F f;
      std::tuple<State...> state;
    };
    auto* mine = new block(std::move(f), std::move(owned)...);
    data_.reset(mine);
    done_.emplace(go(
        scope_.get(),
        [this, mine](const context& c) {
          blocking_worker self(this);
          auto r = std::apply(
              [&](State&... s) { return detail::call_for_result(mine->f, c, s...); }, mine->state);
          static_assert(std::is_same_v<decltype(r), result<void>>, "a worker's task returns void or result<void>");
          return r;
        },
        {.name = info.name}, info.site));
  }
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  HEDDLE_API ~worker();

  /// Ends the task's context.
  HEDDLE_DOES("cancel !idempotent") void request_stop(error why = errc::canceled) noexcept { scope_.cancel(std::move(why)); }
  /// Waits for the task; its result.
  [[nodiscard]] HEDDLE_DOES("join !idempotent") HEDDLE_API result<void> join(const context& ctx);
  /// Returns true once the task has ended.
  HEDDLE_DOES("test") bool ended() const noexcept { return done_->ready(); }

private:
  struct data {
    virtual ~data() = default;
  };
  /// The task occupies a thread and no place of the pool, and knows whose it is.
  class blocking_worker {
  public:
    explicit blocking_worker(const worker* w) noexcept : outer_(std::exchange(detail::current_worker(), w)) {}
    ~blocking_worker() { detail::current_worker() = outer_; }
    blocking_worker(const blocking_worker&) = delete;
    blocking_worker& operator=(const blocking_worker&) = delete;

  private:
    const worker* outer_;
    detail::blocking_section section_;
  };

  task_info info_;
  std::unique_ptr<data> data_; // outlives the task: the destructor waits first
  cancel_scope scope_;
  std::optional<future<void>> done_;
};

/// What happens to queued jobs when a pool is closed.
enum class on_stop { drain, drop };

struct worker_pool_options {
  std::size_t threads = 1;
  std::size_t queue = 0; ///< jobs that wait; 0: submit() waits for a free worker
  on_stop stop = on_stop::drain;
  const char* name = "worker_pool"; ///< a literal
};

/// Runs jobs on a fixed number of tasks.
class [[nodiscard]] HEDDLE_ROLE("executor !joins !owns-threads !reports-closed") worker_pool {
public:
  HEDDLE_API worker_pool(const context& ctx, worker_pool_options o, source_site site = source_site::current());
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;
  HEDDLE_API ~worker_pool();

  /// Queues f(ctx) or f(), waiting for room.
  template <class F> [[nodiscard]] HEDDLE_DOES("spawn") result<void> submit(const context& ctx, F f) {
    return put(ctx, std::make_unique<job_of<F>>(options_.name, std::move(f)));
  }
  /// The same, or errc::full where submit() would wait.
  template <class F> [[nodiscard]] HEDDLE_DOES("spawn") result<void> try_submit(F f) {
    return try_put(std::make_unique<job_of<F>>(options_.name, std::move(f)));
  }
  /// Refuses new jobs and waits for the end, within \p bound. The first error of a job, or bound's.
  [[nodiscard]] HEDDLE_DOES("wait !idempotent") HEDDLE_API result<void> close(const context& bound);

private:
  struct job {
    explicit job(const char* pool) noexcept : queued("pool_queued", pool) {}
    virtual ~job() = default;
    virtual result<void> run(const context& ctx) noexcept = 0;
    detail::gauge_share queued;
  };
  template <class F> struct job_of final : job {
    job_of(const char* pool, F fn) : job(pool), f(std::move(fn)) {}
    result<void> run(const context& ctx) noexcept override {
      static_assert(std::is_same_v<detail::task_result_t<F>, result<void>>, "a job returns void or result<void>");
      return detail::task_result<F>::call(f, ctx);
    }
    F f;
  };
  HEDDLE_API result<void> put(const context& ctx, std::unique_ptr<job> j);
  HEDDLE_API result<void> try_put(std::unique_ptr<job> j);
  std::optional<sender<std::unique_ptr<job>>> entrance() const;
  void work(const context& ctx, const receiver<std::unique_ptr<job>>& jobs) noexcept;
  void stop_accepting() noexcept;

  worker_pool_options options_;
  detail::gauge_share limit_shown_;
  cancel_scope running_; // the context of the jobs
  cancel_scope open_;    // ends when the pool is closed
  guarded<std::optional<sender<std::unique_ptr<job>>>> sender_;
  guarded<std::optional<error>> first_error_;
  std::vector<future<void>> workers_;
};

} // namespace heddle
