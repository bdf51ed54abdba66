#include "testing.h"

#include <atomic>

namespace heddle {
namespace {

TEST(SleepFor, LastsItsTime) {
  auto before = clock::now();
  EXPECT_TRUE(sleep_for(root, 3ms));
  EXPECT_GE(clock::now() - before, 3ms);
  EXPECT_TRUE(sleep_for(root, -1s));
  EXPECT_TRUE(sleep_until(root, before));
}

TEST(SleepFor, IsCutShort) {
  cancel_scope s = with_timeout(root, 1ms);
  auto before = clock::now();
  EXPECT_TRUE(sleep_for(s, duration::max()).error() == errc::deadline_exceeded);
  EXPECT_LT(clock::now() - before, long_enough);
  EXPECT_EQ(detail::armed_timers(), 0U);
}

TEST(Timer, FiresOnceUntilItIsReset) {
  timer t(1ms);
  EXPECT_TRUE(t.wait(root));
  EXPECT_TRUE(t.fired());
  EXPECT_TRUE(t.wait(root)); // stays fired: there is nothing to drain
  t.reset(1h);
  EXPECT_FALSE(t.fired());
  cancel_scope s = with_timeout(root, 1ms);
  EXPECT_FALSE(t.wait(s));
  t.reset(1ms);
  EXPECT_TRUE(t.wait(root));
}

TEST(Timer, IsSilentAfterStop) {
  timer t(1h);
  EXPECT_TRUE(t.stop());
  EXPECT_FALSE(t.stop());
  EXPECT_EQ(detail::armed_timers(), 0U);
  for (int r = rounds(300); r > 0; --r) {
    t.reset(std::chrono::microseconds(r % 100));
    if (r % 2) std::this_thread::yield();
    t.stop();
    ASSERT_FALSE(t.fired());
  }
}

TEST(Timer, IsStoppedByItsDestructor) {
  for (int i = 0; i < 100; ++i) {
    timer t(1h);
    ticker every(1h);
    EXPECT_EQ(detail::armed_timers(), 2U); // none is left of the turn before
  }
  EXPECT_EQ(detail::armed_timers(), 0U);
}

TEST(Timer, AnEarlierOneWakesTheThread) {
  timer late(1h);
  EXPECT_TRUE(sleep_for(root, 1ms));
  timer soon(2ms);
  EXPECT_TRUE(soon.wait(root));
  EXPECT_FALSE(late.fired());
}

TEST(Timer, ManyFireInOrder) {
  std::vector<std::unique_ptr<timer>> all;
  auto now = clock::now();
  unsigned seed = 9;
  for (int i = 0; i < 500; ++i) {
    seed = seed * 1664525U + 1013904223U;
    all.push_back(std::make_unique<timer>());
    all.back()->reset_at(now + std::chrono::microseconds(seed >> 20));
  }
  for (int i = 0; i < 500; i += 3) all[static_cast<std::size_t>(i)]->stop();
  for (int i = 0; i < 500; ++i) {
    auto& t = *all[static_cast<std::size_t>(i)];
    if (i % 3 == 0)
      EXPECT_FALSE(t.fired());
    else
      EXPECT_TRUE(t.wait(root));
  }
  EXPECT_EQ(detail::armed_timers(), 0U);
}

TEST(Ticker, CountsTicksThatNobodySaw) {
  ticker t(500us);
  EXPECT_GE(t.wait(root).value(), 1U);
  std::this_thread::sleep_for(5ms);
  EXPECT_GE(t.wait(root).value(), 5U);
  cancel_scope s = with_cancel(root);
  s.cancel();
  ticker slow(1h);
  EXPECT_TRUE(slow.wait(s).error() == errc::canceled);
}

TEST(Ticker, LosesNoTick) {
  auto before = clock::now();
  std::uint64_t ticks = 0;
  {
    ticker t(200us);
    cancel_scope s = with_timeout(root, 30ms);
    while (auto n = t.wait(s)) ticks += *n;
  }
  auto passed = static_cast<std::uint64_t>((clock::now() - before) / 200us);
  EXPECT_LE(ticks, passed);
  EXPECT_GE(ticks, 100U);
}

TEST(Timer, StressResetStopAndWait) {
  timer t;
  std::atomic<bool> end{false};
  threads all;
  for (unsigned i = 0; i < 2; ++i)
    all.add([&, s = i]() mutable {
      while (!end) {
        jitter(s);
        if (s >> 31)
          t.reset(std::chrono::microseconds(s >> 26));
        else
          t.stop();
      }
    });
  for (int r = rounds(500); r > 0; --r) {
    cancel_scope s = with_timeout(root, 100us);
    (void)t.wait(s);
  }
  end = true;
}

TEST(Timer, StressSleepAgainstCancel) {
  unsigned seed = 1;
  for (int r = rounds(800); r > 0; --r) {
    cancel_scope s = with_cancel(root);
    std::thread t([&, x = seed]() mutable {
      jitter(x);
      s.cancel();
    });
    auto got = sleep_for(s, std::chrono::microseconds(seed >> 26));
    EXPECT_TRUE(got || got.error() == errc::canceled);
    t.join();
    jitter(seed);
  }
  EXPECT_EQ(detail::armed_timers(), 0U);
}

TEST(TimedCall, IsMadeOnceAndNotOnTheTimerThread) {
  std::atomic<int> calls{0};
  std::atomic<std::thread::id> by{};
  elastic_executor pool({.parallelism = 1});
  timed_call c(1ms, [&] {
    by = std::this_thread::get_id();
    ++calls;
  }, pool);
  auto until = clock::now() + long_enough;
  while (calls == 0 && clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(c.stop());
  auto of_pool = go(root, [] { return std::this_thread::get_id(); }, {.on = &pool});
  EXPECT_EQ(of_pool.await(root).value(), by.load());
}

TEST(TimedCall, IsNotMadeAfterStop) {
  std::atomic<int> calls{0};
  auto held = std::make_shared<int>();
  timed_call c(1h, [&calls, held] { ++calls; });
  EXPECT_EQ(held.use_count(), 2);
  EXPECT_TRUE(c.stop());
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_TRUE(c.stop());
  EXPECT_EQ(detail::armed_timers(), 0U);
  { timed_call dropped(1h, [&calls] { ++calls; }); }
  EXPECT_EQ(detail::armed_timers(), 0U);
  EXPECT_EQ(calls, 0);
}

TEST(TimedCall, TheDestructorWaitsForTheCall) {
  std::atomic<bool> begun{false}, over{false};
  {
    timed_call c(0ms, [&] {
      begun = true;
      std::this_thread::sleep_for(2ms);
      over = true;
    });
    while (!begun) std::this_thread::yield();
  }
  EXPECT_TRUE(over);
}

TEST(TimedCall, MayDestroyItself) {
  std::unique_ptr<timed_call> c;
  std::atomic<bool> made{false}, over{false};
  c = std::make_unique<timed_call>(0ms, [&] {
    while (!made) std::this_thread::yield();
    c.reset();
    over = true;
  });
  made = true;
  auto until = clock::now() + long_enough;
  while (!over && clock::now() < until) std::this_thread::yield();
  EXPECT_TRUE(over);
}

TEST(TimedCall, IsNotMadeByAnExecutorThatDropsIt) {
  std::atomic<int> calls{0};
  elastic_executor pool({.parallelism = 1});
  pool.shutdown();
  timed_call c(0ms, [&] { ++calls; }, pool);
  auto until = clock::now() + long_enough;
  while (detail::armed_timers() != 0 && clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(calls, 0);
}

TEST(TimedCall, StressStopAndDestructionAgainstExpiry) {
  unsigned seed = 3;
  for (int r = rounds(2000); r > 0; --r) {
    int calls = 0; // no atomic: the call happens before the destructor's return
    bool stopped = false;
    {
      elastic_executor pool({.parallelism = 1});
      {
        timed_call c(std::chrono::microseconds(seed >> 27), [&] { ++calls; }, pool);
        jitter(seed);
        if (r % 2 == 0) stopped = c.stop();
      }
    }
    ASSERT_LE(calls, stopped ? 0 : 1);
  }
  EXPECT_EQ(detail::armed_timers(), 0U);
  EXPECT_EQ(leak_check().report(), "");
}

} // namespace
} // namespace heddle
