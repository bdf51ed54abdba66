#include "testing.h"

#include <atomic>
#include <memory>

namespace heddle {
namespace {

TEST(Future, IsWrittenOnceAndReadOften) {
  auto [p, f] = make_promise<std::string>();
  EXPECT_FALSE(f.ready());
  EXPECT_EQ(f.try_get(), nullptr);
  EXPECT_TRUE(p.set_value(3U, 'x'));
  EXPECT_FALSE(p.set_value("again"));
  EXPECT_FALSE(p.set_error(errc::closed));
  EXPECT_FALSE(p.set(result<std::string>("again")));
  future<std::string> g = f;
  EXPECT_TRUE(f.ready());
  EXPECT_EQ(f.await(root).value(), "xxx");
  EXPECT_EQ(g.await(root).value(), "xxx");
  EXPECT_EQ(f.try_get(), g.try_get()); // one value, not copies
}

TEST(Future, TellsOfAnAbandonedPromise) {
  auto [p, f] = make_promise<int>();
  { promise<int> dies = std::move(p); }
  EXPECT_TRUE(f.await(root).error() == errc::abandoned_promise);
}

TEST(Future, CarriesExceptions) {
  auto [p, f] = make_promise<int>();
  EXPECT_TRUE(p.set_with([]() -> int { throw std::runtime_error("torn"); }));
  EXPECT_THROW((void)f.await(root).value(), std::runtime_error);
  struct picky {
    explicit picky(int) { throw std::logic_error("picky"); }
  };
  auto [q, g] = make_promise<picky>();
  EXPECT_TRUE(q.set_value(1));
  EXPECT_EQ(g.await(root).error().what(), "picky");
}

TEST(Future, OfVoidAndOfResults) {
  auto [p, f] = make_promise<void>();
  EXPECT_TRUE(p.set_value());
  EXPECT_TRUE(f.await(root));
  auto [q, g] = make_promise<int>();
  EXPECT_TRUE(q.set_with([]() -> result<int> { return errc::full; }));
  EXPECT_TRUE(g.await(root).error() == errc::full);
}

TEST(Future, OfAMoveOnlyTypeIsUnique) {
  auto [p, f] = make_promise<std::unique_ptr<int>>();
  static_assert(!std::is_copy_constructible_v<decltype(f)>);
  EXPECT_TRUE(p.set_value(std::make_unique<int>(4)));
  result<std::unique_ptr<int>> r = std::move(f).await(root);
  EXPECT_EQ(**r, 4);
}

TEST(Future, IsMovedOutByTheLastAndCopiedByOthers) {
  auto [p, f] = make_promise<std::string>();
  EXPECT_TRUE(p.set_value(100U, 'x'));
  future<std::string> g = f;
  EXPECT_EQ(std::move(f).await(root)->size(), 100U);
  EXPECT_EQ(g.await(root)->size(), 100U); // f copied, for g was there
  { future<std::string> gone = std::move(f); }
  EXPECT_EQ(std::move(g).await(root)->size(), 100U);
}

TEST(Future, AwaitGivesUpWithItsContext) {
  auto [p, f] = make_promise<int>();
  cancel_scope s = with_cancel(root);
  s.cancel(errc::overflow);
  EXPECT_TRUE(f.await(s).error() == errc::canceled);
  cancel_scope late = with_timeout(root, 1ms);
  EXPECT_TRUE(f.await(late).error() == errc::deadline_exceeded);
  EXPECT_TRUE(p.set_value(1));
  EXPECT_EQ(f.await(s).value(), 1); // ready beats cancelled
}

TEST(Future, KnowsWhetherItIsWanted) {
  auto [p, f] = make_promise<int>();
  EXPECT_TRUE(p.wanted());
  { future<int> gone = std::move(f); }
  EXPECT_FALSE(f.valid());
  EXPECT_FALSE(p.wanted());
  EXPECT_TRUE(p.set_value(1));
}

TEST(Future, DestroysItsValue) {
  {
    auto [p, f] = make_promise<counted>();
    EXPECT_TRUE(p.set_value(1));
    EXPECT_GE(counted::alive, 1);
  }
  EXPECT_EQ(counted::alive, 0);
}

TEST(Future, ContinuationsRunOnTheirExecutor) {
  auto [p, f] = make_promise<int>();
  std::thread::id here = std::this_thread::get_id();
  auto [done, all_done] = make_promise<int>();
  f.then(executor::default_pool(), [&, d = std::move(done)](const result<int>& r) mutable {
    EXPECT_NE(std::this_thread::get_id(), here);
    (void)d.set_value(*r + 1);
  });
  EXPECT_TRUE(p.set_value(1));
  EXPECT_EQ(all_done.await(root).value(), 2);
  // Of one that is ready, too.
  auto [done2, all_done2] = make_promise<void>();
  f.then(executor::default_pool(), [&, d = std::move(done2)](const result<int>&) mutable {
    EXPECT_NE(std::this_thread::get_id(), here);
    (void)d.set_value();
  });
  EXPECT_TRUE(all_done2.await(root));
}

TEST(Future, ContinuationOfAMoveOnlyValueConsumesIt) {
  auto [p, f] = make_promise<std::unique_ptr<int>>();
  auto [done, out] = make_promise<int>();
  std::move(f).then(executor::default_pool(), [d = std::move(done)](result<std::unique_ptr<int>>&& r) mutable {
    std::unique_ptr<int> mine = std::move(*r);
    (void)d.set_value(*mine);
  });
  EXPECT_FALSE(f.valid());
  EXPECT_TRUE(p.wanted()); // the continuation wants it
  EXPECT_TRUE(p.set_value(std::make_unique<int>(6)));
  EXPECT_EQ(out.await(root).value(), 6);
}

TEST(Future, StressManySettersAndReaders) {
  for (int r = rounds(800); r > 0; --r) {
    auto pair = make_promise<int>();
    std::atomic<int> winners{0};
    threads t;
    for (int i = 1; i <= 2; ++i)
      t.add([&pair, &winners, i] { winners += pair.promise.set_value(i); });
    for (int i = 0; i < 2; ++i)
      t.add([f = pair.future] {
        int v = f.await(root).value();
        EXPECT_TRUE(v == 1 || v == 2);
      });
    t.join();
    ASSERT_EQ(winners, 1);
  }
}

TEST(Future, StressSetAgainstCancelAndDestruction) {
  unsigned seed = 5;
  for (int r = rounds(1500); r > 0; --r) {
    auto [p, f] = make_promise<counted>();
    auto scope = std::make_unique<cancel_scope>(with_cancel(root));
    threads t;
    t.add([p = std::move(p), s = seed]() mutable {
      jitter(s);
      if (s & 1U) (void)p.set_value(1);
    }); // NOLINT(heddle-unfulfilled-promise): what a dropped promise tells is tested
    t.add([f, ctx = scope->get()] {
      const result<counted>& got = f.await(ctx);
      EXPECT_TRUE(got || got.error() == errc::canceled || got.error() == errc::abandoned_promise);
    });
    { future<counted> gone = std::move(f); }
    jitter(seed);
    scope.reset();
  }
  EXPECT_EQ(counted::alive, 0);
}

TEST(Go, GivesTheResultOfItsTask) {
  EXPECT_EQ(go(root, [] { return 42; }).await(root).value(), 42);
  EXPECT_TRUE(go(root, [](const context& c) { EXPECT_FALSE(c.cancelled()); }).await(root));
  EXPECT_TRUE(go(root, []() -> result<int> { return errc::full; }).await(root).error() == errc::full);
  auto torn = go(root, []() -> int { throw std::runtime_error("torn"); });
  EXPECT_EQ(torn.await(root).error().what(), "torn");
}

TEST(Go, RunsOnTheExecutorThatIsNamed) {
  elastic_executor pool({.parallelism = 1});
  auto id = [] { return std::this_thread::get_id(); };
  auto a = go(root, id, {.on = &pool}).await(root).value();
  auto b = go(root, id, {.on = &pool}).await(root).value();
  EXPECT_EQ(a, b);
  EXPECT_NE(a, std::this_thread::get_id());
}

TEST(Go, CancelsATaskThatNobodyWaitsFor) {
  auto [p, told] = make_promise<std::vector<error>>();
  auto [q, started] = make_promise<void>();
  {
    auto f = go(root, [p = std::move(p), q = std::move(q)](const context& c) mutable {
      (void)q.set_value();
      c.wait();
      (void)p.set_value(c.causes());
    });
    EXPECT_TRUE(started.await(root));
    EXPECT_FALSE(f.ready());
  }
  EXPECT_TRUE(told.await(root)->at(0) == errc::unwanted);
}

TEST(Go, EndsWithItsParent) {
  cancel_scope s = with_cancel(root);
  auto f = go(s, [](const context& c) -> result<int> {
    c.wait();
    return *c.err();
  });
  s.cancel();
  EXPECT_TRUE(f.await(root).error() == errc::canceled);
  bool called = false;
  auto g = go(s, [&] { called = true; });
  EXPECT_TRUE(g.await(root).error() == errc::canceled);
  EXPECT_FALSE(called); // it had ended before it began
}

TEST(Go, EndsWhatItsTaskLeftBehind) {
  context inner = root;
  auto f = go(root, [&](const context& c) { inner = c; });
  EXPECT_TRUE(f.await(root));
  EXPECT_TRUE(inner.cancelled());
}

TEST(Go, DestroysTheCallableBeforeItIsReady) {
  for (int r = rounds(200); r > 0; --r) {
    auto f = go(root, [c = counted(1)] { return c.value; });
    EXPECT_EQ(f.await(root).value(), 1);
    ASSERT_EQ(counted::alive, 0);
  }
}

TEST(Go, StressDropAgainstCompletion) {
  unsigned seed = 3;
  for (int r = rounds(2000); r > 0; --r) {
    cancel_scope s = with_cancel(root);
    auto f = go(s, [seed](const context& c) mutable -> result<counted> {
      jitter(seed);
      if (c.cancelled()) return *c.err();
      return counted(1);
    });
    jitter(seed);
    if (r % 3 == 0) s.cancel();
    if (r % 2) {
      future<counted> gone = std::move(f);
    } else {
      (void)f.await(s);
    }
  }
  EXPECT_EQ(leak_check().report(), "");
  EXPECT_EQ(counted::alive, 0);
}

} // namespace
} // namespace heddle
