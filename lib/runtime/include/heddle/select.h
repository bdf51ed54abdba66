// select, try_select, on: waiting for the first of several things.
//
//   select(ctx,
//          on(rx.op(), [&](result<job> j) { ... }),                // receive
//          on(tx.op(std::move(v)), [&](result<void> sent) { ... }), // send; v is moved from only if chosen
//          on(reply, [&](const result<answer>& a) { ... }),        // a future
//          on(limit, [&] { ... }),                                 // a timer
//          on(every, [&](std::uint64_t ticks) { ... }),            // a ticker
//          on(other, [&](error why) { ... }));                     // the end of another context
//
// Exactly one case takes effect, and its handler is called, on this thread and with no lock held, before select()
// returns its index; npos means that ctx ended first and nothing had an effect. What is ready is taken before the
// context is looked at; among several ready cases the choice is random. A channel whose other side is gone is ready,
// with errc::closed. Two selects may meet: a send of one and a receive of the other. A select does not meet itself.
// try_select() does not wait: npos means that nothing was ready.
//
// Thread-safety: any number of selects on the same sources at once. Cost: no allocation up to 16 cases.
#pragma once

#include <heddle/channel.h>
#include <heddle/future.h>
#include <heddle/timer.h>

#include <functional>
#include <span>

namespace heddle {

namespace detail {

template <class Op, class F> struct select_case {
  Op source;
  F handler;
  void chosen() { std::invoke(handler, source.outcome()); }
};

template <class F> struct select_case<timer_case, F> {
  timer_case source;
  F handler;
  void chosen() { std::invoke(handler); }
};
template <class F> struct select_case<ticker_case, F> {
  ticker_case source;
  F handler;
  void chosen() { std::invoke(handler, source.ticks); }
};
template <class F> struct select_case<done_case, F> {
  done_case source;
  F handler;
  const context* ctx;
  void chosen() { std::invoke(handler, *ctx->err()); }
};

template <class... Cases> std::size_t choose(std::size_t chosen, Cases&... cases) {
  std::size_t i = 0;
  ((i++ == chosen ? cases.chosen() : void()), ...);
  return chosen;
}

} // namespace detail

template <class T, class F> [[nodiscard]] auto on(send_op<T> op, F handler) {
  return detail::select_case<send_op<T>, F>{std::move(op), std::move(handler)};
}
template <class T, class F> [[nodiscard]] auto on(receive_op<T> op, F handler) {
  return detail::select_case<receive_op<T>, F>{std::move(op), std::move(handler)};
}
template <class T, class F> [[nodiscard]] auto on(const future<T>& f HEDDLE_LIFETIMEBOUND, F handler) {
  return detail::select_case<detail::future_op<T>, F>{f.op(), std::move(handler)};
}
template <class T, class F> auto on(const future<T>&& f, F handler) = delete; // nobody would hold its result
template <class F> [[nodiscard]] auto on(timer& t HEDDLE_LIFETIMEBOUND, F handler) {
  return detail::select_case<detail::timer_case, F>{t.op(), std::move(handler)};
}
template <class F> [[nodiscard]] auto on(ticker& t HEDDLE_LIFETIMEBOUND, F handler) {
  return detail::select_case<detail::ticker_case, F>{t.op(), std::move(handler)};
}
template <class F> [[nodiscard]] auto on(const context& ctx HEDDLE_LIFETIMEBOUND, F handler) {
  return detail::select_case<detail::done_case, F>{detail::done_case(ctx), std::move(handler), &ctx};
}

/// Waits for one of the cases, or for the end of \p ctx. The index of the case that was chosen, or npos.
template <class... Cases> HEDDLE_DOES("receive") std::size_t select(const context& ctx, Cases... cases) {
  static_assert(sizeof...(Cases) > 0, "to wait for a context alone, use ctx.wait()");
  detail::wait_case* all[] = {&cases.source...};
  std::size_t chosen = sizeof...(Cases) == 1 ? detail::try_any(all, 1) : npos;
  if (chosen == npos) chosen = detail::wait_any(all, sizeof...(Cases), ctx);
  return detail::choose(chosen, cases...);
}

/// Chooses a case that is ready. Its index, or npos.
template <class... Cases> HEDDLE_DOES("try-receive") std::size_t try_select(Cases... cases) {
  static_assert(sizeof...(Cases) > 0, "nothing to choose from");
  detail::wait_case* all[] = {&cases.source...};
  return detail::choose(detail::try_any(all, sizeof...(Cases)), cases...);
}

/// Receives from one of many channels, whose number is known at run time only. The index and what was received; npos
/// and the context's err() if that ended first.
template <class T> struct selected {
  std::size_t index;
  result<T> item;
};
template <class T>
[[nodiscard]] HEDDLE_DOES("receive") selected<T> select_any(const context& ctx, std::span<const receiver<T>> from) {
  if (from.empty()) return {npos, errc::nothing_to_wait_for};
  std::vector<receive_op<T>> ops;
  std::vector<detail::wait_case*> all;
  ops.reserve(from.size());
  all.reserve(from.size());
  for (const receiver<T>& r : from) all.push_back(&ops.emplace_back(r.op()));
  std::size_t chosen = from.size() == 1 ? detail::try_any(all.data(), 1) : npos;
  if (chosen == npos) chosen = detail::wait_any(all.data(), all.size(), ctx);
  if (chosen == npos) return {npos, *ctx.err()};
  return {chosen, ops[chosen].outcome()};
}

} // namespace heddle
