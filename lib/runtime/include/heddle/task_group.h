// task_group, for_each: tasks that do not outlive the scope that started them.
//
// A group owns its tasks and their context. The first task that fails cancels the others; the group is consumed by
// std::move(group).wait(), which returns that failure. A group that is left without a wait cancels its tasks and waits
// for them, so they may capture by reference what outlives the group.
//
//   |           | spawn        | first error | wait                       | destructor    |
//   |-----------|--------------|-------------|----------------------------|---------------|
//   | open      | runs, or waits for a slot | -> cancelled | -> consumed, all tasks gone | cancel + wait |
//   | cancelled | false, starts nothing | recorded | -> consumed  | wait          |
//   | consumed  | false        | -           | errc::closed               | -             |
//
// wait() returns the first error of a task; an errc::canceled that is only the echo of the group's own end is none. If
// there was no error but work was left undone because the context ended, it returns that context's cause.
// The limit of tasks at once is said in the constructor. spawn() waits for a slot and gives up when the group's context
// ends. Do not spawn() into a limited group from its own tasks (they hold the slots); use try_spawn().
// wait() may run tasks of this group that nobody has started yet, on the calling thread (default pool only).
// Thread-safety: any thread, but the destructor and wait() &&. Tasks may spawn into the group that runs them.
// Cost: one allocation a task, one for the context.
//
// Does not compile: wait() on an lvalue, spawn() on an rvalue, copying or moving a group, a limit set later.
//
// Example (compiled and run by test/runtime):
//
//   heddle::task_group group(ctx, {.limit = 8});
//   for (const auto& url : urls)
//     group.spawn([&](const heddle::context& c) { return fetch(c, url); });
//   if (auto done = std::move(group).wait(); !done) return done.error();
#pragma once

#include <heddle/context.h>
#include <heddle/executor.h>
#include <heddle/observer.h>

#include <memory>
#include <optional>
#include <ranges>
#include <vector>

namespace heddle {

inline constexpr std::size_t no_limit = npos;

struct group_options {
  std::size_t limit = no_limit;  ///< tasks at once; at least 1
  executor* on = nullptr;        ///< null: the default pool
  bool cancel_on_error = true;   ///< false: the others go on; wait_all() tells all errors
  const char* name = "group";    ///< a literal
};

namespace detail {

class group_core;

/// A task of a group. Held by the executor's queue and by whoever runs it.
struct HEDDLE_API group_task : task_node {
  group_task(group_core& g, const task_info& i) noexcept : task_node(i), group(&g) {}
  void run() noexcept final;
  void drop() noexcept final;
  virtual result<void> call(const context& ctx) noexcept = 0; // and destroys the callable
  virtual void discard() noexcept = 0;                        // destroys the callable uncalled
  virtual void free() noexcept = 0;
  void release() noexcept {
    if (refs.fetch_sub(1, std::memory_order_acq_rel) == 1) free();
  }

  group_core* group;
  std::atomic<bool> claimed{false};
  std::atomic<std::uint32_t> refs{2};
  group_task *next_unstarted = nullptr, *prev_unstarted = nullptr; // guarded by the group's lock
  bool unstarted = false;

protected:
  ~group_task() = default;
};

/// Everything of a group that is no template.
class HEDDLE_API group_core {
public:
  group_core(const context& parent, const group_options& o, source_site site);
  ~group_core();
  group_core(const group_core&) = delete;
  group_core& operator=(const group_core&) = delete;

  const context& ctx() const noexcept { return scope_.get(); }
  void cancel(error cause) noexcept { scope_.cancel(std::move(cause)); }
  /// Takes a slot, waiting for one; then start() must follow.
  bool enter() noexcept;
  bool try_enter() noexcept;
  void start(group_task* t) noexcept;
  void run(group_task* t) noexcept;
  void forget(group_task* t) noexcept;
  void finish(const result<void>& r) noexcept;
  result<void> wait() noexcept;
  std::vector<error> wait_all();
  bool consumed() const noexcept;
  const group_options& options() const noexcept { return options_; }
  source_site site() const noexcept { return site_; }

private:
  struct slot_case;
  struct zero_case;
  void wait_for_zero() noexcept;
  void record(const error& e) noexcept;

  group_options options_;
  source_site site_;
  cancel_scope scope_;
  mutable short_lock mutex_;
  wait_list slot_waiters_, zero_waiters_;
  group_task *first_unstarted_ = nullptr, *last_unstarted_ = nullptr;
  std::size_t tasks_ = 0; // not yet ended
  std::optional<gauge_share> limit_shown_;
  std::vector<error> errors_;
  bool left_undone_ = false; // a task was refused or gave up because the context ended
  bool consumed_ = false;
};

} // namespace detail

/// Owns tasks that run at once.
class [[nodiscard]] HEDDLE_ROLE("group !joins !cancels !carries-exceptions !cancels-siblings !cheap-task !single-use") task_group {
public:
  explicit task_group(const context& parent, group_options o = {}, source_site site = source_site::current())
      : core_(parent, o, site) {}
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;
  ~task_group() = default;

  /// The context of the tasks: ends with the parent, the first error, cancel(), or the group.
  HEDDLE_DOES("get-token") const context& get() const& noexcept HEDDLE_LIFETIMEBOUND { return core_.ctx(); }
  const context& get() const&& = delete;
  /// Asks the tasks to end.
  HEDDLE_DOES("cancel !idempotent") void cancel(error cause = errc::canceled) & noexcept { core_.cancel(std::move(cause)); }

  /// Starts f(ctx), or f(), which returns void or result<void>; waits for a slot if the group has a limit. False if it
  /// was not started, because the context has ended or the group is consumed; wait() tells that too, so the answer may
  /// be ignored.
  template <class F> HEDDLE_DOES("spawn") bool spawn(F f, source_site site = source_site::current()) & {
    auto t = make(std::move(f), site);
    if (!core_.enter()) return false;
    core_.start(t.release());
    return true;
  }
  /// The same, but says false instead of waiting, and when the group has ended.
  template <class F>
  [[nodiscard]] HEDDLE_DOES("spawn") bool try_spawn(F f, source_site site = source_site::current()) & {
    auto t = make(std::move(f), site);
    if (!core_.try_enter()) return false;
    core_.start(t.release());
    return true;
  }

  /// Waits until all tasks have ended. Success, or the first error.
  [[nodiscard]] HEDDLE_DOES("wait") result<void> wait() && noexcept { return core_.wait(); }
  /// The same, with the errors of all tasks in the order in which they came.
  [[nodiscard]] HEDDLE_DOES("wait") std::vector<error> wait_all() && { return core_.wait_all(); }

private:
  template <class F> class task final : public detail::group_task {
  public:
    task(detail::group_core& g, const task_info& i, F&& f) : group_task(g, i), f_(std::move(f)) {}

  private:
    result<void> call(const context& ctx) noexcept override {
      auto r = [&] {
        if constexpr (std::is_invocable_v<F&, const context&>)
          return detail::call_for_result(*f_, ctx);
        else
          return detail::call_for_result(*f_);
      }();
      static_assert(std::is_same_v<decltype(r), result<void>>, "a group's task returns void or result<void>");
      f_.reset(); // what it captured is gone before the group says that the task has ended
      return r;
    }
    void discard() noexcept override { f_.reset(); }
    void free() noexcept override { delete this; }
    std::optional<F> f_;
  };
  struct unstarted {
    void operator()(detail::group_task* t) const noexcept { t->free(); }
  };
  template <class F> std::unique_ptr<detail::group_task, unstarted> make(F&& f, source_site site) {
    static_assert(std::is_invocable_v<F&, const context&> || std::is_invocable_v<F&>,
                  "a task takes a const context& or nothing");
    return std::unique_ptr<detail::group_task, unstarted>(
        new task<F>(core_, {core_.options().name, site}, std::move(f)));
  }

  detail::group_core core_;
};

/// Calls f(ctx, element) or f(element) for each element, at once within o.limit; the first error ends the rest.
template <std::ranges::input_range R, class F>
[[nodiscard]] HEDDLE_DOES("run-now callable f many !parallel") result<void> for_each(const context& ctx, group_options o, R&& range, F f,
                                                          source_site site = source_site::current()) {
  static_assert(std::is_reference_v<std::ranges::range_reference_t<R>>, "the elements must outlive their tasks");
  task_group group(ctx, o, site);
  for (auto&& element : range) {
    bool started = group.spawn(
        [&f, &element](const context& c) {
          if constexpr (std::is_invocable_v<F&, const context&, decltype(element)>)
            return std::invoke(f, c, element);
          else
            return std::invoke(f, element);
        },
        site);
    if (!started) break;
  }
  return std::move(group).wait();
}

} // namespace heddle
