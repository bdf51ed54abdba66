// RUN: %verify %s heddle-mixed-atomic-access -- -std=c++20
// The seed's row (P14: a counter that is incremented atomically and read plainly).
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

void use(long);

class bad_Gauge {
public:
  void enter() {
    const int now = open.fetch_add(1) + 1;
    if (now > peak.load()) // note: tested here
      peak.store(now);     // warning: 'peak' is tested and set in two steps
    served = served + 1;   // warning: 'served' is atomic, but is updated by a load and a separate store
    open.fetch_sub(1);
  }
  void scale(int by) {
    total.store(total.load() * by); // warning: 'total' is atomic, but
  }
  void add(int n) {
    auto old = sum.load();
    sum.store(old + n); // warning: 'sum' is atomic, but
  }

private:
  std::atomic<int> open{0}, peak{0}, total{0}, sum{0};
  std::atomic<long> served{0};
};

static std::atomic<long> hits;
void bad_global() { hits = hits + 2; } // warning: 'hits' is atomic, but

static std::atomic<bool> claimed;
static void bad_claim() {
  if (!claimed.load()) {
    claimed = true; // warning: 'claimed' is tested and set in two steps
    use(1);
  }
}
void claims() {
  std::vector<std::jthread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back(bad_claim);
}

class bad_Ref {
public:
  void add() { std::atomic_ref<long>(count).fetch_add(1); } // note: accessed atomically here
  long get() const { return count; } // warning: 'count' is read non-atomically here and atomically elsewhere

private:
  long count = 0;
};

static int pending;
void entersPending() { __atomic_fetch_add(&pending, 1, __ATOMIC_SEQ_CST); }
bool bad_idle() { return pending == 0; } // warning: 'pending' is read non-atomically here and atomically elsewhere

static int legacy;
void raises() { __sync_fetch_and_add(&legacy, 1); }
void bad_reset() { legacy = 0; } // warning: 'legacy' is written non-atomically here and atomically elsewhere

static std::shared_ptr<int> config;
std::shared_ptr<int> loads() { return std::atomic_load(&config); }
void bad_replace() { config = std::make_shared<int>(1); } // warning: 'config' is written non-atomically here and atomically elsewhere

// ---- silent ---------------------------------------------------------------------------------------------------------

class ok_Gauge {
public:
  void enter() {
    const int now = open.fetch_add(1) + 1;
    int seen = peak.load();
    while (seen < now && !peak.compare_exchange_weak(seen, now)) {
    }
    ++served;
    served += 2;
    open.fetch_sub(1);
  }
  void reset() { peak.store(0); }
  void copy(const ok_Gauge &other) { peak.store(other.peak.load()); }

private:
  std::atomic<int> open{0}, peak{0};
  std::atomic<long> served{0};
};

// The writers hold a lock; readers need none.
class ok_Locked {
public:
  void add(int n) {
    std::lock_guard lock(mutex);
    total = total + n;
    if (total > most)
      most.store(total);
  }
  int get() const { return total; }

private:
  std::mutex mutex;
  std::atomic<int> total{0}, most{0};
};

// Relaxed on purpose: one writer.
class ok_Relaxed {
public:
  void count() { n.store(n.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
  long get() const { return n.load(std::memory_order_relaxed); }

private:
  std::atomic<long> n{0};
};

// One thread writes.
struct ok_OneWriter {
  class Sampler {
  public:
    void start() {
      thread = std::thread([this] { run(); });
    }
    void join() { thread.join(); }
    long samples() const { return n; }

  private:
    void run() {
      for (int i = 0; i < 100; ++i)
        n = n + 1;
    }
    std::atomic<long> n{0};
    std::thread thread;
  };
};

// The start and stop of threads: whoever owns the object calls them.
struct ok_Lifecycle {
  class Service {
  public:
    void start() {
      if (running)
        return;
      running = true;
      thread = std::thread([this] {
        while (running)
          use(1);
      });
    }
    void stop() {
      if (!running)
        return;
      running = false;
      thread.join();
    }

  private:
    std::atomic<bool> running{false};
    std::thread thread;
  };
};

static std::atomic_flag taken;
void ok_winner() {
  if (!taken.test_and_set())
    use(1);
}

static std::atomic<bool> first{true};
void ok_exchange() {
  if (first.exchange(false))
    use(1);
}

long ok_sum(std::vector<long> &parts) {
  long sum = 0;
  {
    std::vector<std::jthread> all;
    for (long p : parts)
      all.emplace_back([&sum, p] { std::atomic_ref<long>(sum).fetch_add(p); });
  }
  return sum;
}

static int counter;
void ok_atomic_everywhere() { __atomic_store_n(&counter, 0, __ATOMIC_RELEASE); }
int ok_atomic_read() { return __atomic_load_n(&counter, __ATOMIC_ACQUIRE); }

// The loop's own condition is set for good; and nobody else is there when an object is destroyed.
class ok_OneWay {
public:
  void run() {
    while (!stop_)
      if (step())
        stop_ = true;
  }
  ~ok_OneWay() {
    if (!stop_)
      stop_ = true;
  }

private:
  bool step();
  std::mutex mutex_;
  std::atomic<bool> stop_{false};
};
