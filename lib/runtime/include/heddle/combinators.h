// all, any, first, race, map, flat_map: futures from futures.
//
//   |                  | returns when                     | value             | the others                          |
//   |------------------|----------------------------------|-------------------|-------------------------------------|
//   | all(ctx, ...)    | every one has a value, or one failed | all values    | dropped: cancelled if nobody else holds them |
//   | first(ctx, ...)  | one has a value, or all failed   | index and value   | dropped                             |
//   | any(ctx, v)      | one is ready                     | index and result  | untouched                           |
//   | race(ctx, f...)  | one f is done, and the others have ended | its result | cancelled and joined               |
//   | race(group, f...)| one f is done                    | its result        | cancelled; joined by the group      |
//
// All give up when ctx ends and return its err() (any: with index npos). Of nothing: all() is empty, the others
// errc::nothing_to_wait_for; none waits forever. When all fail, first() returns the error that came first.
//
// map(future, f) is a future of f(value); flat_map(future, f) of the value of the future that f(value) returns. Errors
// pass through, f's exception is the error; f runs on the default pool. When the mapped future is dropped, so is its
// hold on what it was made from.
//
// Thread-safety: any thread. Cost: map one allocation; race one a function and three more.
//
// Example (compiled and run by test/runtime):
//
//   auto user = heddle::go(ctx, [](const heddle::context& c) { return find_user(c, 7); });
//   auto news = heddle::go(ctx, [](const heddle::context& c) { return read_news(c); });
//   auto both = heddle::all(ctx, std::move(user), std::move(news));
//   if (both) greet(std::get<0>(*both), std::get<1>(*both));
//
//   // The same question to two servers; the slower one is cancelled.
//   auto answer = heddle::race(
//       ctx, [](const heddle::context& c) { return ask(c, "east"); },
//       [](const heddle::context& c) { return ask(c, "west"); });
#pragma once

#include <heddle/go.h>
#include <heddle/select.h>
#include <heddle/task_group.h>

#include <tuple>
#include <variant>
#include <vector>

namespace heddle {

namespace detail {

template <class T> using value_or_nothing = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// The value out of a future that is ready with one.
template <class T> value_or_nothing<T> take_value(future<T>&& f) {
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return *std::move(f).await(context::root());
}

/// Waits until one of the futures whose place is in \p open is ready; its position in \p open, or npos.
template <class T> std::size_t wait_for_one(const context& ctx, const std::vector<future<T>>& all, const std::vector<std::size_t>& open) {
  for (std::size_t i = 0; i < open.size(); ++i)
    if (all[open[i]].ready()) return i;
  std::vector<future_op<T>> ops;
  std::vector<wait_case*> cases;
  ops.reserve(open.size());
  cases.reserve(open.size());
  for (std::size_t at : open) cases.push_back(&ops.emplace_back(all[at].op()));
  return wait_any(cases.data(), cases.size(), ctx);
}
inline std::vector<std::size_t> places(std::size_t n) {
  std::vector<std::size_t> p(n);
  for (std::size_t i = 0; i < n; ++i) p[i] = i;
  return p;
}

} // namespace detail

/// The values of all; the first error ends the wait.
template <class T>
[[nodiscard]] HEDDLE_DOES("await param 1") auto all(const context& ctx, std::vector<future<T>> futures)
    -> result<std::conditional_t<std::is_void_v<T>, void, std::vector<detail::value_or_nothing<T>>>> {
  std::vector<std::size_t> open = detail::places(futures.size());
  while (!open.empty()) {
    std::size_t at = detail::wait_for_one(ctx, futures, open);
    if (at == npos) return *ctx.err();
    const result<T>& r = *futures[open[at]].try_get();
    if (!r) return r.error();
    open[at] = open.back();
    open.pop_back();
  }
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    std::vector<T> values;
    values.reserve(futures.size());
    for (future<T>& f : futures) values.push_back(detail::take_value(std::move(f)));
    return values;
  }
}

/// The same for futures of different types; void becomes std::monostate.
template <class... T>
[[nodiscard]] HEDDLE_DOES("await all params") result<std::tuple<detail::value_or_nothing<T>...>> all(const context& ctx,
                                                                                                  future<T>... futures) {
  std::optional<error> failed;
  auto look = [&failed](auto& f) {
    if (!f.ready()) return false;
    if (!failed && !*f.try_get()) failed = f.try_get()->error();
    return true;
  };
  for (;;) {
    // What is ready is not waited for again: its case would be chosen at once.
    std::tuple<detail::future_op<T>...> ops{futures.op()...};
    detail::wait_case* cases[sizeof...(T) + 1];
    std::size_t open = 0;
    std::apply([&](auto&... op) { ((look(futures) ? void() : void(cases[open++] = &op)), ...); }, ops);
    if (failed) return *failed;
    if (open == 0) return std::tuple<detail::value_or_nothing<T>...>(detail::take_value(std::move(futures))...);
    if (open == 1 && detail::try_any(cases, 1) == 0) continue;
    if (detail::wait_any(cases, open, ctx) == npos) return *ctx.err();
  }
}

/// Which one it was, and its value.
template <class T> struct winner {
  std::size_t index;
  T value;
};
template <> struct winner<void> {
  std::size_t index;
};

/// The first value; errors are passed over unless there is nothing else.
template <class T>
[[nodiscard]] HEDDLE_DOES("await param 1") result<winner<T>> first(const context& ctx, std::vector<future<T>> futures) {
  std::vector<std::size_t> open = detail::places(futures.size());
  std::optional<error> failed;
  while (!open.empty()) {
    std::size_t at = detail::wait_for_one(ctx, futures, open);
    if (at == npos) return *ctx.err();
    std::size_t index = open[at];
    const result<T>& r = *futures[index].try_get();
    if (r) {
      if constexpr (std::is_void_v<T>)
        return winner<T>{index};
      else
        return winner<T>{index, detail::take_value(std::move(futures[index]))};
    }
    if (!failed) failed = r.error();
    open[at] = open.back();
    open.pop_back();
  }
  if (failed) return *failed;
  return errc::nothing_to_wait_for;
}

/// The first that is ready, with a value or an error.
template <class T>
[[nodiscard]] HEDDLE_DOES("await param 1") std::pair<std::size_t, result<T>> any(const context& ctx,
                                                                                const std::vector<future<T>>& futures) {
  if (futures.empty()) return {npos, errc::nothing_to_wait_for};
  std::size_t at = detail::wait_for_one(ctx, futures, detail::places(futures.size()));
  if (at == npos) return {npos, *ctx.err()};
  return {at, *futures[at].try_get()};
}

namespace detail {
template <class F, class... G> using race_result_t = task_result_t<F>;
/// What the runners of a race share.
template <class T> struct race_track {
  race_track(const context& ctx, promise_pair<T> pair) : scope(with_cancel(ctx)), ends(std::move(pair)) {}
  template <class F> void run(F& f) {
    if (ends.promise.set(task_result<F>::call(f, scope.get()))) scope.cancel();
  }
  cancel_scope scope;
  promise_pair<T> ends;
};
} // namespace detail

/// The first that is done, with a value or an error. When it returns, all have ended.
template <class F, class... G>
[[nodiscard]] HEDDLE_DOES("run-now !parallel") detail::task_result_t<F> race(const context& ctx, F f, G... more) {
  using T = detail::task_value_t<F>;
  static_assert((std::is_same_v<detail::task_result_t<F>, detail::task_result_t<G>> && ...),
                "the runners of a race return the same type");
  detail::race_track<T> track(ctx, make_promise<T>());
  task_group group(track.scope.get(), {.name = "race"});
  auto enter = [&](auto& runner) { return group.spawn([&] { track.run(runner); }); };
  (void)(enter(f) && ... && enter(more));
  result<void> joined = std::move(group).wait();
  // NOLINTNEXTLINE(heddle-severed-cancellation): it is ready, nothing is waited for
  if (track.ends.future.ready()) return std::move(track.ends.future).await(context::root());
  if (!joined) return joined.error();
  return errc::canceled;
}

/// The same, but returns with the first; the group waits for the others.
template <class F, class... G>
[[nodiscard]] HEDDLE_DOES("spawn param 0") detail::task_result_t<F> race(task_group& owner, F f, G... more) {
  using T = detail::task_value_t<F>;
  static_assert((std::is_same_v<detail::task_result_t<F>, detail::task_result_t<G>> && ...),
                "the runners of a race return the same type");
  auto track = std::make_shared<detail::race_track<T>>(owner.get(), make_promise<T>());
  future<T> done = std::move(track->ends.future);
  auto enter = [&](auto& runner) {
    return owner.spawn([track, r = std::move(runner)]() mutable { track->run(r); });
  };
  (void)(enter(f) && ... && enter(more));
  context ctx = owner.get();
  track.reset(); // if the runners are dropped unrun, so is the promise
  return std::move(done).await(ctx);
}
template <class F, class... G> auto race(task_group&& owner, F f, G... more) = delete; // nobody would join the losers

namespace detail {

/// The future of map and flat_map: continuation, function and result in one block.
template <class T, class U, class F, bool Flat> struct map_block final : future_state<U> {
  static constexpr bool shares = std::is_void_v<T> || std::is_copy_constructible_v<T>;

  map_block(future<T> source, F&& fn, const task_info& info)
      : future_state<U>(2, 1), f(std::move(fn)), outer(*this, info), inner(*this, info) {
    this->destroy = [](future_core* c) noexcept { delete static_cast<map_block*>(c); };
    this->on_unwanted = [](future_core* c) noexcept {
      if (future_core* h = static_cast<map_block*>(c)->held.exchange(nullptr)) h->release_future();
    };
    source_state = future_access::state(source);
    // The handle is ours now; a block reference keeps the value readable until the step has run.
    source_state->retain();
    source_state->retain_future();
    held.store(source_state);
    outer.on = inner.on = &executor::default_pool();
  }

private:
  struct step : continuation {
    step(map_block& b, const task_info& i) noexcept : continuation(i), block(&b) {}
    void drop() noexcept override { block->finish(errc::not_started); }
    map_block* block;
  };
  struct outer_step final : step {
    using step::step;
    void run() noexcept override { this->block->apply(); }
  };
  struct inner_step final : step {
    using step::step;
    void run() noexcept override { this->block->take_inner(); }
  };

  auto call() {
    result<T>& r = source_state->value;
    if constexpr (std::is_void_v<T>)
      return std::invoke(f);
    else if constexpr (shares)
      return std::invoke(f, *std::as_const(r));
    else
      return std::invoke(f, *std::move(r));
  }
  void apply() noexcept {
    future_core* h = held.exchange(nullptr);
    if (!h) return finish(errc::unwanted);
    if (!source_state->value) {
      error e = source_state->value.error();
      h->release_future();
      return finish(std::move(e));
    }
    if constexpr (Flat) {
      auto next = call_for_result([this] { return call(); });
      h->release_future();
      if (!next) return finish(next.error());
      source_state->release();
      source_state = nullptr;
      inner_state = future_access::state(*next);
      inner_state->retain();
      inner_state->retain_future();
      held.store(inner_state);
      // Nobody may have wanted us meanwhile, and found nothing to let go.
      if (this->futures.load() == 0)
        if (future_core* again = held.exchange(nullptr)) again->release_future();
      inner_state->then(&inner);
    } else {
      auto r = call_for_result([this] { return call(); });
      h->release_future();
      finish(std::move(r));
    }
  }
  void take_inner() noexcept {
    future_core* h = held.exchange(nullptr);
    if (!h) return finish(errc::unwanted);
    if constexpr (std::is_void_v<U> || std::is_copy_constructible_v<U>) {
      result<U> r = inner_state->value;
      h->release_future();
      finish(std::move(r));
    } else {
      result<U> r = std::move(inner_state->value);
      h->release_future();
      finish(std::move(r));
    }
  }
  template <class R> void finish(R&& r) noexcept {
    if (future_core* h = held.exchange(nullptr)) h->release_future();
    if (source_state) source_state->release();
    if (inner_state) inner_state->release();
    this->set(std::forward<R>(r));
    this->release();
  }

public:
  F f;
  outer_step outer;
  inner_step inner;
  std::atomic<future_core*> held{nullptr}; // the handle that makes the source wanted
  future_state<T>* source_state = nullptr;
  future_state<U>* inner_state = nullptr;
};

template <class T, class F> struct mapped {
  using type = std::invoke_result_t<F&, std::conditional_t<std::is_copy_constructible_v<T>, const T&, T&&>>;
};
template <class F> struct mapped<void, F> {
  using type = std::invoke_result_t<F&>;
};
template <class R> struct flattened;
template <class U> struct flattened<future<U>> {
  using type = U;
};

template <class T, class U, bool Flat, class F> future<U> start_map(future<T> source, F f, const task_info& info) {
  auto* s = future_access::state(source);
  if (!s) die("a future was used that was moved from");
  auto* block = new map_block<T, U, F, Flat>(std::move(source), std::move(f), info);
  future<U> out = future_access::adopt<U>(block);
  block->source_state->then(&block->outer);
  return out;
}

} // namespace detail

/// A future of f(value): f returns U or result<U>.
template <class T, class F>
[[nodiscard]] HEDDLE_DOES("defer param 0 callable f") auto map(future<T> source, F f, task_info info = {"map", source_site::current()}) {
  using U = typename detail::as_result_t<typename detail::mapped<T, F>::type>::value_type;
  return detail::start_map<T, U, false>(std::move(source), std::move(f), info);
}

/// A future of the value of the future that f(value) returns.
template <class T, class F>
[[nodiscard]] HEDDLE_DOES("defer param 0 callable f") auto flat_map(future<T> source, F f, task_info info = {"flat_map", source_site::current()}) {
  using U = typename detail::flattened<std::remove_cvref_t<typename detail::mapped<T, F>::type>>::type;
  return detail::start_map<T, U, true>(std::move(source), std::move(f), info);
}

} // namespace heddle
