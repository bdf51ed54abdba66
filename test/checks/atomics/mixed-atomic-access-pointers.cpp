// RUN: %verify %s heddle-mixed-atomic-access -- -std=c++20
// Functions that are given a pointer or a reference to the value.
#include <cstdint>
#include <pthread.h>

struct Traffic {
  std::uint64_t in, out, lost, dropped;
};
static Traffic traffic;

void received(std::uint64_t n) { __atomic_fetch_add(&traffic.in, n, __ATOMIC_RELAXED); }
static std::uint64_t bad_drain(std::uint64_t *counter) {
  std::uint64_t n = *counter;
  *counter = 0; // warning: 'in' is written non-atomically here and atomically elsewhere
  return n;
}
std::uint64_t drained() { return bad_drain(&traffic.in); } // note: passed on here

static void raise(std::uint64_t *counter) { __sync_fetch_and_add(counter, 1); }
void sent() { raise(&traffic.out); }
std::uint64_t bad_sent_so_far() { return traffic.out; } // warning: 'out' is read non-atomically here and atomically elsewhere

void lose() { __atomic_add_fetch(&traffic.lost, 1, __ATOMIC_SEQ_CST); }
static std::uint64_t look(const std::uint64_t &counter) { return counter; }
std::uint64_t bad_lost() { return look(traffic.lost); } // warning: 'lost' is read non-atomically

// ---- silent ---------------------------------------------------------------------------------------------------------

void drop() { __atomic_add_fetch(&traffic.dropped, 1, __ATOMIC_SEQ_CST); }
static std::uint64_t ok_load(const std::uint64_t *counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }
std::uint64_t ok_dropped() { return ok_load(&traffic.dropped); }

/// Before there are threads.
static std::uint64_t ticks;
static void ok_clear(std::uint64_t *counter) { *counter = 0; }
static void *tick(void *) {
  __atomic_fetch_add(&ticks, 1, __ATOMIC_RELAXED);
  return nullptr;
}
int main() {
  ok_clear(&ticks);
  pthread_t thread;
  pthread_create(&thread, nullptr, tick, nullptr);
  pthread_join(thread, nullptr);
}

// ---- copies of what is accessed atomically -----------------------------------------------------------------------------
struct Statistics {
  unsigned long total = 0;
  unsigned long free = 0;
};
class Monitor {
public:
  void refresh(unsigned long total, unsigned long free) {
    __atomic_store_n(&now_.total, total, __ATOMIC_RELAXED);
    __atomic_store_n(&now_.free, free, __ATOMIC_RELAXED);
  }
  void ok_fills(Statistics *into) const {
    into->total = __atomic_load_n(&now_.total, __ATOMIC_RELAXED);
    into->free = __atomic_load_n(&now_.free, __ATOMIC_RELAXED);
  }
  unsigned long ok_reads_its_copy() const {
    Statistics copy;
    ok_fills(&copy);
    return copy.total - copy.free;
  }
  unsigned long bad_reads() const {
    return now_.total; // warning: 'total' is read non-atomically here and atomically elsewhere
  }

private:
  Statistics now_;
};
struct Counters {
  int hits = 0;
};
void ok_copies(Counters *to, Counters *from) { to->hits = __atomic_load_n(&from->hits, __ATOMIC_RELAXED); }
void raise(Counters *of) { __atomic_fetch_add(&of->hits, 1, __ATOMIC_RELAXED); }
