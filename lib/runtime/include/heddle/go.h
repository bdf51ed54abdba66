// go: starts a task and gives its result as a future.
//
// go(ctx, f) calls f(child of ctx), or f(), on an executor. What f returns (T or result<T>) or throws is the future's
// result. The task's context ends with ctx, with the task, and when the last future is gone: work that nobody waits for
// is asked to stop. The destructor of a future never blocks; use a task_group where the task must not outlive a scope.
//
//   |         | runs       | ctx ends       | last future dies         | executor drops it |
//   |---------|------------|----------------|--------------------------|-------------------|
//   | queued  | -> running | -> ready (err) | its context is cancelled | ready(not_started)|
//   | running | -> ready   | its context is cancelled | the same       | -                 |
//
// A task whose context has ended before it starts is not called. f and what it captured are destroyed before the
// future is ready. Cost: one allocation for all: future, task, callable and context.
// Thread-safety: from any thread.
// Does not compile with -Werror=unused-result: a dropped future.
//
// Example (compiled and run by test/runtime):
//
//   auto page = heddle::go(ctx, [](const heddle::context& c) { return download(c, "index"); }, {.name = "download"});
//   heddle::result<std::string> text = std::move(page).await(ctx);
#pragma once

#include <heddle/future.h>
#include <heddle/observer.h>

namespace heddle {

struct go_options {
  executor* on = nullptr;    ///< null: the default pool
  const char* name = "go";   ///< a literal
};

namespace detail {

template <class F> struct task_result {
  static auto call(F& f, const context& ctx) {
    if constexpr (std::is_invocable_v<F&, const context&>)
      return call_for_result(f, ctx);
    else
      return call_for_result(f);
  }
  static_assert(std::is_invocable_v<F&, const context&> || std::is_invocable_v<F&>,
                "a task takes a const context& or nothing");
  using type = decltype(call(std::declval<F&>(), std::declval<const context&>()));
};
template <class F> using task_result_t = typename task_result<F>::type;
template <class F> using task_value_t = typename task_result_t<F>::value_type;

/// Future, task, callable and context in one block.
template <class F> struct go_block final : future_state<task_value_t<F>>, task_node {
  using T = task_value_t<F>;

  go_block(const context& parent, F&& fn, const task_info& info)
      : future_state<T>(3, 1), // the futures, the task, the context
        task_node(info), f(std::move(fn)) {
    this->destroy = [](future_core* c) noexcept { delete static_cast<go_block*>(c); };
    ctx.block = this;
    ctx.destroy = [](context_node* n) noexcept { static_cast<embedded*>(static_cast<cancel_node*>(n))->let_go(); };
    ctx.attach(context_access::node(parent), context_access::canceller(parent));
    ctx.arm_deadline(time_point::max());
    this->on_unwanted = [](future_core* c) noexcept {
      cancel_node& n = static_cast<go_block*>(c)->ctx;
      // The task may be about to let go of its context; the block, in which the context is, is still held.
      if (!try_retain(n)) return;
      error cause = errc::unwanted;
      n.end(end_kind::canceled, &cause);
      heddle::detail::release(&n);
    };
  }
  ~go_block() {
    if (holds_f) std::destroy_at(std::addressof(f));
  }

  void run() noexcept override {
    retain_self_context();
    context own = context_access::adopt(&ctx);
    if (auto ended = own.err())
      finish(*ended);
    else
      finish(watched(own));
  }
  void drop() noexcept override { finish(errc::not_started); }

private:
  struct embedded final : cancel_node {
    go_block* block = nullptr;
    void let_go() noexcept { block->future_core::release(); }
  };
  task_result_t<F> watched(const context& own) noexcept {
    observation seen(this->info);
    auto r = task_result<F>::call(f, own);
    seen.end(this->info, r);
    return r;
  }
  void retain_self_context() noexcept { heddle::detail::retain(&ctx); }
  template <class R> void finish(R&& r) noexcept {
    std::destroy_at(std::addressof(f));
    holds_f = false;
    if (!ctx.wait_free_ended()) {
      error cause = errc::canceled;
      ctx.end(end_kind::canceled, &cause); // what the task left behind is asked to stop
    }
    ctx.unlink();
    this->set(std::forward<R>(r));
    heddle::detail::release(&ctx);
    this->future_core::release();
  }

  union {
    F f;
  };
  bool holds_f = true;
  embedded ctx;
};

/// A task that is yet to be submitted, and its future.
template <class F> std::pair<future<task_value_t<F>>, work> make_task(const context& ctx, F f, const task_info& info) {
  auto* block = new go_block<F>(ctx, std::move(f), info);
  return {future_access::adopt<task_value_t<F>>(block), work(block)};
}

} // namespace detail

/// Starts f on an executor, now.
template <class F>
[[nodiscard]] HEDDLE_DOES("spawn result") future<detail::task_value_t<F>> go(const context& ctx, F f, go_options o = {},
                                                                            source_site site = source_site::current()) {
  auto [handle, task] = detail::make_task(ctx, std::move(f), {o.name, site});
  (o.on ? *o.on : executor::default_pool()).submit(std::move(task));
  return std::move(handle);
}

} // namespace heddle
