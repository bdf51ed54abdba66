// What docs/runtime.md says of allocations, and that nothing grows under what lives long. The sanitizers bring their
// own operator new.
#include "testing.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

#if !HEDDLE_SANITIZED

namespace {
thread_local long mine = 0;         // allocations of this thread
std::atomic<long> alive{0};         // of the whole process
void* counted_new(std::size_t n, std::size_t alignment) {
  ++mine;
  alive.fetch_add(1, std::memory_order_relaxed);
  void* p = std::aligned_alloc(alignment, (n + alignment - 1) / alignment * alignment);
  if (!p) std::abort();
  return p;
}
void counted_delete(void* p) noexcept {
  if (p) alive.fetch_sub(1, std::memory_order_relaxed);
  std::free(p);
}
} // namespace

void* operator new(std::size_t n) { return counted_new(n, alignof(std::max_align_t)); }
void* operator new(std::size_t n, std::align_val_t a) { return counted_new(n, static_cast<std::size_t>(a)); }
void operator delete(void* p) noexcept { counted_delete(p); }
void operator delete(void* p, std::size_t) noexcept { counted_delete(p); }
void operator delete(void* p, std::align_val_t) noexcept { counted_delete(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { counted_delete(p); }

namespace heddle {
namespace {

struct request_key {
  using type = int;
};

/// How often f allocates, on this thread, once everything that is made on first use, threads too, is there.
long allocations(const auto& f) {
  long least = std::numeric_limits<long>::max();
  for (int i = 0; i < 20; ++i) {
    long before = mine;
    f();
    least = std::min(least, mine - before);
  }
  return least;
}

TEST(Allocations, AreAsFewAsTheDocumentationSays) {
  cancel_scope parent = with_cancel(root);
  EXPECT_EQ(allocations([&] { cancel_scope s = with_cancel(parent); }), 1);
  EXPECT_EQ(allocations([&] { cancel_scope s = with_timeout(parent, 1h); }), 1);
  EXPECT_EQ(allocations([&] {
    auto [p, f] = make_promise<int>();
    EXPECT_TRUE(p.set_value(1));
    EXPECT_TRUE(f.await(parent));
  }), 1);
  EXPECT_EQ(allocations([&] { EXPECT_TRUE(go(parent, [] { return 1; }).await(parent)); }), 1);
  auto [tx, rx] = channel<int>(4);
  EXPECT_EQ(allocations([&, &t = tx, &r = rx] {
    EXPECT_TRUE(t.send(parent, 1));
    EXPECT_TRUE(r.receive(parent));
    select(parent, on(r.op(), [](const result<int>&) {}), on(t.op(1), [](result<void>) {}));
    (void)r.try_receive();
  }), 0);
  EXPECT_EQ(allocations([&] { auto pair = channel<int>(100); }), 1);
  task_group g(parent);
  EXPECT_EQ(allocations([&] { g.spawn([] {}); }), 1);
  EXPECT_TRUE(std::move(g).wait());
  EXPECT_EQ(allocations([&] { task_group of_one(parent); }), 1);
  EXPECT_EQ(allocations([&] {
    timer t(1h);
    semaphore s(1);
    auto held = s.acquire(parent);
    wait_group w;
    { wait_token token = w.token(); }
    EXPECT_TRUE(w.wait(parent));
    EXPECT_TRUE(sleep_for(parent, 10us));
  }), 0);
  EXPECT_EQ(allocations([&] { timed_call c(1h, [] {}); }), 1);
}

TEST(Allocations, DoNotGrowUnderALongLivedParent) {
  cancel_scope service = with_cancel(root);
  single_flight<int, int> flights(service);
  future_cache<int, int> cache(service, 10, 1h);
  auto request = [&](int i) {
    cancel_scope limit = with_timeout(service, 1h);
    context named = with_value<request_key>(limit, i);
    EXPECT_TRUE(go(named, [](const context& c) { return c.cancelled(); }).await(limit));
    task_group g(limit, {.limit = 2});
    for (int k = 0; k < 3; ++k) g.spawn([] {});
    EXPECT_TRUE(std::move(g).wait());
    EXPECT_TRUE(flights.run(limit, i, [i] { return i; }));
    EXPECT_TRUE(cache.get(limit, i % 20, [i] { return i; }));
    EXPECT_TRUE(all(limit, go(limit, [] { return 1; }), go(limit, [] { return 2; })));
    (void)limit.get().operator std::stop_token();
  };
  auto settled = [] {
    EXPECT_EQ(leak_check(10s).report(), "");
    return alive.load();
  };
  for (int i = 0; i < 200; ++i) request(i);
  long before = settled();
  for (int i = 0; i < 2000; ++i) request(i);
  EXPECT_LE(settled() - before, 20); // a thread of the pool more or less; one leak a request were 2000
  EXPECT_EQ(detail::armed_timers(), 0U);
}

} // namespace
} // namespace heddle

#endif
