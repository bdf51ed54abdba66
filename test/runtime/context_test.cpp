#include "testing.h"

#include <atomic>

namespace heddle {
namespace {

TEST(Context, RootNeverEnds) {
  EXPECT_FALSE(root.cancelled());
  EXPECT_FALSE(root.can_end());
  EXPECT_FALSE(root.err());
  EXPECT_FALSE(root.cause());
  EXPECT_FALSE(root.deadline());
  EXPECT_TRUE(root.causes().empty());
  EXPECT_TRUE(root.check());
}

TEST(CancelScope, EndsItsContextOnce) {
  cancel_scope s = with_cancel(root);
  EXPECT_FALSE(s.get().cancelled());
  EXPECT_TRUE(s.get().can_end());
  EXPECT_TRUE(s.cancel());
  EXPECT_FALSE(s.cancel());
  EXPECT_TRUE(s.get().cancelled());
  EXPECT_TRUE(*s.get().err() == errc::canceled);
  EXPECT_TRUE(s.get().check().error() == errc::canceled);
}

TEST(CancelScope, EndsInItsDestructor) {
  context ctx = root;
  {
    cancel_scope s = with_cancel(root);
    ctx = s.get();
    EXPECT_FALSE(ctx.cancelled());
  }
  EXPECT_TRUE(ctx.cancelled());
  EXPECT_TRUE(*ctx.cause() == errc::canceled);
}

TEST(CancelScope, MovesItsRight) {
  context ctx = root;
  {
    cancel_scope a = with_cancel(root);
    ctx = a.get();
    cancel_scope b = std::move(a);
    EXPECT_FALSE(ctx.cancelled());
    cancel_scope c = with_cancel(root);
    context old = c;
    c = std::move(b);
    EXPECT_TRUE(old.cancelled()); // what an assignment replaces is ended
    EXPECT_FALSE(ctx.cancelled());
  }
  EXPECT_TRUE(ctx.cancelled());
}

TEST(CancelScope, KeepsEveryCause) {
  cancel_scope s = with_cancel(root);
  EXPECT_TRUE(s.cancel(std::make_error_code(std::errc::io_error)));
  EXPECT_FALSE(s.cancel(error(std::make_exception_ptr(std::runtime_error("second")))));
  for (int i = 0; i < 20; ++i) s.cancel();
  const context& ctx = s;
  EXPECT_TRUE(*ctx.err() == errc::canceled);
  EXPECT_EQ(ctx.cause()->code(), std::errc::io_error);
  std::vector<error> causes = ctx.causes();
  ASSERT_EQ(causes.size(), 8U);
  EXPECT_EQ(causes[0].code(), std::errc::io_error);
  EXPECT_EQ(causes[1].what(), "second");
  EXPECT_EQ(ctx.cause_count(), 22U);
}

TEST(Context, AParentEndsItsChildren) {
  cancel_scope parent = with_cancel(root);
  cancel_scope child = with_cancel(parent);
  cancel_scope grandchild = with_timeout(child, 1h);
  cancel_scope other = with_cancel(root);
  EXPECT_TRUE(parent.cancel(std::make_error_code(std::errc::io_error)));
  for (const context* c : {&child.get(), &grandchild.get()}) {
    EXPECT_TRUE(c->cancelled());
    EXPECT_TRUE(*c->err() == errc::canceled);
    EXPECT_EQ(c->cause()->code(), std::errc::io_error);
  }
  EXPECT_FALSE(other.get().cancelled());
  EXPECT_FALSE(child.cancel(errc::closed)); // added after the parent's
  EXPECT_EQ(child.get().causes().size(), 2U);
  EXPECT_TRUE(child.get().causes()[1] == errc::closed);
}

TEST(Context, AChildDoesNotEndItsParent) {
  cancel_scope parent = with_cancel(root);
  {
    cancel_scope child = with_cancel(parent);
    child.cancel();
  }
  EXPECT_FALSE(parent.get().cancelled());
}

TEST(Context, AChildOfAnEndedContextIsBornEnded) {
  cancel_scope parent = with_cancel(root);
  parent.cancel(errc::overflow);
  cancel_scope child = with_timeout(parent, 1h);
  EXPECT_TRUE(child.get().cancelled());
  EXPECT_TRUE(*child.get().cause() == errc::overflow);
  EXPECT_EQ(detail::armed_timers(), 0U);
}

TEST(Context, AnEndedChildIsUnregistered) {
  cancel_scope parent = with_cancel(root);
  detail::cancel_node* node = context_access::canceller(parent.get());
  for (int i = 0; i < 100; ++i) {
    cancel_scope child = with_timeout(parent, 1h);
    EXPECT_NE(node->children, nullptr);
  }
  EXPECT_EQ(node->children, nullptr);
  EXPECT_EQ(detail::armed_timers(), 0U);
}

TEST(Context, DeepAndWideTreesEndWithoutRecursion) {
  cancel_scope top = with_cancel(root);
  std::vector<cancel_scope> chain;
  chain.push_back(with_cancel(top));
  for (int i = 0; i < 20000; ++i) chain.push_back(with_cancel(chain.back()));
  context last = chain.back();
  top.cancel();
  EXPECT_TRUE(last.cancelled());
  EXPECT_TRUE(last.cause().has_value());
  while (!chain.empty()) chain.erase(chain.begin() + static_cast<std::ptrdiff_t>(chain.size()) - 1);
  // Now the last context alone keeps the whole chain.
  last = root;
}

TEST(Context, EndsAtItsDeadline) {
  auto before = clock::now();
  cancel_scope s = with_timeout(root, 10ms);
  ASSERT_TRUE(s.get().deadline());
  s.get().wait();
  EXPECT_GE(clock::now() - before, 10ms);
  EXPECT_TRUE(*s.get().err() == errc::deadline_exceeded);
  EXPECT_TRUE(*s.get().cause() == errc::deadline_exceeded);
}

TEST(Context, TheEarlierDeadlineCounts) {
  cancel_scope parent = with_timeout(root, 1h);
  cancel_scope later = with_timeout(parent, 2h);
  EXPECT_EQ(later.get().deadline(), parent.get().deadline());
  EXPECT_EQ(detail::armed_timers(), 1U);
  cancel_scope earlier = with_timeout(parent, 1min);
  EXPECT_LT(*earlier.get().deadline(), *parent.get().deadline());
  cancel_scope past = with_deadline(parent, clock::now() - 1s);
  EXPECT_TRUE(*past.get().err() == errc::deadline_exceeded);
  cancel_scope never = with_timeout(root, duration::max());
  EXPECT_FALSE(never.get().deadline());
}

TEST(Context, WithoutCancelKeepsValuesAndHasABound) {
  struct user {
    using type = std::string;
  };
  cancel_scope parent = with_cancel(root);
  context named = with_value<user>(parent, "penelope");
  cancel_scope shutdown = without_cancel(named, 5ms);
  parent.cancel();
  EXPECT_FALSE(shutdown.get().cancelled());
  EXPECT_EQ(*shutdown.get().value<user>(), "penelope");
  shutdown.get().wait();
  EXPECT_TRUE(*shutdown.get().err() == errc::deadline_exceeded);
}

TEST(Context, FindsTheNearestValue) {
  struct id {
    using type = int;
  };
  struct other {
    using type = int;
  };
  context a = with_value<id>(root, 1);
  cancel_scope scope = with_cancel(a);
  context b = with_value<id>(scope, 2);
  EXPECT_EQ(*a.value<id>(), 1);
  EXPECT_EQ(*scope.get().value<id>(), 1);
  EXPECT_EQ(*b.value<id>(), 2);
  EXPECT_EQ(b.value<other>(), nullptr);
  EXPECT_EQ(root.value<id>(), nullptr);
  scope.cancel();
  EXPECT_TRUE(b.cancelled());
}

#if HEDDLE_HAS_STOP_TOKEN
TEST(StopToken, IsStoppedWithTheContext) {
  cancel_scope s = with_cancel(root);
  std::stop_token t = s.get();
  std::stop_token again = s.get();
  EXPECT_EQ(t, again);
  bool called = false;
  std::stop_callback callback(t, [&] { called = true; });
  EXPECT_FALSE(t.stop_requested());
  s.cancel();
  EXPECT_TRUE(t.stop_requested());
  EXPECT_TRUE(called);
  struct key {
    using type = int;
  };
  std::stop_token late = with_value<key>(s, 1);
  EXPECT_TRUE(late.stop_requested());
}

TEST(StopToken, OfRootIsNeverStopped) {
  std::stop_token t = root;
  EXPECT_FALSE(t.stop_possible());
}

TEST(StopToken, RunsItsCallbacksOnTheExecutorAfterADeadline) {
  std::atomic<bool> called{false};
  std::thread::id by;
  cancel_scope s = with_timeout(root, 5ms);
  std::stop_callback callback(std::stop_token(s.get()), [&] {
    by = std::this_thread::get_id();
    called = true;
    called.notify_all();
  });
  called.wait(false);
  EXPECT_NE(by, std::this_thread::get_id());
}

TEST(StopToken, EndsAContext) {
  std::stop_source source;
  cancel_scope s = with_cancel(root, source.get_token());
  cancel_scope moved = std::move(s);
  EXPECT_FALSE(moved.get().cancelled());
  source.request_stop();
  EXPECT_TRUE(moved.get().cancelled());
  cancel_scope born = with_cancel(root, source.get_token());
  EXPECT_TRUE(born.get().cancelled());
  {
    std::stop_source other;
    cancel_scope gone = with_cancel(root, other.get_token());
    { cancel_scope dies = std::move(gone); }
    other.request_stop();
  }
}
#endif

TEST(Context, WakesAllWhoWait) {
  cancel_scope s = with_cancel(root);
  std::atomic<int> woken{0};
  threads t;
  for (int i = 0; i < 20; ++i)
    t.add([&woken, ctx = s.get()] {
      ctx.wait();
      ++woken;
    });
  std::this_thread::sleep_for(2ms);
  s.cancel();
  t.join();
  EXPECT_EQ(woken, 20);
}

// Scopes below one parent are made, cancelled, waited for and destroyed while the parent ends.
TEST(Context, StressTreeAgainstCancel) {
  unsigned seed = 7;
  for (int r = rounds(400); r > 0; --r) {
    auto parent = std::make_unique<cancel_scope>(with_timeout(root, std::chrono::microseconds(r % 300 + 1)));
    threads t;
    for (int i = 0; i < 3; ++i)
      t.add([ctx = parent->get(), s = seed + static_cast<unsigned>(i)]() mutable {
        for (int k = 0; k < 30; ++k) {
          cancel_scope child = with_timeout(ctx, std::chrono::microseconds(s >> 24));
          cancel_scope grandchild = with_cancel(child);
          jitter(s);
          if (k % 3 == 0) child.cancel();
          if (k % 5 == 0) grandchild.get().wait();
          if (k % 7 == 0) (void)grandchild.get().causes();
        }
      });
    jitter(seed);
    if (r % 2) parent->cancel();
    if (r % 3 == 0) parent.reset();
    t.join();
  }
  EXPECT_EQ(detail::armed_timers(), 0U);
}

} // namespace
} // namespace heddle
