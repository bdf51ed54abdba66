#include "testing.h"

#include <array>
#include <atomic>
#include <numeric>

namespace heddle {
namespace {

TEST(TaskGroup, WaitsForItsTasks) {
  std::atomic<int> sum{0};
  task_group g(root);
  for (int i = 1; i <= 100; ++i) EXPECT_TRUE(g.spawn([&sum, i] { sum += i; }));
  EXPECT_TRUE(std::move(g).wait());
  EXPECT_EQ(sum, 5050);
}

TEST(TaskGroup, IsConsumedByItsWait) {
  task_group g(root);
  EXPECT_TRUE(std::move(g).wait()); // NOLINT(heddle-wait-before-spawn): what is refused is what is tested
  // NOLINTNEXTLINE(bugprone-use-after-move): what a second use does is the point
  EXPECT_TRUE(std::move(g).wait().error() == errc::closed);
  EXPECT_FALSE(g.spawn([] {}));
  EXPECT_FALSE(g.try_spawn([] {}));
}

TEST(TaskGroup, TheFirstErrorCancelsTheRest) {
  task_group g(root);
  for (int i = 0; i < 4; ++i)
    g.spawn([](const context& c) -> result<void> {
      c.wait();
      return *c.err(); // an echo
    });
  g.spawn([]() -> result<void> { return std::make_error_code(std::errc::io_error); });
  context ctx = g.get();
  EXPECT_EQ(std::move(g).wait().error().code(), std::errc::io_error);
  EXPECT_EQ(ctx.cause()->code(), std::errc::io_error);
}

TEST(TaskGroup, AnExceptionIsAnError) {
  task_group g(root);
  g.spawn([] { throw std::runtime_error("torn"); });
  EXPECT_EQ(std::move(g).wait().error().what(), "torn");
}

TEST(TaskGroup, TellsOfTheEndOfItsParent) {
  cancel_scope parent = with_cancel(root);
  task_group g(parent);
  g.spawn([](const context& c) -> result<void> {
    c.wait();
    return *c.err();
  });
  parent.cancel(std::make_error_code(std::errc::timed_out));
  EXPECT_EQ(std::move(g).wait().error().code(), std::errc::timed_out);
}

TEST(TaskGroup, IsNotDisturbedByAnEndThatChangedNothing) {
  cancel_scope parent = with_cancel(root);
  task_group g(parent);
  EXPECT_TRUE(g.spawn([] {}));
  while (!std::as_const(g).get().cancelled()) {
    parent.cancel();
  }
  // The only task may or may not have begun before; spawn() after the end is refused and told.
  EXPECT_FALSE(g.spawn([] {}));
  EXPECT_TRUE(std::move(g).wait().error() == errc::canceled);
}

TEST(TaskGroup, TheDestructorCancelsAndWaits) {
  std::atomic<bool> ended{false};
  {
    task_group g(root);
    g.spawn([&](const context& c) {
      c.wait();
      std::this_thread::sleep_for(2ms);
      ended = true;
    });
  }
  // It either ran to its end, or was never started.
  EXPECT_EQ(leak_check().report(), "");
}

TEST(TaskGroup, KeepsItsLimit) {
  std::atomic<int> now{0}, most{0}, all{0};
  task_group g(root, {.limit = 3});
  for (int i = 0; i < 60; ++i)
    g.spawn([&](const context& c) {
      int n = ++now;
      int m = most;
      while (n > m && !most.compare_exchange_weak(m, n)) {}
      (void)sleep_for(c, 100us);
      --now;
      ++all;
    });
  EXPECT_TRUE(std::move(g).wait());
  EXPECT_LE(most, 3);
  EXPECT_EQ(all, 60);
}

TEST(TaskGroup, TrySpawnDoesNotWait) {
  auto [p, f] = make_promise<void>();
  task_group g(root, {.limit = 1});
  EXPECT_TRUE(g.try_spawn([f](const context& c) { return f.await(c); }));
  EXPECT_FALSE(g.try_spawn([] {}));
  EXPECT_TRUE(p.set_value());
  EXPECT_TRUE(std::move(g).wait());
}

// The trap of errgroup: a spawn that waits for a slot of a group that has failed.
TEST(TaskGroup, ASpawnThatWaitsGivesUpWithTheGroup) {
  task_group g(root, {.limit = 1});
  std::atomic<bool> waiting{false};
  g.spawn([&](const context&) -> result<void> {
    while (!waiting) std::this_thread::yield();
    std::this_thread::sleep_for(1ms);
    return errc::overflow;
  });
  std::atomic<int> started{0};
  waiting = true;
  while (g.spawn([&](const context& c) { ++started; c.wait(); })) {}
  EXPECT_LE(started, 1);
  EXPECT_TRUE(std::move(g).wait().error() == errc::overflow); // not the echo of the refused spawn
}

TEST(TaskGroup, WaitAllTellsEveryError) {
  task_group g(root, {.cancel_on_error = false});
  for (int i = 0; i < 10; ++i)
    g.spawn([i]() -> result<void> {
      if (i % 2) return errc::overflow;
      return {};
    });
  EXPECT_EQ(std::move(g).wait_all().size(), 5U);
}

TEST(TaskGroup, TasksMaySpawnIntoTheirGroup) {
  std::atomic<int> leaves{0};
  task_group g(root);
  struct tree {
    static void grow(task_group& g, std::atomic<int>& leaves, int depth) {
      if (depth == 0) {
        ++leaves;
        return;
      }
      for (int i = 0; i < 2; ++i) g.spawn([&g, &leaves, depth] { grow(g, leaves, depth - 1); });
    }
  };
  tree::grow(g, leaves, 6);
  EXPECT_TRUE(std::move(g).wait());
  EXPECT_EQ(leaves, 64);
}

TEST(TaskGroup, TellsOfAnExecutorThatDropsItsTasks) {
  elastic_executor pool({.parallelism = 1});
  pool.shutdown();
  task_group g(root, {.on = &pool});
  EXPECT_TRUE(g.spawn([c = counted(1)] {}));
  EXPECT_EQ(counted::alive, 0);
  EXPECT_TRUE(std::move(g).wait().error() == errc::not_started);
}

TEST(TaskGroup, DestroysCallablesBeforeTheWaitReturns) {
  for (int r = rounds(100); r > 0; --r) {
    task_group g(root);
    for (int i = 0; i < 5; ++i) g.spawn([c = counted(1)] {});
    EXPECT_TRUE(std::move(g).wait());
    ASSERT_EQ(counted::alive, 0);
  }
}

TEST(ForEach, CallsForEachElement) {
  std::array<int, 50> a{};
  std::iota(a.begin(), a.end(), 0);
  EXPECT_TRUE(for_each(root, {.limit = 4}, a, [](int& n) { n *= 2; }));
  EXPECT_EQ(std::accumulate(a.begin(), a.end(), 0), 49 * 50);
  auto bad = for_each(root, {.limit = 4}, a, [](const context&, int& n) -> result<void> {
    if (n == 20) return errc::overflow;
    return {};
  });
  EXPECT_TRUE(bad.error() == errc::overflow);
}

TEST(TaskGroup, StressSpawnAgainstCancelErrorAndDestruction) {
  unsigned seed = 11;
  for (int r = rounds(600); r > 0; --r) {
    auto scope = std::make_unique<cancel_scope>(with_cancel(root));
    std::atomic<int> running{0};
    threads t;
    {
      task_group g(*scope, {.limit = r % 2 ? 2U : no_limit});
      t.add([&scope, s = seed]() mutable {
        jitter(s);
        scope->cancel();
      });
      for (int i = 0; i < 8; ++i)
        g.spawn([&running, i, r, s = seed + static_cast<unsigned>(i)](const context& c) mutable -> result<void> {
          ++running;
          jitter(s);
          result<void> out;
          if (i == r % 11) out = errc::overflow;
          if (i % 3 == 0) out = sleep_for(c, 20us);
          --running;
          return out;
        });
      if (r % 3) {
        result<void> w = std::move(g).wait();
        EXPECT_TRUE(w || w.error() == errc::overflow || w.error() == errc::canceled) << w.error().what();
      }
    }
    ASSERT_EQ(running, 0);
    t.join();
    jitter(seed);
  }
  EXPECT_EQ(leak_check().report(), "");
}

} // namespace
} // namespace heddle
