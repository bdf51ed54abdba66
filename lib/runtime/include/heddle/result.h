// error, result<T>: how failures travel through the library.
//
// A result<T> holds a T or an error, never neither and never both. An error is a code or an exception; expected ends
// (cancelled, closed, full) are codes, because a throw and its catch cost a thousand times as much. The names follow
// std::expected. value() rethrows an exception, throws std::system_error for a code, and terminates with the error's
// text where exceptions are off.
//
//   | holds | bool  | *r          | error()     | value()         | value_or(x) |
//   |-------|-------|-------------|-------------|-----------------|-------------|
//   | T     | true  | the T       | undefined*  | the T           | the T       |
//   | error | false | undefined*  | the error   | throws it       | x           |
//   * terminates with a message in builds without NDEBUG
//
// After a failed and_then/transform/or_else the result is unchanged (their arguments' exceptions pass through).
// Thread-safety: as int. One exception_ptr may reach many readers: do not change the exception it points to.
//
// Example (compiled and run by test/runtime):
//
//   heddle::result<int> parse(std::string_view s) {
//     int n = 0;
//     auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), n);
//     if (ec != std::errc{}) return heddle::error(std::make_error_code(ec));
//     return n;
//   }
//
//   int port = parse("8080").value_or(80);
#pragma once

#include <heddle/annotations.h>
#include <heddle/detail/config.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace heddle {

/// The library's own error codes.
enum class errc {
  canceled = 1,      ///< the context was cancelled; the operation had no effect
  deadline_exceeded, ///< the context's deadline passed; the operation had no effect
  closed,            ///< the other side of a channel is gone, or the object was closed
  full,              ///< a try_send would have had to wait
  empty,             ///< a try_receive would have had to wait
  abandoned_promise, ///< the promise died unfulfilled
  not_started,       ///< the executor dropped the task before it ran
  overflow,          ///< more was asked for than there will ever be
  nothing_to_wait_for, ///< a combinator got no futures
  would_deadlock,    ///< a task would have waited for itself
  unwanted           ///< as a cause: the last future of the task is gone
};

} // namespace heddle

template <> struct std::is_error_code_enum<heddle::errc> : std::true_type {};

namespace heddle {

HEDDLE_API const std::error_category& category() noexcept;
inline std::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), category()}; }

/// Why something failed: a std::error_code or a std::exception_ptr, never an empty one (which terminates).
class [[nodiscard]] error {
public:
  error(errc code) noexcept : error(make_error_code(code)) {}
  error(std::error_code code) noexcept : code_(code) {
    if (!code) detail::die("heddle::error made from an empty error code");
  }
  explicit error(std::exception_ptr exception) noexcept : exception_(std::move(exception)) {
    if (!exception_) detail::die("heddle::error made from an empty exception_ptr");
  }

  /// The code; empty if an exception is held.
  std::error_code code() const noexcept { return code_; }
  /// The exception; null if a code is held.
  const std::exception_ptr& exception() const noexcept { return exception_; }
  /// Returns true if a context ended: errc::canceled or errc::deadline_exceeded.
  bool is_canceled() const noexcept { return *this == errc::canceled || *this == errc::deadline_exceeded; }
  /// Throws the exception, or std::system_error; terminates with what() where exceptions are off.
  [[noreturn]] HEDDLE_API void raise() const;
  /// A text for people.
  HEDDLE_API std::string what() const;

  friend bool operator==(const error& a, errc b) noexcept {
    return !a.exception_ && a.code_ == make_error_code(b);
  }
  friend bool operator==(const error& a, const error& b) noexcept {
    return a.code_ == b.code_ && a.exception_ == b.exception_;
  }

private:
  std::error_code code_;
  std::exception_ptr exception_;
};

/// The error that holds the exception now being handled. Call it in a catch block only.
inline error current_error() noexcept { return error(std::current_exception()); }

template <class T> class result;
template <> class result<void>;

namespace detail {
template <class T> inline constexpr bool is_result = false;
template <class T> inline constexpr bool is_result<result<T>> = true;

/// What result<T> is for a callable that returns T or result<T>.
template <class R> struct as_result { using type = result<R>; };
template <class T> struct as_result<result<T>> { using type = result<T>; };
template <class R> using as_result_t = typename as_result<std::remove_cvref_t<R>>::type;

/// Calls f and makes a result of what it returns or throws.
template <class F, class... A> as_result_t<std::invoke_result_t<F, A...>> call_for_result(F&& f, A&&... args) noexcept {
  using R = std::invoke_result_t<F, A...>;
  HEDDLE_TRY {
    if constexpr (std::is_void_v<R>) {
      std::invoke(std::forward<F>(f), std::forward<A>(args)...);
      return {};
    } else {
      return std::invoke(std::forward<F>(f), std::forward<A>(args)...);
    }
  }
#if HEDDLE_HAS_EXCEPTIONS
  catch (...) { return current_error(); }
#endif
}

#if defined(NDEBUG)
inline void expect(bool, const char*) noexcept {}
#else
inline void expect(bool ok, const char* what) noexcept {
  if (!ok) die(what);
}
#endif
} // namespace detail

/// A T or the error that kept it from being.
template <class T> class [[nodiscard]] result {
  static_assert(std::is_object_v<T> && !std::is_array_v<T>, "a result holds an object; use a pointer for a reference");
  static_assert(!std::is_same_v<std::remove_cv_t<T>, heddle::error> && !std::is_same_v<std::remove_cv_t<T>, errc> &&
                    !std::is_same_v<std::remove_cv_t<T>, std::error_code>,
                "is it the value or the error?");

public:
  using value_type = T;

  /// From anything that a T can be made from.
  template <class U = T>
    requires(std::is_constructible_v<T, U> && !detail::is_result<std::remove_cvref_t<U>> &&
             !std::is_same_v<std::remove_cvref_t<U>, heddle::error> && !std::is_same_v<std::remove_cvref_t<U>, errc> &&
             !std::is_same_v<std::remove_cvref_t<U>, std::error_code> &&
             !std::is_same_v<std::remove_cvref_t<U>, std::in_place_t>)
  explicit(!std::is_convertible_v<U, T>) result(U&& value) noexcept(std::is_nothrow_constructible_v<T, U>)
      : has_value_(true) {
    std::construct_at(std::addressof(value_), std::forward<U>(value));
  }
  template <class... A>
    requires std::is_constructible_v<T, A...>
  explicit result(std::in_place_t, A&&... args) noexcept(std::is_nothrow_constructible_v<T, A...>) : has_value_(true) {
    std::construct_at(std::addressof(value_), std::forward<A>(args)...);
  }
  result(heddle::error e) noexcept : has_value_(false) { std::construct_at(&error_, std::move(e)); }
  result(errc e) noexcept : result(heddle::error(e)) {}
  result(std::error_code e) noexcept : result(heddle::error(e)) {}

  result(const result& other) noexcept(std::is_nothrow_copy_constructible_v<T>)
    requires std::is_copy_constructible_v<T>
      : has_value_(other.has_value_) {
    construct_from(other);
  }
  result(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
    requires std::is_move_constructible_v<T>
      : has_value_(other.has_value_) {
    construct_from(std::move(other));
  }
  /// If the T's constructor throws, the old content is kept.
  result& operator=(const result& other)
    requires std::is_copy_constructible_v<T>
  {
    if (this != &other) *this = result(other);
    return *this;
  }
  result& operator=(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
    requires std::is_move_constructible_v<T>
  {
    static_assert(std::is_nothrow_move_constructible_v<T>, "assignment needs a T whose move does not throw");
    if (this != &other) {
      destroy();
      has_value_ = other.has_value_;
      construct_from(std::move(other));
    }
    return *this;
  }
  ~result() { destroy(); }

  bool has_value() const noexcept { return has_value_; }
  explicit operator bool() const noexcept { return has_value_; }

  T& operator*() & noexcept HEDDLE_LIFETIMEBOUND { return get(); }
  const T& operator*() const& noexcept HEDDLE_LIFETIMEBOUND { return get(); }
  T&& operator*() && noexcept HEDDLE_LIFETIMEBOUND { return std::move(get()); }
  T* operator->() noexcept HEDDLE_LIFETIMEBOUND { return std::addressof(get()); }
  const T* operator->() const noexcept HEDDLE_LIFETIMEBOUND { return std::addressof(get()); }

  const heddle::error& error() const noexcept HEDDLE_LIFETIMEBOUND {
    detail::expect(!has_value_, "heddle::result::error() of a result that holds a value");
    return error_;
  }

  T& value() & HEDDLE_LIFETIMEBOUND {
    if (!has_value_) error_.raise();
    return value_;
  }
  const T& value() const& HEDDLE_LIFETIMEBOUND {
    if (!has_value_) error_.raise();
    return value_;
  }
  T&& value() && HEDDLE_LIFETIMEBOUND {
    if (!has_value_) error_.raise();
    return std::move(value_);
  }
  template <class U> T value_or(U&& otherwise) const& {
    return has_value_ ? value_ : static_cast<T>(std::forward<U>(otherwise));
  }
  template <class U> T value_or(U&& otherwise) && {
    return has_value_ ? std::move(value_) : static_cast<T>(std::forward<U>(otherwise));
  }

  /// f(value), which returns a result; an error passes through.
  template <class F> auto and_then(F&& f) const& {
    using R = std::remove_cvref_t<std::invoke_result_t<F, const T&>>;
    static_assert(detail::is_result<R>, "and_then takes a function that returns a result; use transform");
    return has_value_ ? std::invoke(std::forward<F>(f), value_) : R(error_);
  }
  template <class F> auto and_then(F&& f) && {
    using R = std::remove_cvref_t<std::invoke_result_t<F, T&&>>;
    static_assert(detail::is_result<R>, "and_then takes a function that returns a result; use transform");
    return has_value_ ? std::invoke(std::forward<F>(f), std::move(value_)) : R(std::move(error_));
  }
  /// A result of what f(value) returns; an error passes through.
  template <class F> auto transform(F&& f) const& { return transformed(*this, std::forward<F>(f)); }
  template <class F> auto transform(F&& f) && { return transformed(std::move(*this), std::forward<F>(f)); }
  /// f(error), which returns a result<T>; a value passes through.
  template <class F> result or_else(F&& f) const& {
    return has_value_ ? *this : result(std::invoke(std::forward<F>(f), error_));
  }
  template <class F> result or_else(F&& f) && {
    return has_value_ ? std::move(*this) : result(std::invoke(std::forward<F>(f), std::move(error_)));
  }

private:
  T& get() noexcept {
    detail::expect(has_value_, "heddle::result: the value of a result that holds an error");
    return value_;
  }
  const T& get() const noexcept {
    detail::expect(has_value_, "heddle::result: the value of a result that holds an error");
    return value_;
  }
  template <class Self, class F> static auto transformed(Self&& self, F&& f) {
    using R = std::remove_cvref_t<std::invoke_result_t<F, decltype((std::forward<Self>(self).value_))>>;
    if (!self.has_value_) return result<R>(std::forward<Self>(self).error_);
    if constexpr (std::is_void_v<R>) {
      std::invoke(std::forward<F>(f), std::forward<Self>(self).value_);
      return result<R>();
    } else {
      return result<R>(std::invoke(std::forward<F>(f), std::forward<Self>(self).value_));
    }
  }
  template <class Other> void construct_from(Other&& other) {
    if (has_value_)
      std::construct_at(std::addressof(value_), std::forward<Other>(other).value_);
    else
      std::construct_at(&error_, std::forward<Other>(other).error_);
  }
  void destroy() noexcept {
    if (has_value_)
      std::destroy_at(std::addressof(value_));
    else
      std::destroy_at(&error_);
  }

  template <class U> friend class result;

  union {
    T value_;
    heddle::error error_;
  };
  bool has_value_;
};

/// Success, or the error that kept it from being.
template <> class [[nodiscard]] result<void> {
public:
  using value_type = void;

  result() noexcept = default;
  result(heddle::error e) noexcept : error_(std::move(e)) {}
  result(errc e) noexcept : error_(e) {}
  result(std::error_code e) noexcept : error_(e) {}

  bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return !error_; }
  const heddle::error& error() const noexcept HEDDLE_LIFETIMEBOUND {
    detail::expect(error_.has_value(), "heddle::result::error() of a result that holds a value");
    return *error_;
  }
  void value() const {
    if (error_) error_->raise();
  }
  template <class F> auto and_then(F&& f) const {
    using R = std::remove_cvref_t<std::invoke_result_t<F>>;
    static_assert(detail::is_result<R>, "and_then takes a function that returns a result; use transform");
    return error_ ? R(*error_) : std::invoke(std::forward<F>(f));
  }
  template <class F> auto transform(F&& f) const {
    using R = std::remove_cvref_t<std::invoke_result_t<F>>;
    if (error_) return result<R>(*error_);
    if constexpr (std::is_void_v<R>) {
      std::invoke(std::forward<F>(f));
      return result<void>();
    } else {
      return result<R>(std::invoke(std::forward<F>(f)));
    }
  }
  template <class F> result or_else(F&& f) const { return error_ ? result(std::invoke(std::forward<F>(f), *error_)) : *this; }

private:
  std::optional<heddle::error> error_;
};

} // namespace heddle
