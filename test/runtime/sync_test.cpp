// wait_group, semaphore, guarded, once.
#include "testing.h"

#include <atomic>
#include <deque>
#include <map>

namespace heddle {
namespace {

TEST(WaitGroup, WaitsForItsTokens) {
  wait_group g;
  EXPECT_TRUE(g.wait(root)); // nothing to wait for
  std::atomic<int> done{0};
  for (int i = 0; i < 10; ++i)
    executor::default_pool().submit(work::of({"part"}, [&done, t = g.token()] { ++done; }));
  EXPECT_TRUE(g.wait(root));
  EXPECT_EQ(done, 10);
  { wait_token again = g.token(); } // and once more
  EXPECT_TRUE(g.wait(root));
}

TEST(WaitGroup, GivesUpWithItsContext) {
  wait_group g;
  wait_token t = g.token();
  cancel_scope s = with_timeout(root, 1ms);
  EXPECT_TRUE(g.wait(s).error() == errc::deadline_exceeded);
  wait_token moved = std::move(t);
  { wait_token gone = std::move(moved); }
  EXPECT_TRUE(g.wait(s));
}

void fan_out(std::atomic<int>& leaves, const wait_token& mine, int depth) {
  if (depth == 0) {
    ++leaves;
    return;
  }
  for (int i = 0; i < 2; ++i)
    executor::default_pool().submit(
        work::of({"branch"}, [&leaves, depth, t = mine.split()] { fan_out(leaves, t, depth - 1); }));
}

TEST(WaitGroup, TokensSplit) {
  std::atomic<int> leaves{0};
  wait_group g;
  fan_out(leaves, g.token(), 6);
  EXPECT_TRUE(g.wait(root));
  EXPECT_EQ(leaves, 64);
}

TEST(WaitGroup, StressDestructionAgainstTheLastToken) {
  unsigned seed = 1;
  for (int r = rounds(1500); r > 0; --r) {
    auto g = std::make_unique<wait_group>();
    wait_token a = g->token();
    std::thread t([a = std::move(a), b = g->token(), s = seed]() mutable {
      { wait_token gone = std::move(b); }
      jitter(s);
      wait_token gone = std::move(a);
    });
    jitter(seed);
    if (r % 2) {
      cancel_scope s = with_timeout(root, 10us);
      (void)g->wait(s);
    }
    g.reset();
    t.join();
  }
}

TEST(Semaphore, GivesAndTakesBack) {
  semaphore s(3);
  {
    auto a = s.acquire(root, 2);
    ASSERT_TRUE(a);
    EXPECT_EQ(a->weight(), 2U);
    EXPECT_FALSE(s.try_acquire(2));
    auto b = s.try_acquire();
    EXPECT_TRUE(b);
    permit moved = std::move(*b);
    EXPECT_EQ(b->weight(), 0U);
    EXPECT_FALSE(s.try_acquire());
  }
  EXPECT_TRUE(s.try_acquire(3));
}

TEST(Semaphore, RefusesWhatNeverFits) {
  semaphore s(3);
  EXPECT_TRUE(s.acquire(root, 4).error() == errc::overflow);
  EXPECT_TRUE(s.acquire(root, 3));
}

TEST(Semaphore, ServesInOrder) {
  semaphore s(2);
  auto held = s.acquire(root, 1);
  std::atomic<int> order{0};
  int large = 0, small = 0;
  threads t;
  t.add([&] {
    auto p = s.acquire(root, 2);
    large = ++order;
  });
  while (s.try_acquire()) std::this_thread::yield(); // until the large one queues: then nobody overtakes
  t.add([&] {
    auto p = s.acquire(root, 1);
    small = ++order;
  });
  std::this_thread::sleep_for(1ms);
  EXPECT_EQ(order, 0);
  held = errc::canceled; // gives it back
  t.join();
  EXPECT_LT(large, small);
}

TEST(Semaphore, ACancelledHeadAdmitsTheNext) {
  semaphore s(2);
  auto held = s.acquire(root, 1);
  cancel_scope scope = with_cancel(root);
  threads t;
  t.add([&] { EXPECT_TRUE(s.acquire(scope, 2).error() == errc::canceled); });
  while (s.try_acquire()) std::this_thread::yield();
  t.add([&] { EXPECT_TRUE(s.acquire(root, 1)); });
  std::this_thread::sleep_for(1ms);
  scope.cancel();
  t.join(); // the second got in though the first permit is still held
}

TEST(SemaphoreDeathTest, MustOutliveItsPermits) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        std::optional<permit> p;
        semaphore s(1);
        p = s.try_acquire();
      },
      "permits of it were held");
}

TEST(Semaphore, StressNeverAboveTheTotal) {
  constexpr std::uint64_t total = 5;
  semaphore s(total);
  std::atomic<std::uint64_t> taken{0};
  std::atomic<int> got{0}, gave_up{0};
  const int n = rounds(1500);
  {
    threads t;
    for (unsigned i = 0; i < 4; ++i)
      t.add([&, seed = i]() mutable {
        for (int k = 0; k < n; ++k) {
          std::uint64_t w = 1 + (seed >> 20) % total;
          cancel_scope c = with_timeout(root, std::chrono::microseconds(seed >> 25));
          auto p = s.acquire(k % 3 ? root : c.get(), w);
          if (!p) {
            ++gave_up;
            continue;
          }
          ++got;
          if (taken.fetch_add(w) + w > total) ADD_FAILURE();
          jitter(seed);
          taken -= w;
        }
      });
  }
  EXPECT_EQ(got + gave_up, 4 * n);
  EXPECT_TRUE(s.try_acquire(total));
}

TEST(Guarded, IsReachedUnderItsLock) {
  guarded<long> n(0L);
  {
    threads t;
    for (int i = 0; i < 4; ++i)
      t.add([&] {
        for (int k = 0; k < 2000; ++k) n.with([](long& v) { ++v; });
      });
  }
  EXPECT_EQ(std::as_const(n).with([](const long& v) { return v; }), 8000);
}

TEST(Guarded, ReleasesTheLockWhenItsFunctionThrows) {
  guarded<int> n(1);
  EXPECT_THROW(n.with([](int& v) {
    v = 2;
    throw std::runtime_error("torn");
  }),
               std::runtime_error);
  EXPECT_EQ(n.with([](int& v) { return v; }), 2);
}

TEST(Guarded, WaitsForAPredicate) {
  guarded<std::deque<int>> q;
  std::thread producer([&] {
    for (int i = 0; i < 300; ++i) q.with([&](auto& d) { d.push_back(i); });
  });
  int sum = 0;
  for (int i = 0; i < 300; ++i) {
    auto r = q.when(
        root, [](const auto& d) { return !d.empty(); },
        [](auto& d) {
          int v = d.front();
          d.pop_front();
          return v;
        });
    sum += *r;
  }
  producer.join();
  EXPECT_EQ(sum, 299 * 300 / 2);
  cancel_scope s = with_timeout(root, 1ms);
  EXPECT_TRUE(q.when(s, [](const auto& d) { return !d.empty(); }, [](auto&) {}).error() == errc::deadline_exceeded);
}

TEST(Guarded, AllAtOnceWithoutDeadlock) {
  guarded<int> a(100), b(0);
  {
    threads t;
    t.add([&] {
      for (int i = 0; i < 1000; ++i) with_all([](int& x, int& y) { --x, ++y; }, a, b);
    });
    t.add([&] {
      for (int i = 0; i < 1000; ++i) with_all([](int& y, int& x) { ++x, --y; }, b, a);
    });
    t.add([&] { EXPECT_TRUE(b.when(root, [](int v) { return v >= 0; }, [](int&) {})); });
  }
  EXPECT_EQ(with_all([](int x, int y) { return x + y; }, a, b), 100);
}

TEST(Guarded, StressWhenAgainstCancelAndDestruction) {
  unsigned seed = 1;
  for (int r = rounds(800); r > 0; --r) {
    auto n = std::make_unique<guarded<int>>(0);
    cancel_scope s = with_cancel(root);
    threads t;
    t.add([&, x = seed]() mutable {
      jitter(x);
      if (r % 2) s.cancel();
    });
    std::atomic<bool> changed{false};
    t.add([&, x = seed * 5]() mutable {
      jitter(x);
      n->with([](int& v) { v = 1; });
      changed = true;
    });
    auto got = n->when(s, [](int v) { return v == 1; }, [](int& v) { return ++v; });
    EXPECT_TRUE(got ? *got == 2 : got.error() == errc::canceled);
    while (!changed) std::this_thread::yield();
    n.reset();
    jitter(seed);
  }
}

TEST(SharedGuarded, FindsAgainBeforeItMakes) {
  shared_guarded<std::map<int, std::string>> m;
  std::atomic<int> made{0};
  auto get = [&](int k) {
    return m.find_or(
        [&](const auto& all) -> std::optional<std::string> {
          auto at = all.find(k);
          if (at == all.end()) return std::nullopt;
          return at->second;
        },
        [&](auto& all) {
          ++made;
          return all[k] = std::to_string(k);
        });
  };
  {
    threads t;
    for (int i = 0; i < 4; ++i)
      t.add([&] {
        for (int k = 0; k < 200; ++k) EXPECT_EQ(get(k % 10), std::to_string(k % 10));
      });
  }
  EXPECT_EQ(made, 10);
  EXPECT_EQ(m.read([](const auto& all) { return all.size(); }), 10U);
  m.write([](auto& all) { all.clear(); });
}

TEST(GuardedDeathTest, TellsOfMisuseWithChecks) {
#if defined(HEDDLE_CHECKS)
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  guarded<int> n(0);
  EXPECT_DEATH(n.with([&](int&) { n.with([](int&) {}); }), "inside its own with\\(\\) at .*sync_test.cpp:");
  auto [tx, rx] = channel<int>(0);
  EXPECT_DEATH(n.with([&](int&) { (void)rx.receive(root); }), "a call that waits, inside guarded::with\\(\\) at ");
#endif
}

TEST(Once, CallsOnce) {
  once<int> o;
  EXPECT_EQ(o.try_get(), nullptr);
  std::atomic<int> calls{0};
  {
    threads t;
    for (int i = 0; i < 4; ++i)
      t.add([&] {
        EXPECT_EQ(o.get(root, [&] { std::this_thread::sleep_for(1ms); return ++calls; }).value(), 1);
      });
  }
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(**o.try_get(), 1);
}

TEST(Once, KeepsItsError) {
  once<int> o;
  EXPECT_EQ(o.get(root, []() -> int { throw std::runtime_error("torn"); }).error().what(), "torn");
  EXPECT_EQ(o.get(root, [] { return 1; }).error().what(), "torn");
  once<void> v;
  EXPECT_TRUE(v.get(root, [] {}));
}

TEST(Once, AWaitGivesUpAndItselfIsNoted) {
  once<int> o;
  std::atomic<bool> running{false};
  std::thread t([&] {
    (void)o.get(root, [&] {
      EXPECT_TRUE(o.get(root, [] { return 2; }).error() == errc::would_deadlock);
      running = true;
      std::this_thread::sleep_for(5ms);
      return 1;
    });
  });
  while (!running) std::this_thread::yield();
  cancel_scope s = with_cancel(root);
  s.cancel();
  const auto& r = o.get(s, [] { return 3; });
  EXPECT_TRUE(r ? *r == 1 : r.error() == errc::canceled);
  t.join();
  EXPECT_EQ(*o.get(s, [] { return 3; }), 1);
}

} // namespace
} // namespace heddle
