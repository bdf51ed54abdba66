// One way to wait. Every blocking call of the library is wait_any() over its own source and its context; these few
// pieces carry everything else.
//
// Rules that every source keeps (each has a stress test in test/runtime/wait_test.cpp):
//  - A source fires under its own lock: take the node off the list, claim its waiter, hand over the value, remember the
//    parker; unlock; unpark. A node of another thread is never touched after the unlock, and a waiter reads what it was
//    handed only after it took the source's lock again.
//  - A waiter is matched only while it cannot be claimed by anybody else: wait_any() holds the locks of all its
//    sources, in address order, while it looks and enlists. Two selects that meet need no double claim.
//  - No user code runs under a lock of the library, and no lock of a source is taken while another is held, but for
//    wait_any().
//  - No timed waits: a deadline is a cancellation by the timer thread.
//  - No fences: ThreadSanitizer cannot see them.
#pragma once

#include <heddle/detail/config.h>

#include <atomic>

namespace heddle {
class context;
}

namespace heddle::detail {

/// Terminates if this thread is inside guarded::with() (that is known only where HEDDLE_CHECKS is on).
HEDDLE_API void check_may_block() noexcept;

/// Tells the core that this is a spin loop.
inline void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// How often to spin before sleeping: some 64 pauses (1-2 us), none on a single core.
HEDDLE_API int spin_limit() noexcept;

/// A lock of one word for sections of some ten instructions: free, held, or held while somebody sleeps.
class short_lock {
public:
  short_lock() = default;
  short_lock(const short_lock&) = delete;
  short_lock& operator=(const short_lock&) = delete;

  void lock() noexcept {
    std::uint32_t expected = free;
    if (!word_.compare_exchange_strong(expected, held, std::memory_order_acquire, std::memory_order_relaxed))
      lock_slow();
  }
  /// After the exchange the lock's memory is not read any more: its owner may already be gone.
  void unlock() noexcept {
    if (word_.exchange(free, std::memory_order_release) == contended) word_.notify_one();
  }

private:
  HEDDLE_API void lock_slow() noexcept;
  enum : std::uint32_t { free, held, contended };
  std::atomic<std::uint32_t> word_{free};
};

/// Holds a short_lock for a scope.
class hold {
public:
  explicit hold(short_lock& l) noexcept : lock_(l) { lock_.lock(); }
  ~hold() { lock_.unlock(); }
  hold(const hold&) = delete;
  hold& operator=(const hold&) = delete;

private:
  short_lock& lock_;
};

/// Where a thread sleeps. One a thread, pooled, never freed: an unpark that comes late only wakes somebody for nothing.
class parker {
public:
  /// Sleeps until an unpark that was not yet consumed. May return for no reason.
  HEDDLE_API void park() noexcept;
  HEDDLE_API void unpark() noexcept;

private:
  enum : std::uint32_t { empty, parked, token };
  std::atomic<std::uint32_t> word_{empty};
  friend class parker_pool;
  parker* next_ = nullptr;
};

/// The parker of the calling thread.
HEDDLE_API parker& this_thread_parker() noexcept;

/// Told when a thread of an executor is about to sleep in a wait of the library, and when it goes on.
class block_listener {
public:
  virtual void blocked() noexcept = 0;
  virtual void unblocked() noexcept = 0;

protected:
  ~block_listener() = default;
};
/// The listener of the calling thread (null if none); settable by the thread's executor.
HEDDLE_API block_listener*& this_thread_listener() noexcept;

/// A thread that waits for one of several things; lives on its stack.
struct waiter {
  std::atomic<int> claimed{-1};
  parker* thread = nullptr;

  /// Elects what ends the wait. The caller holds the lock of a source in which the waiter is enlisted.
  bool claim(int index) noexcept {
    int none = -1;
    return claimed.compare_exchange_strong(none, index, std::memory_order_acq_rel, std::memory_order_relaxed);
  }
  /// Sleeps until claimed.
  HEDDLE_API void wait() noexcept;
};

/// A waiter's place in the list of one source. All members belong to the source's lock once it is linked.
struct wait_node {
  wait_node* next = nullptr;
  wait_node* prev = nullptr;
  waiter* who = nullptr;
  int index = 0;
  bool linked = false;
};

/// Waiting nodes in order of arrival. Guarded by its source's lock.
class wait_list {
public:
  bool empty() const noexcept { return head_ == nullptr; }
  void push(wait_node& n) noexcept {
    n.next = nullptr;
    n.prev = tail_;
    (tail_ ? tail_->next : head_) = &n;
    tail_ = &n;
    n.linked = true;
  }
  void remove(wait_node& n) noexcept {
    (n.prev ? n.prev->next : head_) = n.next;
    (n.next ? n.next->prev : tail_) = n.prev;
    n.linked = false;
  }
  /// Removes the first node and claims its waiter; goes on until a claim succeeds. Null if nobody waits.
  wait_node* claim_first() noexcept {
    while (wait_node* n = head_) {
      remove(*n);
      if (n->who->claim(n->index)) return n;
    }
    return nullptr;
  }
  wait_node* front() const noexcept { return head_; }

private:
  wait_node* head_ = nullptr;
  wait_node* tail_ = nullptr;
};

/// Ends the wait of everybody in the list. Called with \p l held, returns with it released. The caller keeps the
/// source alive if more than fire_batch threads can wait: between batches the lock is free.
HEDDLE_API void fire_all(short_lock& l, wait_list& list) noexcept;
inline constexpr int fire_batch = 16;

/// One thing to wait for: a source, and what is wanted of it. All virtuals are called with source_lock() held.
struct wait_case : wait_node {
  virtual short_lock& source_lock() noexcept = 0;
  /// Takes it now, if it can be had. \p wake: a peer to be woken after the unlock.
  virtual bool take(parker*& wake) noexcept = 0;
  virtual wait_list& list() noexcept = 0;
protected:
  wait_case() = default;
  wait_case(const wait_case&) = default; // cases are values until they are waited for
  ~wait_case() = default;
};

/// Takes the first case that can be had, from a random start; npos if none.
HEDDLE_API std::size_t try_any(wait_case* const* cases, std::size_t count) noexcept;
/// Waits until a case can be had, or \p ctx ends: npos then, and no case had an effect. What is ready is taken even if
/// ctx has ended. With one case the caller has already tried it.
HEDDLE_API std::size_t wait_any(wait_case* const* cases, std::size_t count, const context& ctx) noexcept;
/// The same without a context: for destructors that wait for what they own.
HEDDLE_API std::size_t wait_any(wait_case* const* cases, std::size_t count) noexcept;

} // namespace heddle::detail
