#include <heddle/timer.h>

namespace heddle {

namespace detail {

void timer_core::expired(expired_work& later) noexcept {
  state = fired;
  while (wait_node* n = waiters.claim_first()) later.wake(n->who->thread);
}

void ticker_core::expired(expired_work& later) noexcept {
  auto late = (clock::now() - when()) / period; // whole periods that nobody saw
  ticks += 1 + static_cast<std::uint64_t>(late);
  if (wait_node* n = waiters.claim_first()) {
    static_cast<ticker_case*>(n)->ticks = std::exchange(ticks, 0);
    later.wake(n->who->thread);
  }
  (void)arm_locked(*this, when() + period * (1 + late)); // on the timer thread: it looks again before it sleeps
}

namespace {
result<void> wait_one(wait_case& c, const context& ctx) {
  wait_case* cases[] = {&c};
  if (wait_any(cases, 1, ctx) == npos) return *ctx.err();
  return {};
}
} // namespace
} // namespace detail

void timer::reset_at(time_point when) {
  bool wake = false;
  {
    detail::hold h(detail::timer_lock());
    core_.state = detail::timer_core::armed;
    if (when == time_point::max())
      detail::disarm_locked(core_); // forever
    else
      wake = detail::arm_locked(core_, when);
  }
  if (wake) detail::wake_timers();
}

bool timer::stop() noexcept {
  detail::hold h(detail::timer_lock());
  bool was_armed = std::exchange(core_.state, detail::timer_core::idle) == detail::timer_core::armed;
  detail::disarm_locked(core_);
  return was_armed;
}

bool timer::fired() const noexcept {
  detail::hold h(detail::timer_lock());
  return core_.state == detail::timer_core::fired;
}

result<void> timer::wait(const context& ctx) {
  if (fired()) return {};
  detail::timer_case c(core_);
  return detail::wait_one(c, ctx);
}

ticker::ticker(duration period) {
  if (period <= duration::zero()) detail::die("a ticker's period must be positive");
  core_.period = period;
  detail::arm(core_, detail::after(period));
}

ticker::~ticker() { detail::disarm(core_); }

result<std::uint64_t> ticker::wait(const context& ctx) {
  detail::ticker_case c(core_);
  detail::wait_case* cases[] = {&c};
  if (detail::try_any(cases, 1) == npos && detail::wait_any(cases, 1, ctx) == npos) return *ctx.err();
  return c.ticks;
}

result<void> sleep_until(const context& ctx, time_point when) {
  timer t;
  t.reset_at(when);
  return t.wait(ctx);
}

} // namespace heddle
