// promise<T>, future<T>: one value or error, written once, read by many.
//
// make_promise<T>() makes both ends at once, so a second future cannot be asked for. Whoever sets the promise first
// wins and is told so; a promise that dies unset fulfils with errc::abandoned_promise, so a waiter never waits for
// nobody. Futures are copied freely (that of a move-only T is unique), and a result that is there is read with one
// load. Continuations never run inside set_value() or then(), but on an executor.
//
//   |         | set_*                  | await    | promise dies      | last future dies                        |
//   |---------|------------------------|----------|-------------------|-----------------------------------------|
//   | pending | true -> ready          | waits    | ready (abandoned) | wanted() false; go's task is cancelled  |
//   | ready   | false, nothing changes | at once  | -                 | the value dies with the shared block    |
//
// await() of a context that ends returns its err() and leaves the future as it was: it can be awaited again.
// A constructor of T that throws in set_value() fulfils with that exception.
// Thread-safety: futures are like shared_ptr: one handle, one thread; the value behind is shared and const. set_* may
// be called by several threads on one promise that outlives the calls; moving and destroying it is for one thread.
// Cost: one allocation for both ends, none a wait, one a continuation.
//
// Does not compile: a copied promise; with -Werror=unused-result: an ignored set_value(), a dropped future.
//
// Example (compiled and run by test/runtime):
//
//   auto [promise, future] = heddle::make_promise<int>();
//   std::thread t([p = std::move(promise)]() mutable { (void)p.set_value(42); });
//   int answer = future.await(ctx).value_or(0);
#pragma once

#include <heddle/context.h>
#include <heddle/executor.h>
#include <heddle/result.h>

#include <type_traits>
#include <utility>

namespace heddle {

template <class T> class promise;
template <class T> class future;

namespace detail {

/// A task that starts when a future is ready.
struct continuation : task_node {
  using task_node::task_node;
  executor* on = nullptr;
};

/// What the two ends share, but for the value.
struct HEDDLE_API future_core {
  std::atomic<std::uint32_t> refs;    // blocks are freed at zero; all futures together hold one
  std::atomic<std::uint32_t> futures; // handles, and continuations to come
  std::atomic<bool> claimed{false};
  std::atomic<bool> ready{false};
  short_lock mutex; // guards what follows
  wait_list waiters;
  task_node *first_then = nullptr, *last_then = nullptr;
  void (*on_unwanted)(future_core*) noexcept = nullptr; // when the last future dies before the value is there
  void (*destroy)(future_core*) noexcept = nullptr;

  future_core(std::uint32_t owners, std::uint32_t handles) noexcept : refs(owners), futures(handles) {}
  future_core(const future_core&) = delete;
  future_core& operator=(const future_core&) = delete;

  void retain() noexcept { refs.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (refs.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(this);
  }
  void retain_future() noexcept { futures.fetch_add(1, std::memory_order_relaxed); }
  void release_future() noexcept {
    if (futures.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      if (on_unwanted && !is_ready()) on_unwanted(this);
      release();
    }
  }
  bool claim() noexcept { return !claimed.exchange(true, std::memory_order_acq_rel); }
  bool is_ready() const noexcept { return ready.load(std::memory_order_acquire); }
  /// After the value was constructed: tells everybody. The caller holds a reference.
  void publish() noexcept;
  /// Submits the continuation when the value is there.
  void then(continuation* c) noexcept;
};

template <class T> struct future_state : future_core {
  future_state(std::uint32_t owners, std::uint32_t handles) noexcept : future_core(owners, handles) {}
  ~future_state() {
    if (is_ready()) std::destroy_at(std::addressof(value));
  }
  /// Constructs the value and publishes it, if nobody did before.
  template <class... A> bool set(A&&... args) noexcept {
    if (!claim()) return false;
    HEDDLE_TRY { std::construct_at(std::addressof(value), std::forward<A>(args)...); }
#if HEDDLE_HAS_EXCEPTIONS
    catch (...) {
      std::construct_at(std::addressof(value), current_error());
    }
#endif
    publish();
    return true;
  }
  union {
    result<T> value;
  };
};

/// Waits for the value; a case of select().
template <class T> struct future_op final : wait_case {
  explicit future_op(future_state<T>& s) noexcept : state(&s) {}
  short_lock& source_lock() noexcept override { return state->mutex; }
  bool take(parker*&) noexcept override { return state->is_ready(); }
  wait_list& list() noexcept override { return state->waiters; }
  const result<T>& outcome() const noexcept { return state->value; }
  future_state<T>* state;
};

/// What a wait that was given up returns by reference.
template <class T> const result<T>& ended_result(const error& e) noexcept {
  static const auto& canceled = *new result<T>(errc::canceled); // never destroyed: tasks may outlive main
  static const auto& late = *new result<T>(errc::deadline_exceeded);
  return e == errc::canceled ? canceled : late;
}

struct future_access {
  template <class T> static future<T> adopt(future_state<T>* s) noexcept { return future<T>(s); }
  template <class T> static future_state<T>* state(const future<T>& f) noexcept { return f.state_; }
  template <class T> static promise<T> adopt_promise(future_state<T>* s) noexcept { return promise<T>(s); }
};

} // namespace detail

/// The read end. Awaiting an empty (moved from) future terminates.
template <class T> class [[nodiscard]] HEDDLE_ROLE("shared-future !read-many !carries-exceptions") future {
  static constexpr bool shares = std::is_void_v<T> || std::is_copy_constructible_v<T>;

public:
  using value_type = T;

  future(future&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  future(const future& other) noexcept
    requires shares
      : state_(other.state_) {
    if (state_) state_->retain_future();
  }
  future& operator=(future&& other) noexcept {
    future(std::move(other)).swap(*this);
    return *this;
  }
  future& operator=(const future& other) noexcept
    requires shares
  {
    future(other).swap(*this);
    return *this;
  }
  ~future() {
    if (state_) state_->release_future();
  }
  void swap(future& other) noexcept { std::swap(state_, other.state_); }

  /// Returns true if it refers to a result; false once moved from.
  HEDDLE_DOES("test") bool valid() const noexcept { return state_ != nullptr; }
  /// Returns true if the result is available.
  HEDDLE_DOES("test") bool ready() const noexcept { return state().is_ready(); }
  /// The result if it is there, else null.
  HEDDLE_DOES("test") const result<T>* try_get() const noexcept HEDDLE_LIFETIMEBOUND {
    return state().is_ready() ? std::addressof(state().value) : nullptr;
  }
  /// Waits for the result, or for the end of \p ctx, whose err() is returned then.
  HEDDLE_DOES("await") const result<T>& await(const context& ctx) const& HEDDLE_LIFETIMEBOUND {
    detail::future_state<T>& s = state();
    return s.is_ready() ? s.value : wait_for_result(s, ctx);
  }
  /// The same, but the result is moved out if this is the last future, else copied.
  HEDDLE_DOES("await") result<T> await(const context& ctx) && {
    detail::future_state<T>& s = state();
    if (!s.is_ready() && !wait(s, ctx)) return *ctx.err();
    if constexpr (shares) {
      // No other handle, hence nobody who could make one.
      if (s.futures.load(std::memory_order_acquire) != 1) return s.value;
    }
    return std::move(s.value);
  }
  /// Calls f(const result<T>&) on \p on when the result is there. If the executor drops it, f is destroyed uncalled.
  template <class F>
    requires shares
  HEDDLE_DOES("defer !read-many") void then(executor& on, F f, task_info info = {"then"}) const {
    attach(on, std::move(f), info, future(*this));
  }
  /// For a move-only T: consumes the future, calls f(result<T>&&).
  template <class F>
    requires(!shares)
  HEDDLE_DOES("defer") void then(executor& on, F f, task_info info = {"then"}) && {
    attach(on, std::move(f), info, std::move(*this));
  }

  /// As a case of select().
  detail::future_op<T> op() const noexcept HEDDLE_LIFETIMEBOUND { return detail::future_op<T>(state()); }

private:
  friend struct detail::future_access;
  explicit future(detail::future_state<T>* adopted) noexcept : state_(adopted) {}

  detail::future_state<T>& state() const noexcept {
    if (!state_) detail::die("a future was used that was moved from");
    return *state_;
  }
  HEDDLE_OUTLINED static bool wait(detail::future_state<T>& s, const context& ctx) noexcept {
    detail::future_op<T> ready(s);
    detail::wait_case* cases[] = {&ready};
    return detail::wait_any(cases, 1, ctx) == 0;
  }
  HEDDLE_OUTLINED static const result<T>& wait_for_result(detail::future_state<T>& s, const context& ctx) noexcept {
    return wait(s, ctx) ? s.value : detail::ended_result<T>(*ctx.err());
  }
  template <class F> static void attach(executor& on, F f, const task_info& info, future self) {
    struct node final : detail::continuation {
      node(const task_info& i, F fn, future h) : continuation(i), f(std::move(fn)), held(std::move(h)) {}
      void run() noexcept override {
        std::unique_ptr<node> me(this);
        if constexpr (shares)
          f(static_cast<const result<T>&>(held.state().value));
        else
          f(std::move(held.state().value));
      }
      void drop() noexcept override { delete this; }
      F f;
      future held;
    };
    detail::future_state<T>& s = self.state();
    auto* n = new node(info, std::move(f), std::move(self));
    n->on = &on;
    s.then(n);
  }

  detail::future_state<T>* state_;
};

/// The write end.
template <class T> class [[nodiscard]] HEDDLE_ROLE("promise !tells-broken") promise {
public:
  promise(promise&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  promise& operator=(promise&& other) noexcept {
    promise(std::move(other)).swap(*this);
    return *this;
  }
  ~promise() {
    if (!state_) return;
    if (!state_->claimed.load(std::memory_order_relaxed)) (void)state_->set(errc::abandoned_promise);
    state_->release();
  }
  void swap(promise& other) noexcept { std::swap(state_, other.state_); }

  /// Fulfils with T(args...). True if this call won, false if the promise was fulfilled before.
  template <class... A>
    requires(std::is_void_v<T> ? sizeof...(A) == 0 : std::is_constructible_v<T, A...>)
  [[nodiscard]] HEDDLE_DOES("try-fulfil") bool set_value(A&&... args) {
    if constexpr (std::is_void_v<T>)
      return state().set();
    else
      return state().set(std::in_place, std::forward<A>(args)...);
  }
  /// Fulfils with an error. An empty one cannot be made.
  [[nodiscard]] HEDDLE_DOES("try-fulfil") bool set_error(error e) { return state().set(std::move(e)); }
  /// Fulfils with what r holds.
  [[nodiscard]] HEDDLE_DOES("try-fulfil") bool set(result<T> r) { return state().set(std::move(r)); }
  /// Calls f and fulfils with what it returns (T or result<T>) or throws.
  template <class F> [[nodiscard]] HEDDLE_DOES("try-fulfil") bool set_with(F&& f) noexcept {
    return state().set(detail::call_for_result(std::forward<F>(f)));
  }
  /// Returns true while a future exists; otherwise nobody needs the result.
  HEDDLE_DOES("test") bool wanted() const noexcept { return state().futures.load(std::memory_order_acquire) != 0; }

private:
  friend struct detail::future_access;
  explicit promise(detail::future_state<T>* adopted) noexcept : state_(adopted) {}
  detail::future_state<T>& state() const noexcept {
    if (!state_) detail::die("a promise was used that was moved from");
    return *state_;
  }
  detail::future_state<T>* state_;
};

template <class T> struct promise_pair {
  heddle::promise<T> promise;
  heddle::future<T> future;
};

/// Both ends of one result: auto [promise, future] = make_promise<int>();
template <class T> [[nodiscard]] promise_pair<T> make_promise() {
  struct state final : detail::future_state<T> {
    state() : detail::future_state<T>(2, 1) {}
  };
  auto* s = new state;
  s->destroy = [](detail::future_core* c) noexcept { delete static_cast<state*>(c); };
  return {detail::future_access::adopt_promise<T>(s), detail::future_access::adopt<T>(s)};
}

} // namespace heddle
