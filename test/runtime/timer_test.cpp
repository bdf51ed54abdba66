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

} // namespace
} // namespace heddle
