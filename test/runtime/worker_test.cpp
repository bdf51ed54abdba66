#include "testing.h"

#include <atomic>

namespace heddle {
namespace {

TEST(Worker, OwnsItsDataLongerThanItsTask) {
  std::atomic<int> value{0};
  std::atomic<bool> started{false};
  {
    worker w(
        root, {"owner"},
        [&](const context& c, counted& data, std::string& text) {
          started = true;
          c.wait();
          std::this_thread::sleep_for(1ms);
          value = data.value + static_cast<int>(text.size());
        },
        counted(5), std::string("abc"));
    while (!started) std::this_thread::yield();
    EXPECT_STREQ(leak_check(0ms).leaks()[0].info.name, "owner");
  }
  EXPECT_EQ(value, 8);
  EXPECT_EQ(counted::alive, 0);
}

TEST(Worker, StopAndJoinAnyNumberOfTimes) {
  worker w(root, {"w"}, [](const context& c) -> result<void> {
    c.wait();
    return errc::overflow;
  });
  cancel_scope s = with_timeout(root, 1ms);
  EXPECT_TRUE(w.join(s).error() == errc::deadline_exceeded);
  EXPECT_FALSE(w.ended());
  w.request_stop();
  w.request_stop();
  for (int i = 0; i < 2; ++i) {
    auto r = w.join(root);
    EXPECT_TRUE(r.error() == errc::overflow || r.error() == errc::canceled); // canceled: it had not begun
  }
  EXPECT_TRUE(w.ended());
}

TEST(Worker, JoinFromItsOwnTaskIsAnError) {
  auto [p, ready] = make_promise<worker*>();
  worker w(root, {"w"}, [ready](const context& c) -> result<void> {
    auto self = ready.await(c);
    if (!self) return self.error();
    return (*self)->join(c);
  });
  EXPECT_TRUE(p.set_value(&w));
  EXPECT_TRUE(w.join(root).error() == errc::would_deadlock);
}

TEST(Worker, TakesNoPlaceOfThePool) {
  std::atomic<bool> stop{false};
  std::vector<std::unique_ptr<worker>> all; // its end waits for the tasks, which use what is declared above
  for (unsigned i = 0; i < std::thread::hardware_concurrency() + 1; ++i)
    all.push_back(std::make_unique<worker>(root, task_info{"busy"}, [&] (const context&) { stop.wait(false); }));
  EXPECT_EQ(go(root, [] { return 1; }).await(root).value(), 1);
  stop = true;
  stop.notify_all();
}

TEST(WorkerPool, RunsJobs) {
  std::atomic<int> sum{0};
  worker_pool pool(root, {.threads = 3, .queue = 4});
  for (int i = 1; i <= 100; ++i) EXPECT_TRUE(pool.submit(root, [&sum, i] { sum += i; }));
  EXPECT_TRUE(pool.close(root));
  EXPECT_EQ(sum, 5050);
  EXPECT_TRUE(pool.submit(root, [] {}).error() == errc::closed);
  EXPECT_TRUE(pool.try_submit([] {}).error() == errc::closed);
  EXPECT_TRUE(pool.close(root));
}

TEST(WorkerPool, IsBounded) {
  auto [p, gate] = make_promise<void>();
  std::atomic<int> begun{0};
  worker_pool pool(root, {.threads = 1, .queue = 1});
  auto job = [&](const context& c) {
    ++begun;
    return gate.await(c);
  };
  EXPECT_TRUE(pool.submit(root, job));
  while (begun == 0) std::this_thread::yield();
  EXPECT_TRUE(pool.submit(root, job));
  EXPECT_TRUE(pool.try_submit(job).error() == errc::full);
  cancel_scope s = with_timeout(root, 1ms);
  EXPECT_TRUE(pool.submit(s, job).error() == errc::deadline_exceeded);
  EXPECT_TRUE(p.set_value());
  EXPECT_TRUE(pool.close(root));
  EXPECT_EQ(begun, 2);
}

TEST(WorkerPool, DropsOrCancels) {
  std::atomic<int> begun{0}, cancelled{0};
  {
    worker_pool pool(root, {.threads = 1, .queue = 5, .stop = on_stop::drop});
    for (int i = 0; i < 5; ++i)
      EXPECT_TRUE(pool.submit(root, [&, c = counted(1)](const context& ctx) -> result<void> {
        ++begun;
        ctx.wait();
        ++cancelled;
        return *ctx.err();
      }));
    while (begun == 0) std::this_thread::yield();
    EXPECT_TRUE(pool.close(root)); // the echo of the drop is no error
  }
  EXPECT_EQ(begun, 1);
  EXPECT_EQ(cancelled, 1);
  EXPECT_EQ(counted::alive, 0);
  worker_pool slow(root, {.threads = 1, .queue = 5});
  EXPECT_TRUE(slow.submit(root, [](const context& c) { c.wait(); }));
  cancel_scope bound = with_timeout(root, 1ms);
  EXPECT_TRUE(slow.close(bound).error() == errc::deadline_exceeded);
}

TEST(WorkerPool, TellsTheFirstError) {
  worker_pool pool(root, {.threads = 1, .queue = 5});
  EXPECT_TRUE(pool.submit(root, [] { throw std::runtime_error("torn"); }));
  EXPECT_TRUE(pool.submit(root, []() -> result<void> { return errc::overflow; }));
  EXPECT_EQ(pool.close(root).error().what(), "torn");
}

TEST(WorkerPool, EndsWithItsContext) {
  cancel_scope s = with_cancel(root);
  worker_pool pool(s, {.threads = 2});
  s.cancel();
  EXPECT_TRUE(pool.submit(root, [] {}).error() == errc::closed);
  EXPECT_TRUE(pool.close(root));
}

TEST(WorkerPool, StressSubmitAgainstClose) {
  unsigned seed = 1;
  for (int r = rounds(300); r > 0; --r) {
    std::atomic<int> accepted{0}, run{0};
    {
      worker_pool pool(root, {.threads = 2, .queue = static_cast<std::size_t>(r % 3)});
      threads t;
      for (unsigned i = 0; i < 2; ++i)
        t.add([&, s = seed + i]() mutable {
          for (int k = 0; k < 20; ++k) {
            jitter(s);
            auto ok = pool.submit(root, [&run] { ++run; });
            if (!ok) {
              EXPECT_TRUE(ok.error() == errc::closed);
              return;
            }
            ++accepted;
          }
        });
      jitter(seed);
      if (r % 2) std::this_thread::yield();
      EXPECT_TRUE(pool.close(root));
      t.join();
    }
    ASSERT_EQ(accepted, run);
  }
}

} // namespace
} // namespace heddle
