// sleep_for, sleep_until, timer, ticker: waiting for time.
//
// Every deadline of the process is an entry in one heap with one thread; a timer is an object with a state and no queue,
// so there is nothing to drain. Its destructor stops it.
//
//   | timer | reset(d) | stop()          | time passes | wait(ctx)                     |
//   |-------|----------|-----------------|-------------|-------------------------------|
//   | idle  | -> armed | false           | -           | waits (for a reset elsewhere) |
//   | armed | -> armed | true, -> idle   | -> fired    | waits                         |
//   | fired | -> armed | false, -> idle  | -           | at once, stays fired          |
//
// After reset() or stop() no earlier expiry can be seen. A ticker counts ticks while nobody looks; wait() returns how
// many passed since it last did (at least one), so a slow reader misses none and gets no backlog.
// A wait that was given up (its context ended) changes nothing.
// Thread-safety: any thread may call any member; destroying is for one thread, when nobody waits.
// Cost: no allocation; arming takes the heap's lock, and wakes its thread only for a deadline before all others.
// A timer is itself a case of select(): on(t, f).
//
// Does not compile: a copied or moved timer; with -Werror=unused-result: sleep_for whose result is ignored.
//
// Example (compiled and run by test/runtime):
//
//   heddle::ticker every(10ms);
//   while (auto ticks = every.wait(ctx)) poll_sensor(*ticks); // ends with ctx
#pragma once

#include <heddle/context.h>

namespace heddle {

namespace detail {

struct HEDDLE_API timer_core final : timer_entry {
  enum states : std::uint8_t { idle, armed, fired };
  // guarded by timer_lock()
  states state = idle;
  wait_list waiters;

private:
  void expired(expired_work& later) noexcept override;
};

struct timer_case final : wait_case {
  explicit timer_case(timer_core& c) noexcept : core_(&c) {}
  short_lock& source_lock() noexcept override { return timer_lock(); }
  bool take(parker*&) noexcept override { return core_->state == timer_core::fired; }
  wait_list& list() noexcept override { return core_->waiters; }

private:
  timer_core* core_;
};

struct HEDDLE_API ticker_core final : timer_entry {
  // guarded by timer_lock()
  std::uint64_t ticks = 0;
  duration period{};
  wait_list waiters;

private:
  void expired(expired_work& later) noexcept override;
};

struct ticker_case final : wait_case {
  explicit ticker_case(ticker_core& c) noexcept : core_(&c) {}
  short_lock& source_lock() noexcept override { return timer_lock(); }
  bool take(parker*&) noexcept override {
    ticks = std::exchange(core_->ticks, 0);
    return ticks != 0;
  }
  wait_list& list() noexcept override { return core_->waiters; }

  std::uint64_t ticks = 0;

private:
  ticker_core* core_;
};

inline time_point after(duration d) noexcept {
  time_point now = clock::now();
  return d > time_point::max() - now ? time_point::max() : now + d;
}

} // namespace detail

/// Fires once after a duration, until it is reset.
class HEDDLE_API HEDDLE_ROLE("timer !cancels !one-shot") timer {
public:
  /// A timer that is idle.
  HEDDLE_DOES("create-timer") timer() noexcept = default;
  /// A timer that is armed.
  HEDDLE_DOES("create-timer") HEDDLE_DOES("arm") explicit timer(duration d) { reset(d); }
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  ~timer() { (void)stop(); }

  /// Arms it for d from now, whatever it was before.
  HEDDLE_DOES("arm") void reset(duration d) { reset_at(detail::after(d)); }
  HEDDLE_DOES("arm") void reset_at(time_point when);
  /// Makes it idle; true if that kept it from firing.
  HEDDLE_DOES("disarm") bool stop() noexcept;
  /// Returns true once it has fired.
  HEDDLE_DOES("test") bool fired() const noexcept;
  /// Waits until it has fired.
  [[nodiscard]] HEDDLE_DOES("wait") result<void> wait(const context& ctx);

  /// As a case of select().
  detail::timer_case op() & noexcept HEDDLE_LIFETIMEBOUND { return detail::timer_case(core_); }

private:
  detail::timer_core core_;
};

/// Ticks every period from its construction on.
class HEDDLE_API HEDDLE_ROLE("timer !cancels !periodic") ticker {
public:
  /// \p period must be positive.
  HEDDLE_DOES("create-timer") HEDDLE_DOES("arm") explicit ticker(duration period);
  ticker(const ticker&) = delete;
  ticker& operator=(const ticker&) = delete;
  ~ticker();

  /// Waits for a tick; how many passed since the last wait.
  [[nodiscard]] HEDDLE_DOES("wait") result<std::uint64_t> wait(const context& ctx);

  /// As a case of select().
  detail::ticker_case op() & noexcept HEDDLE_LIFETIMEBOUND { return detail::ticker_case(core_); }

private:
  detail::ticker_core core_;
};

/// Success once the time has passed; the context's err() if that ends first.
[[nodiscard]] HEDDLE_DOES("sleep") HEDDLE_API result<void> sleep_until(const context& ctx, time_point when);
[[nodiscard]] HEDDLE_DOES("sleep") inline result<void> sleep_for(const context& ctx, duration d) {
  return sleep_until(ctx, detail::after(d));
}

} // namespace heddle
