// The one heap of deadlines, and its thread. Internal.
#pragma once

#include <heddle/detail/wait.h>

namespace heddle::detail {

/// What an expiry leaves to be done once the timer lock is free again.
class expired_work {
public:
  virtual void wake(parker* p) = 0;
  virtual void call(void (*f)(void*) noexcept, void* argument) = 0;

protected:
  ~expired_work() = default;
};

/// A deadline in the heap; embedded in what waits for it. Guarded by timer_lock().
class timer_entry {
public:
  timer_entry() = default;
  timer_entry(const timer_entry&) = delete;
  timer_entry& operator=(const timer_entry&) = delete;

  bool armed() const noexcept { return index_ != npos; }
  time_point when() const noexcept { return when_; }

protected:
  /// \p housekeeping: an entry of the library's own, not counted by armed_timers().
  explicit timer_entry(bool housekeeping) noexcept : housekeeping_(housekeeping) {}
  ~timer_entry() = default;

private:
  /// Called on the timer thread with timer_lock() held, after the entry left the heap. No user code, no other lock.
  virtual void expired(expired_work& later) noexcept = 0;

  friend class timer_heap;
  time_point when_{};
  std::size_t index_ = npos;
  const bool housekeeping_ = false;
};

HEDDLE_API short_lock& timer_lock() noexcept;
/// Puts the entry into the heap, or moves it. The timer thread is started on first use, and woken only for a deadline
/// before the one it sleeps until. With timer_lock() held; returns whether wake_timers() must be called after the unlock.
[[nodiscard]] HEDDLE_API bool arm_locked(timer_entry& e, time_point when);
HEDDLE_API void wake_timers() noexcept;
/// Takes the entry out of the heap; true if it was there. Wakes nobody.
HEDDLE_API bool disarm_locked(timer_entry& e) noexcept;

inline void arm(timer_entry& e, time_point when) {
  bool wake;
  {
    hold h(timer_lock());
    wake = arm_locked(e, when);
  }
  if (wake) wake_timers();
}
inline bool disarm(timer_entry& e) noexcept {
  hold h(timer_lock());
  return disarm_locked(e);
}
/// How many deadlines are in the heap, but for those of executors (for tests).
HEDDLE_API std::size_t armed_timers() noexcept;

} // namespace heddle::detail
