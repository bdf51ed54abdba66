// semaphore: a number of permits, taken in order of arrival.
//
// A permit is an object that gives its weight back when it dies; a semaphore cannot be released by who does not hold
// one, nor left taken by an early return.
//
//   |                 | acquire(ctx, w)           | try_acquire(w) | permit dies                  |
//   |-----------------|---------------------------|----------------|------------------------------|
//   | enough, no queue| permit                    | permit         | -                            |
//   | else            | waits its turn, or ctx's err() | none      | the first in the queue is served if it fits |
//   | w above total   | errc::overflow at once    | none           | -                            |
//
// First come, first served: a small request does not overtake a large one, and try_acquire() fails while anybody waits,
// so nobody starves. A request that gives up lets the next one in. A failed acquire() took nothing.
// Permits must not outlive their semaphore: its destructor terminates if there is one.
// Thread-safety: acquire and try_acquire from any thread; a permit is for one thread at a time. Cost: no allocation.
//
// Does not compile: copying a semaphore or a permit; with -Werror=unused-result: a permit that is dropped at once.
//
// Example (compiled and run by test/runtime):
//
//   heddle::semaphore memory(64 << 20);
//
//   auto room = memory.acquire(ctx, file_size);
//   if (!room) return room.error(); // cancelled, or larger than everything
//   load_file();                    // at most 64 MiB of files at once
#pragma once

#include <heddle/context.h>

#include <optional>

namespace heddle {

class semaphore;

/// Some of a semaphore's weight. Gives it back when it dies.
class [[nodiscard]] HEDDLE_ROLE("guard") permit {
public:
  permit(permit&& other) noexcept : from_(std::exchange(other.from_, nullptr)), weight_(other.weight_) {}
  permit& operator=(permit&& other) noexcept {
    permit(std::move(other)).swap(*this);
    return *this;
  }
  HEDDLE_DOES("release") inline ~permit();
  void swap(permit& other) noexcept {
    std::swap(from_, other.from_);
    std::swap(weight_, other.weight_);
  }
  std::uint64_t weight() const noexcept { return from_ ? weight_ : 0; }

private:
  friend class semaphore;
  permit(semaphore* s, std::uint64_t w) noexcept : from_(s), weight_(w) {}
  semaphore* from_;
  std::uint64_t weight_;
};

class HEDDLE_API HEDDLE_ROLE("semaphore") semaphore {
public:
  explicit semaphore(std::uint64_t permits) noexcept : total_(permits), free_(permits) {}
  semaphore(const semaphore&) = delete;
  semaphore& operator=(const semaphore&) = delete;
  ~semaphore();

  /// Takes w, waiting for it.
  [[nodiscard]] HEDDLE_DOES("acquire") result<permit> acquire(const context& ctx, std::uint64_t w = 1) &;
  /// Takes w if that needs no waiting and nobody else waits.
  [[nodiscard]] HEDDLE_DOES("try-acquire") std::optional<permit> try_acquire(std::uint64_t w = 1) & noexcept;

private:
  friend class permit;
  struct acquire_case;
  void give(std::uint64_t w) noexcept;

  detail::short_lock mutex_;
  detail::wait_list waiters_;
  const std::uint64_t total_;
  std::uint64_t free_;
};

inline permit::~permit() {
  if (from_) from_->give(weight_);
}

} // namespace heddle
