// once<T>: a value that is made by the first who needs it.
//
// get(ctx, f) calls f() the first time and keeps what it returns or throws; everybody gets the same result, and who comes
// while f runs waits for it. f takes no arguments, lest the first caller's leave their mark on all others.
//
//   |         | get(ctx, f)                                  |
//   |---------|----------------------------------------------|
//   | empty   | f runs here -> made                          |
//   | running | waits, or ctx's err(); in f itself: errc::would_deadlock |
//   | made    | at once; f is not called                     |
//
// An error is kept like a value. A wait that gives up changes nothing.
// Thread-safety: get() from any thread. Cost: no allocation but f's; one load when made.
//
// Does not compile: an f with arguments.
//
// Example (compiled and run by test/runtime):
//
//   heddle::once<std::string> motd;
//   const heddle::result<std::string>& text = motd.get(ctx, [] { return read_file("/etc/motd"); });
#pragma once

#include <heddle/future.h>

#include <thread>

namespace heddle {

template <class T> class HEDDLE_ROLE("once") once {
public:
  once() noexcept : state_(1, 1) { state_.destroy = [](detail::future_core*) noexcept {}; }
  once(const once&) = delete;
  once& operator=(const once&) = delete;

  template <class F>
  HEDDLE_DOES("run-now callable 1") const result<T>& get(const context& ctx, F&& f) HEDDLE_LIFETIMEBOUND {
    static_assert(std::is_invocable_v<F>, "f takes no arguments: it runs for everybody");
    if (state_.is_ready()) return state_.value;
    if (!started_.exchange(true, std::memory_order_acq_rel)) {
      runner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
      state_.set(detail::call_for_result(std::forward<F>(f)));
      return state_.value;
    }
    if (!state_.is_ready() && runner_.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
      static const auto& itself = *new result<T>(errc::would_deadlock); // never destroyed
      return itself;
    }
    detail::future_op<T> made(state_);
    detail::wait_case* cases[] = {&made};
    if (!state_.is_ready() && detail::wait_any(cases, 1, ctx) == npos) return detail::ended_result<T>(*ctx.err());
    return state_.value;
  }
  /// The result if it was made, else null.
  HEDDLE_DOES("test") const result<T>* try_get() const noexcept HEDDLE_LIFETIMEBOUND {
    return state_.is_ready() ? std::addressof(state_.value) : nullptr;
  }

private:
  detail::future_state<T> state_;
  std::atomic<bool> started_{false};
  std::atomic<std::thread::id> runner_{};
};

} // namespace heddle
