// The pieces that everything else stands on, and the rules of detail/wait.h.
#include "testing.h"

#include <atomic>

namespace heddle::detail {
namespace {

TEST(ShortLock, ExcludesOthers) {
  short_lock lock;
  long count = 0;
  const int n = rounds(20000);
  {
    threads t;
    for (int i = 0; i < 4; ++i)
      t.add([&] {
        for (int k = 0; k < n; ++k) {
          hold h(lock);
          ++count;
        }
      });
  }
  EXPECT_EQ(count, 4L * n);
}

TEST(Parker, KeepsOneToken) {
  parker& p = this_thread_parker();
  p.unpark();
  p.unpark();
  p.park(); // does not sleep
}

TEST(Parker, WakesItsThread) {
  const int n = rounds(4000);
  std::atomic<parker*> there{nullptr};
  std::atomic<int> turn{0};
  std::thread sleeper([&] {
    there = &this_thread_parker();
    for (int i = 1; i <= n; ++i)
      while (turn.load() < i) this_thread_parker().park();
  });
  while (!there.load()) std::this_thread::yield();
  for (int i = 1; i <= n; ++i) {
    turn = i;
    there.load()->unpark();
  }
  sleeper.join();
}

TEST(Parker, IsUsedAgain) {
  parker* first = nullptr;
  std::thread([&] { first = &this_thread_parker(); }).join();
  bool again = false;
  std::thread([&] { again = first == &this_thread_parker(); }).join();
  EXPECT_TRUE(again);
}

TEST(Waiter, IsClaimedOnce) {
  for (int r = rounds(300); r > 0; --r) {
    waiter w;
    std::atomic<int> winners{0};
    {
      threads t;
      for (int i = 0; i < 3; ++i)
        t.add([&, i] { winners += w.claim(i); });
    }
    ASSERT_EQ(winners, 1);
    ASSERT_GE(w.claimed.load(), 0);
  }
}

TEST(WaitList, KeepsTheOrderAndForgetsTheRemoved) {
  wait_list list;
  waiter w[4];
  wait_node n[4];
  for (int i = 0; i < 4; ++i) {
    n[i].who = &w[i];
    list.push(n[i]);
  }
  list.remove(n[1]);
  EXPECT_FALSE(n[1].linked);
  ASSERT_TRUE(w[0].claim(7)); // claimed by another source: passed over
  EXPECT_EQ(list.claim_first(), &n[2]);
  EXPECT_EQ(list.claim_first(), &n[3]);
  EXPECT_EQ(list.claim_first(), nullptr);
  EXPECT_TRUE(list.empty());
}

/// A source with a state, as small as can be.
struct flag {
  short_lock lock;
  wait_list waiters;
  bool set = false;
  void raise() {
    lock.lock();
    set = true;
    fire_all(lock, waiters);
  }
};
struct flag_case final : wait_case {
  explicit flag_case(flag& f) : f_(f) {}
  short_lock& source_lock() noexcept override { return f_.lock; }
  bool take(parker*&) noexcept override { return f_.set; }
  wait_list& list() noexcept override { return f_.waiters; }
  flag& f_;
};

TEST(WaitAny, PrefersWhatIsReadyToACancellation) {
  cancel_scope scope = with_cancel(root);
  scope.cancel();
  flag f, g;
  g.set = true;
  flag_case a(f), b(g);
  wait_case* cases[] = {&a, &b};
  EXPECT_EQ(wait_any(cases, 2, scope), 1U);
  g.set = false;
  EXPECT_EQ(wait_any(cases, 2, scope), npos);
  EXPECT_EQ(try_any(cases, 2), npos);
}

TEST(WaitAny, LeavesNoNodeBehind) {
  flag f, g;
  {
    flag_case a(f), b(g);
    wait_case* cases[] = {&a, &b};
    cancel_scope scope = with_timeout(root, 1ms);
    EXPECT_EQ(wait_any(cases, 2, scope), npos);
  }
  EXPECT_TRUE(f.waiters.empty());
  EXPECT_TRUE(g.waiters.empty());
}

TEST(WaitAny, TakesEachOfManyReadyCasesSometimes) {
  flag f[20];
  std::vector<flag_case> cases;
  cases.reserve(20);
  std::vector<wait_case*> all;
  for (flag& x : f) {
    x.set = true;
    all.push_back(&cases.emplace_back(x));
  }
  std::vector<int> taken(20);
  for (int i = 0; i < 4000; ++i) ++taken[wait_any(all.data(), all.size(), root)];
  for (int n : taken) EXPECT_GT(n, 50);
}

TEST(WaitAny, WakesMoreThanABatch) {
  flag f;
  std::atomic<int> woken{0};
  threads t;
  for (int i = 0; i < 2 * fire_batch + 3; ++i)
    t.add([&] {
      flag_case a(f);
      wait_case* cases[] = {&a};
      if (wait_any(cases, 1, root) == 0) ++woken;
    });
  std::this_thread::sleep_for(5ms);
  f.raise();
  t.join();
  EXPECT_EQ(woken, 2 * fire_batch + 3);
}

// A source fires, the context ends, and the waiter and the source go away, all at once.
TEST(WaitAny, StressFireAgainstCancelAndDestruction) {
  unsigned seed = 1;
  int fired = 0, cancelled = 0;
  for (int r = rounds(3000); r > 0; --r) {
    auto f = std::make_unique<flag>();
    auto g = std::make_unique<flag>();
    cancel_scope scope = with_cancel(root);
    std::atomic<int> go{0};
    std::thread raiser([&, s = seed]() mutable {
      ++go;
      while (go < 3) std::this_thread::yield();
      jitter(s);
      f->raise();
    });
    std::thread canceller([&, s = seed * 3]() mutable {
      ++go;
      while (go < 3) std::this_thread::yield();
      jitter(s);
      scope.cancel();
    });
    while (go < 2) std::this_thread::yield();
    ++go;
    jitter(seed);
    flag_case a(*g), b(*f);
    wait_case* cases[] = {&a, &b};
    std::size_t got = wait_any(cases, 2, scope);
    EXPECT_NE(got, 0U);
    ++(got == 1 ? fired : cancelled);
    g.reset(); // nobody touches it any more
    raiser.join();
    canceller.join();
  }
  EXPECT_GT(fired, 0);
  EXPECT_GT(cancelled, 0);
}

} // namespace
} // namespace heddle::detail
