// guarded<T>, shared_guarded<T>, with_all: values that can be reached only under their lock.
//
// There is no lock to hold, forget or hold too long: with(f) calls f with the value and the lock held, and what f returns
// comes out as a value. when(ctx, pred, f) waits until the predicate holds and calls f in the same critical section; it
// is looked at again after every with(), so there is no condition variable to notify too early or not at all.
//
//   guarded    | with(f)               | when(ctx, pred, f)
//   -----------|-----------------------|-------------------------------------------------------------
//   unlocked   | f runs under the lock | pred true: f runs; false: waits, unlocked, for the next with()
//   locked     | waits for the lock    | waits for the lock
//   in own f   | deadlock*             | deadlock*
//   * with HEDDLE_CHECKS: terminates with both places. So does a call of this library that would wait inside f.
//
// If f throws, the lock is released and the exception passes through; the value is as f left it.
// Thread-safety: with() and when() from any thread. The reads of a const guarded are locked too.
//
// Does not compile: a reference or a pointer as the result of f; reaching the value in any other way.
// Not prevented: keeping a reference, a pointer or an iterator that f copied out by other means.
//
// Example (compiled and run by test/runtime):
//
//   heddle::guarded<std::vector<int>> queue;
//
//   queue.with([&](auto& q) { q.push_back(1); });
//   heddle::result<int> next = queue.when(
//       ctx, [](const auto& q) { return !q.empty(); },
//       [](auto& q) { int first = q.front(); q.erase(q.begin()); return first; });
#pragma once

#include <heddle/context.h>

#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <tuple>

namespace heddle {

namespace detail {

/// A lock of a guarded value that this thread holds, under HEDDLE_CHECKS.
struct held_guard {
  const void* which;
  source_site site;
  held_guard* outer;
};
HEDDLE_API held_guard*& held_guards() noexcept;
/// Terminates if this thread holds \p which.
HEDDLE_API void check_not_held(const void* which, const source_site& here) noexcept;

class guard_mark {
public:
#if defined(HEDDLE_CHECKS)
  guard_mark(const void* which, const source_site& site) noexcept {
    check_not_held(which, site);
    held_ = {which, site, held_guards()};
    held_guards() = &held_;
  }
  ~guard_mark() { held_guards() = held_.outer; }

private:
  held_guard held_;
#else
  guard_mark(const void*, const source_site&) noexcept {}
  ~guard_mark() {} // not trivial, lest it be called unused
#endif
public:
  guard_mark(const guard_mark&) = delete;
  guard_mark& operator=(const guard_mark&) = delete;
};

template <class R> constexpr void check_guarded_result() {
  static_assert(!std::is_reference_v<R> && !std::is_pointer_v<R>,
                "a reference or pointer to the value would outlive the lock; return a value");
}

} // namespace detail

/// A T that is reached only through its lock.
template <class T, class M = std::mutex> class HEDDLE_ROLE("mutex") guarded {
public:
  template <class... A>
    requires std::is_constructible_v<T, A...>
  explicit guarded(A&&... args) : value_(std::forward<A>(args)...) {}
  guarded(const guarded&) = delete;
  guarded& operator=(const guarded&) = delete;

  /// f(value) under the lock.
  template <class F>
  HEDDLE_DOES("acquire") HEDDLE_DOES("run-now callable f") HEDDLE_DOES("release")
  auto with(F&& f, source_site site = source_site::current()) {
    detail::check_guarded_result<std::invoke_result_t<F, T&>>();
    detail::guard_mark mark(this, site);
    changing change(*this);
    return std::invoke(std::forward<F>(f), value_);
  }
  template <class F>
  HEDDLE_DOES("acquire") HEDDLE_DOES("run-now callable f") HEDDLE_DOES("release")
  auto with(F&& f, source_site site = source_site::current()) const {
    detail::check_guarded_result<std::invoke_result_t<F, const T&>>();
    detail::guard_mark mark(this, site);
    std::lock_guard lock(mutex_);
    return std::invoke(std::forward<F>(f), value_);
  }

  /// Waits until pred(value), and calls f(value) in the same critical section.
  template <class P, class F>
  [[nodiscard]] HEDDLE_DOES("acquire") HEDDLE_DOES("run-now callable pred") HEDDLE_DOES("wait-condition")
  HEDDLE_DOES("run-now callable f") HEDDLE_DOES("release") auto when(const context& ctx, P pred, F&& f,
                                                        source_site site = source_site::current())
      -> result<std::invoke_result_t<F, T&>> {
    using R = std::invoke_result_t<F, T&>;
    detail::check_guarded_result<R>();
    for (;;) {
      change_case changed(*this);
      {
        detail::guard_mark mark(this, site);
        changing change(*this);
        if (std::invoke(pred, std::as_const(value_))) {
          if constexpr (std::is_void_v<R>) {
            std::invoke(std::forward<F>(f), value_);
            return {};
          } else {
            return std::invoke(std::forward<F>(f), value_);
          }
        }
        // Who changes the value from here on sees that we wait.
        change.nothing();
        ++waiting_;
        detail::hold h(changed_lock_);
        changed.seen = version_;
      }
      detail::wait_case* cases[] = {&changed};
      bool go_on = detail::wait_any(cases, 1, ctx) == 0;
      {
        std::lock_guard lock(mutex_);
        --waiting_;
      }
      if (!go_on) return *ctx.err();
    }
  }

private:
  template <class F, class... G> friend auto with_all(F&& f, G&... all);

  /// Holds the lock; afterwards wakes those whose predicate may now hold.
  class changing {
  public:
    explicit changing(guarded& g) : guarded_(&g) { g.mutex_.lock(); }
    changing(guarded& g, std::adopt_lock_t) noexcept : guarded_(&g) {}
    changing(changing&& other) noexcept : guarded_(std::exchange(other.guarded_, nullptr)) {}
    ~changing() {
      if (!guarded_) return;
      if (tell_ && guarded_->waiting_ > 0) {
        // Before the unlock: after it, one who waited may have given up and destroyed the value.
        guarded_->changed_lock_.lock();
        ++guarded_->version_;
        detail::fire_all(guarded_->changed_lock_, guarded_->changed_);
      }
      guarded_->mutex_.unlock();
    }
    void nothing() noexcept { tell_ = false; }

  private:
    guarded* guarded_;
    bool tell_ = true;
  };
  struct change_case final : detail::wait_case {
    explicit change_case(guarded& g) noexcept : from(g) {}
    detail::short_lock& source_lock() noexcept override { return from.changed_lock_; }
    bool take(detail::parker*&) noexcept override { return from.version_ != seen; }
    detail::wait_list& list() noexcept override { return from.changed_; }
    guarded& from;
    std::uint64_t seen = 0;
  };

  mutable M mutex_;
  T value_;                     // guarded by mutex_
  std::size_t waiting_ = 0;     // guarded by mutex_: how many are in when()
  detail::short_lock changed_lock_; // taken under mutex_; guards what follows
  std::uint64_t version_ = 0;
  detail::wait_list changed_;
};

/// f(value...) with the locks of all, taken without deadlock.
template <class F, class... G>
HEDDLE_DOES("run-now") auto with_all(F&& f, G&... all) {
  static_assert(sizeof...(G) > 1, "for one value there is with()");
  detail::check_guarded_result<std::invoke_result_t<F, decltype((all.value_))...>>();
  [[maybe_unused]] detail::guard_mark marks[] = {detail::guard_mark(&all, {"with_all()"})...};
  std::lock(all.mutex_...);
  std::tuple<typename G::changing...> held{typename G::changing(all, std::adopt_lock)...};
  return std::invoke(std::forward<F>(f), all.value_...);
}

/// A T with many readers or one writer at a time.
template <class T, class M = std::shared_mutex> class HEDDLE_ROLE("shared-mutex") shared_guarded {
public:
  template <class... A>
    requires std::is_constructible_v<T, A...>
  explicit shared_guarded(A&&... args) : value_(std::forward<A>(args)...) {}
  shared_guarded(const shared_guarded&) = delete;
  shared_guarded& operator=(const shared_guarded&) = delete;

  /// f(const value) with others reading.
  template <class F>
  HEDDLE_DOES("acquire-shared") HEDDLE_DOES("run-now callable f") HEDDLE_DOES("release")
  auto read(F&& f, source_site site = source_site::current()) const {
    detail::check_guarded_result<std::invoke_result_t<F, const T&>>();
    detail::guard_mark mark(this, site);
    std::shared_lock lock(mutex_);
    return std::invoke(std::forward<F>(f), value_);
  }
  /// f(value) alone.
  template <class F>
  HEDDLE_DOES("acquire") HEDDLE_DOES("run-now callable f") HEDDLE_DOES("release")
  auto write(F&& f, source_site site = source_site::current()) {
    detail::check_guarded_result<std::invoke_result_t<F, T&>>();
    detail::guard_mark mark(this, site);
    std::lock_guard lock(mutex_);
    return std::invoke(std::forward<F>(f), value_);
  }
  /// What find(const value), an optional, holds; else what make(value) returns, called alone and after another find:
  /// somebody may have made it between the two locks.
  template <class F, class G>
  HEDDLE_DOES("acquire") HEDDLE_DOES("run-now callable find") HEDDLE_DOES("run-now callable make") HEDDLE_DOES("release")
  auto find_or(F find, G&& make, source_site site = source_site::current()) {
    using R = std::invoke_result_t<G, T&>;
    detail::check_guarded_result<R>();
    if (std::optional<R> found = read(find, site)) return *std::move(found);
    return write(
        [&](T& value) -> R {
          if (std::optional<R> found = std::invoke(find, std::as_const(value))) return *std::move(found);
          return std::invoke(std::forward<G>(make), value);
        },
        site);
  }

private:
  mutable M mutex_;
  T value_;
};

} // namespace heddle
