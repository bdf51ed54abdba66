#include "testing.h"

#include <atomic>
#include <functional>
#include <mutex>

namespace heddle {
namespace {

work count_up(std::atomic<int>& n) {
  return work::of({}, [&n] { ++n; });
}

TEST(Work, IsDroppedIfItIsNotRun) {
  bool run = false;
  { work w = work::of({"never", source_site::current()}, [&run, c = counted(1)] { run = true; }); }
  EXPECT_FALSE(run);
  EXPECT_EQ(counted::alive, 0);
  work w = work::of({"once", {}}, [&run] { run = true; });
  EXPECT_STREQ(w.info().name, "once");
  std::move(w)();
  EXPECT_TRUE(run);
}

TEST(Executor, NeverRunsInPlace) {
  elastic_executor pool({.parallelism = 1});
  std::mutex m;
  m.lock();
  std::atomic<bool> done{false};
  pool.submit(work::of({}, [&] {
    std::lock_guard g(m); // would deadlock
    done = true;
  }));
  EXPECT_FALSE(done);
  m.unlock();
  while (!done) std::this_thread::yield();
}

TEST(Executor, ShutdownWaitsAndRefuses) {
  std::atomic<int> n{0};
  elastic_executor pool({.parallelism = 2});
  auto f = go(root, [&] { std::this_thread::sleep_for(5ms); ++n; }, {.on = &pool});
  EXPECT_TRUE(f.await(root));
  pool.shutdown();
  EXPECT_EQ(pool.threads(), 0U);
  pool.submit(count_up(n));
  EXPECT_EQ(n, 1);
  EXPECT_TRUE(go(root, [] {}, {.on = &pool}).await(root).error() == errc::not_started);
  pool.shutdown();
}

TEST(Executor, ShutdownDropsWhatIsQueued) {
  elastic_executor pool({.parallelism = 1, .max_threads = 1});
  std::atomic<bool> started{false}, finish{false};
  auto running = go(root, [&] { started = true; while (!finish) std::this_thread::yield(); }, {.on = &pool});
  while (!started) std::this_thread::yield();
  auto queued = go(root, [] {}, {.on = &pool});
  cancel_scope brief = with_timeout(root, 2ms);
  EXPECT_TRUE(pool.shutdown(brief).error() == errc::deadline_exceeded);
  EXPECT_TRUE(queued.await(root).error() == errc::not_started);
  finish = true;
  EXPECT_TRUE(running.await(root));
}

TEST(Executor, ATaskThatWaitsFreesItsPlace) {
  // A chain of tasks, each waiting for the next, on one place.
  elastic_executor pool({.parallelism = 1});
  auto [p, f] = make_promise<int>();
  future<int> last = f;
  for (int i = 0; i < 20; ++i)
    last = go(root, [last](const context& c) { return last.await(c).value() + 1; }, {.on = &pool});
  auto sets = go(root, [p = std::move(p)]() mutable { (void)p.set_value(0); }, {.on = &pool});
  EXPECT_EQ(last.await(root).value(), 20);
  EXPECT_TRUE(sets.await(root));
}

TEST(Executor, BlockingFreesAPlace) {
  elastic_executor pool({.parallelism = 1, .stall = 1h});
  std::atomic<bool> finish{false};
  auto a = go(root, [&] { return blocking([&] { finish.wait(false); return 1; }); }, {.on = &pool});
  auto b = go(root, [&] { finish = true; finish.notify_all(); }, {.on = &pool});
  EXPECT_TRUE(b.await(root));
  EXPECT_EQ(a.await(root).value(), 1);
}

TEST(Executor, NoticesForeignBlocking) {
  elastic_executor pool({.parallelism = 1, .stall = 1ms});
  std::atomic<int> there{0};
  std::vector<future<void>> all;
  // All must run at once; none tells that it blocks.
  for (int i = 0; i < 12; ++i)
    all.push_back(go(root, [&] { ++there; there.notify_all(); for (int n = there; n < 12; n = there) there.wait(n); }, {.on = &pool}));
  for (auto& f : all) EXPECT_TRUE(f.await(root));
  EXPECT_GE(pool.threads(), 12U);
}

TEST(Executor, KeepsToItsParallelism) {
  elastic_executor pool({.parallelism = 2, .max_threads = 2});
  std::atomic<int> now{0}, most{0};
  task_group g(root, {.on = &pool});
  for (int i = 0; i < 200; ++i)
    g.spawn([&] {
      int n = ++now;
      int m = most;
      while (n > m && !most.compare_exchange_weak(m, n)) {}
      std::this_thread::yield();
      --now;
    });
  EXPECT_TRUE(std::move(g).wait());
  EXPECT_LE(most, 2);
}

TEST(Executor, IdleThreadsLeave) {
  elastic_executor pool({.parallelism = 4, .idle = 5ms});
  task_group g(root, {.on = &pool});
  for (int i = 0; i < 4; ++i) g.spawn([](const context& c) { return sleep_for(c, 2ms); });
  EXPECT_TRUE(std::move(g).wait());
  EXPECT_GE(pool.threads(), 1U);
  auto until = clock::now() + long_enough;
  while (pool.threads() > 0 && clock::now() < until) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(pool.threads(), 0U);
  EXPECT_EQ(go(root, [] { return 1; }, {.on = &pool}).await(root).value(), 1); // and come again
}

TEST(Executor, ListsItsTasks) {
  elastic_executor pool({.parallelism = 1, .max_threads = 1});
  std::atomic<bool> started{false}, finish{false};
  auto a = go(root, [&] { started = true; finish.wait(false); }, {.on = &pool, .name = "first"});
  while (!started) std::this_thread::yield();
  unsigned line = source_site::current().line + 1;
  auto b = go(root, [] {}, {.on = &pool, .name = "second"});
  std::vector<running_task> tasks = pool.tasks();
  ASSERT_EQ(tasks.size(), 2U);
  EXPECT_STREQ(tasks[0].info.name, "second");
  EXPECT_TRUE(tasks[0].queued);
  EXPECT_EQ(tasks[0].info.site.line, line);
  EXPECT_STREQ(tasks[0].info.site.file, __FILE__);
  EXPECT_STREQ(tasks[1].info.name, "first");
  EXPECT_FALSE(tasks[1].queued);
  EXPECT_EQ(leak_check(1ms).leaks().size(), 2U);
  std::string report = leak_check(1ms).report();
  EXPECT_NE(report.find("second (queued), started at "), std::string::npos) << report;
  finish = true;
  finish.notify_all();
  EXPECT_TRUE(a.await(root));
  EXPECT_TRUE(b.await(root));
  EXPECT_EQ(leak_check().report(), "");
}

TEST(Adapt, RunsOnACallersOwnLoop) {
  std::vector<std::function<void()>> loop; // copies what it is given, as many do
  auto on = adapt([&](auto task) { loop.push_back(std::move(task)); });
  auto f = go(root, [] { return std::this_thread::get_id(); }, {.on = on.get(), .name = "mine"});
  auto dropped = go(root, [] {}, {.on = on.get()});
  std::vector<running_task> seen = leak_check(0ms).leaks();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_STREQ(seen[1].info.name, "mine");
  EXPECT_TRUE(seen[1].queued);
  on.reset(); // what was given to it lives on
  loop[0]();
  EXPECT_EQ(f.await(root).value(), std::this_thread::get_id());
  loop.clear();
  EXPECT_TRUE(dropped.await(root).error() == errc::not_started);
  EXPECT_EQ(leak_check(0ms).report(), "");
}

TEST(Executor, StressManySubmittersAndShortLives) {
  for (int r = rounds(60); r > 0; --r) {
    std::atomic<int> run{0};
    std::atomic<int> submitted{0};
    {
      elastic_executor pool({.parallelism = 2, .max_threads = 8, .idle = 1ms, .stall = 1ms});
      threads t;
      for (int i = 0; i < 3; ++i)
        t.add([&, s = static_cast<unsigned>(r * 3 + i)]() mutable {
          for (int k = 0; k < 100; ++k) {
            ++submitted;
            pool.submit(count_up(run));
            if (k % 10 == 0) jitter(s);
          }
        });
      t.join();
      while (run < submitted) std::this_thread::yield();
    }
    ASSERT_EQ(run, 300);
  }
}

} // namespace
} // namespace heddle
