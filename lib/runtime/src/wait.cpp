#include <heddle/context.h>
#include <heddle/detail/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace heddle::detail {

void die(const char* what) noexcept {
  std::fprintf(stderr, "heddle: %s\n", what);
  std::fflush(stderr);
  std::abort();
}

int spin_limit() noexcept {
  static const int limit = std::thread::hardware_concurrency() > 1 ? 64 : 0;
  return limit;
}

void short_lock::lock_slow() noexcept {
  // It looks rarer and rarer: who holds the lock now may well take it again at once, and the memory behind it need not
  // go to and fro.
  for (int looked = 1; looked <= spin_limit(); looked *= 2) {
    for (int i = 0; i < looked; ++i) pause();
    std::uint32_t expected = free;
    if (word_.load(std::memory_order_relaxed) == free &&
        word_.compare_exchange_weak(expected, held, std::memory_order_acquire, std::memory_order_relaxed))
      return;
  }
  while (word_.exchange(contended, std::memory_order_acquire) != free) word_.wait(contended, std::memory_order_relaxed);
}

// What the system has for a thread that sleeps until a word changes. std::atomic::wait() would do, but libstdc++'s spins
// and yields first, again, and a yield on a busy machine gives the core away for milliseconds.
namespace {
static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept {
#if defined(__linux__)
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
#else
  word.wait(value, std::memory_order_relaxed);
#endif
}
void wake_one(std::atomic<std::uint32_t>& word) noexcept {
#if defined(__linux__)
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
#else
  word.notify_one();
#endif
}
} // namespace

void parker::park() noexcept {
  std::uint32_t expected = empty;
  if (word_.compare_exchange_strong(expected, parked, std::memory_order_acquire, std::memory_order_acquire)) {
    do {
      sleep_while(word_, parked);
    } while (word_.load(std::memory_order_acquire) == parked);
  }
  // An exchange and not a store: it sees what the last unpark published, even if there were several.
  word_.exchange(empty, std::memory_order_acquire);
}

void parker::unpark() noexcept {
  if (word_.exchange(token, std::memory_order_acq_rel) == parked) wake_one(word_);
}

/// Parkers of threads that have ended, to be used again.
class parker_pool {
public:
  parker* get() {
    {
      hold h(lock_);
      if (parker* p = free_) {
        free_ = p->next_;
        return p;
      }
    }
    return new parker;
  }
  void put(parker* p) noexcept {
    hold h(lock_);
    p->next_ = free_;
    free_ = p;
  }
  static parker_pool& instance() {
    static parker_pool& pool = *new parker_pool; // never destroyed: threads may outlive main
    return pool;
  }

private:
  short_lock lock_;
  parker* free_ = nullptr;
};

namespace {
thread_local parker* own_parker = nullptr;
thread_local block_listener* own_listener = nullptr;
/// Gives the parker back when its thread ends.
struct parker_return {
  bool armed = false;
  ~parker_return() {
    if (own_parker) parker_pool::instance().put(own_parker);
    own_parker = nullptr;
  }
};
thread_local parker_return give_back;

/// A number to start probing at; fairness needs no more than that no case is always first.
std::uint32_t next_random() noexcept {
  thread_local std::uint32_t state = 0;
  if (state == 0) state = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(&state) >> 4) | 1U;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}
std::size_t random_below(std::size_t n) noexcept {
  return n < 2 ? 0 : static_cast<std::size_t>((static_cast<std::uint64_t>(next_random()) * n) >> 32);
}
} // namespace

parker& this_thread_parker() noexcept {
  if (!own_parker) {
    give_back.armed = true; // this use makes the thread run the destructor
    own_parker = parker_pool::instance().get();
  }
  return *own_parker;
}

block_listener*& this_thread_listener() noexcept { return own_listener; }

namespace {
/// How long this thread watches for the end of a wait before it sleeps. To sleep and be woken costs some 10 us on both
/// sides, so that two threads which hand things to and fro are ten times as fast when neither sleeps. Where the other
/// side has no core to run on, or much to do, watching only burns time. Each thread learns from its last waits which it
/// is: now and then it watches for as long as a sleep would cost, and as long as that pays it goes on so; each time that
/// it does not, the next trial comes twice as late.
class patience {
public:
  bool watch(const std::atomic<int>& claimed) noexcept {
    auto over = [&] { return claimed.load(std::memory_order_acquire) >= 0; };
    const int turns = spin_limit();
    for (int i = turns; i > 0; --i) {
      if (over()) return true;
      pause();
    }
    if (turns == 0 || (!pays_ && --until_trial_ > 0)) return over();
    const auto end = std::chrono::steady_clock::now() + price_of_sleep;
    do {
      for (int i = turns; i > 0; --i) {
        if (over()) {
          pays_ = true;
          gap_ = first_gap;
          return true;
        }
        pause();
      }
    } while (std::chrono::steady_clock::now() < end);
    pays_ = false;
    until_trial_ = gap_;
    if (gap_ < last_gap) gap_ *= 2;
    return over();
  }

private:
  static constexpr std::chrono::microseconds price_of_sleep{20};
  static constexpr int first_gap = 8, last_gap = 4096;
  bool pays_ = false;
  int gap_ = first_gap;
  int until_trial_ = first_gap;
};
thread_local patience own_patience;
} // namespace

void waiter::wait() noexcept {
  if (own_patience.watch(claimed)) return;
  block_listener* listener = own_listener;
  if (listener) listener->blocked();
  while (claimed.load(std::memory_order_acquire) < 0) thread->park();
  if (listener) listener->unblocked();
}

void fire_all(short_lock& l, wait_list& list) noexcept {
  for (;;) {
    parker* woken[fire_batch];
    int count = 0;
    while (count < fire_batch) {
      wait_node* n = list.claim_first();
      if (!n) break;
      woken[count++] = n->who->thread;
    }
    bool more = !list.empty();
    l.unlock();
    for (int i = 0; i < count; ++i) woken[i]->unpark();
    if (!more) return;
    l.lock();
  }
}

std::size_t try_any(wait_case* const* cases, std::size_t count) noexcept {
  std::size_t start = random_below(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t at = start + i < count ? start + i : start + i - count;
    wait_case& c = *cases[at];
    parker* wake = nullptr;
    short_lock& l = c.source_lock();
    l.lock();
    bool taken = c.take(wake);
    l.unlock();
    if (wake) wake->unpark();
    if (taken) return at;
  }
  return npos;
}

namespace {
/// The locks of all sources, each once, in address order.
class all_locks {
public:
  all_locks(wait_case* const* cases, std::size_t count) : locks_(count <= on_stack ? stack_ : new short_lock*[count]) {
    for (std::size_t i = 0; i < count; ++i) locks_[i] = &cases[i]->source_lock();
    std::sort(locks_, locks_ + count, std::less<>());
    count_ = static_cast<std::size_t>(std::unique(locks_, locks_ + count) - locks_);
  }
  ~all_locks() {
    if (locks_ != stack_) delete[] locks_;
  }
  all_locks(const all_locks&) = delete;
  all_locks& operator=(const all_locks&) = delete;
  void lock() noexcept {
    for (std::size_t i = 0; i < count_; ++i) locks_[i]->lock();
  }
  void unlock() noexcept {
    for (std::size_t i = count_; i > 0; --i) locks_[i - 1]->unlock();
  }

private:
  static constexpr std::size_t on_stack = 17;
  short_lock* stack_[on_stack];
  short_lock** locks_;
  std::size_t count_ = 0;
};

/// The part that blocks. The last case is the context if \p with_context; then npos is returned for it.
std::size_t block(wait_case* const* cases, std::size_t count, bool with_context) noexcept {
  check_may_block();
  std::size_t sources = with_context ? count - 1 : count;
  waiter self;
  self.thread = &this_thread_parker();
  {
    all_locks locks(cases, count);
    locks.lock();
    std::size_t start = random_below(sources);
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t at = i >= sources ? i : (start + i < sources ? start + i : start + i - sources);
      parker* wake = nullptr;
      if (!cases[at]->take(wake)) continue;
      locks.unlock();
      if (wake) wake->unpark();
      return at < sources ? at : npos;
    }
    for (std::size_t i = 0; i < count; ++i) {
      cases[i]->who = &self;
      cases[i]->index = static_cast<int>(i);
      cases[i]->list().push(*cases[i]);
    }
    locks.unlock();
  }
  self.wait();
  // Also for the source that fired: its section must be over before we read what it handed us and go away.
  for (std::size_t i = 0; i < count; ++i) {
    hold h(cases[i]->source_lock());
    if (cases[i]->linked) cases[i]->list().remove(*cases[i]);
  }
  auto winner = static_cast<std::size_t>(self.claimed.load(std::memory_order_acquire));
  return winner < sources ? winner : npos;
}
} // namespace

std::size_t wait_any(wait_case* const* cases, std::size_t count, const context& ctx) noexcept {
  if (count != 1) {
    std::size_t at = try_any(cases, count);
    if (at != npos) return at;
  }
  if (!ctx.can_end()) {
    if (count == 0) die("a wait for nothing under a context that never ends");
    return block(cases, count, false);
  }
  if (ctx.cancelled()) return npos;
  done_case done(ctx);
  constexpr std::size_t on_stack = 16;
  wait_case* stack[on_stack + 1];
  std::unique_ptr<wait_case*[]> heap;
  wait_case** all = stack;
  if (count > on_stack) {
    heap.reset(new wait_case*[count + 1]);
    all = heap.get();
  }
  for (std::size_t i = 0; i < count; ++i) all[i] = cases[i];
  all[count] = &done;
  return block(all, count + 1, true);
}

std::size_t wait_any(wait_case* const* cases, std::size_t count) noexcept {
  if (count != 1) {
    std::size_t at = try_any(cases, count);
    if (at != npos) return at;
  }
  return block(cases, count, false);
}

} // namespace heddle::detail
