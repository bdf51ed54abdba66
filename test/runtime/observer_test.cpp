#include "testing.h"

#include <atomic>

namespace heddle {
namespace {

/// Installs an observer for a scope.
class observed_by {
public:
  explicit observed_by(observer& o) noexcept : before_(set_observer(&o)) {}
  ~observed_by() { set_observer(before_); }

private:
  observer* before_;
};

void until(const auto& holds) {
  auto end = clock::now() + long_enough;
  while (!holds() && clock::now() < end) std::this_thread::yield();
  EXPECT_TRUE(holds());
}

TEST(Observer, SeesTasksAndTheirOutcomes) {
  static metrics m; // tasks that began meanwhile may end later
  observer* before = set_observer(&m);
  EXPECT_TRUE(go(root, [] {}, {.name = "good"}).await(root));
  EXPECT_FALSE(go(root, [] { throw 1; }, {.name = "bad"}).await(root));
  cancel_scope s = with_cancel(root);
  auto f = go(s, [&](const context& c) -> result<void> {
    EXPECT_EQ(m.in_flight("ended"), 1);
    s.cancel();
    return *c.err();
  }, {.name = "ended"});
  EXPECT_FALSE(f.await(root));
  task_group g(root, {.name = "\"g\""});
  g.spawn([] {});
  EXPECT_TRUE(std::move(g).wait());
  set_observer(before);
  EXPECT_EQ(m.count("good", outcome::resolved), 1U);
  EXPECT_EQ(m.count("bad", outcome::rejected), 1U);
  EXPECT_EQ(m.count("ended", outcome::canceled), 1U);
  EXPECT_EQ(m.in_flight("ended"), 0);
  std::string text = m.prometheus();
  for (const char* line : {"future_inflight{name=\"good\"} 0\n", "future_exceptions_total{name=\"bad\"} 1\n",
                           "future_duration_seconds_count{name=\"\\\"g\\\"\",outcome=\"resolved\"} 1\n",
                           "future_duration_seconds_bucket{name=\"good\",outcome=\"resolved\",le=\"+Inf\"} 1\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
}

TEST(Observer, TellsCancelsByTheirReason) {
  static metrics m;
  observed_by m_now(m);
  cancel_scope late = with_timeout(root, 1ms);
  EXPECT_FALSE(go(late, [](const context& c) { return sleep_for(c, 1h); }, {.name = "late"}).await(root));
  cancel_scope ended = with_cancel(root);
  std::atomic<bool> runs{false};
  auto f = go(ended, [&](const context& c) { runs = true; return sleep_for(c, 1h); }, {.name = "ended"});
  until([&] { return runs.load(); });
  ended.cancel();
  EXPECT_FALSE(f.await(root));
  std::string text = m.prometheus();
  for (const char* line : {"future_canceled_total{name=\"late\",reason=\"deadline\"} 1\n",
                           "future_canceled_total{name=\"late\",reason=\"canceled\"} 0\n",
                           "future_canceled_total{name=\"ended\",reason=\"canceled\"} 1\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
}

TEST(Observer, SeesTheLimitAndTheQueueOfAGroup) {
  static metrics m;
  observed_by m_now(m);
  std::atomic<bool> open{false};
  {
    task_group g(root, {.limit = 2, .name = "narrow"});
    EXPECT_EQ(m.level("group_limit", "narrow"), 2);
    for (int i = 0; i < 2; ++i) g.spawn([&] { open.wait(false); });
    EXPECT_EQ(m.level("group_queued", "narrow"), 0);
    std::thread third([&] { EXPECT_TRUE(g.spawn([] {})); });
    until([&] { return m.level("group_queued", "narrow") == 1; });
    EXPECT_NE(m.prometheus().find("# TYPE group_queued gauge\ngroup_queued{name=\"narrow\"} 1\n"), std::string::npos);
    open = true;
    open.notify_all();
    third.join();
    EXPECT_EQ(m.level("group_queued", "narrow"), 0);
    EXPECT_TRUE(std::move(g).wait());
  }
  EXPECT_EQ(m.level("group_limit", "narrow"), 0);
}

TEST(Observer, SeesTheQueueOfAnExecutorAndWhenItIsFull) {
  static metrics m;
  observed_by m_now(m);
  std::atomic<bool> open{false};
  elastic_executor pool({.parallelism = 1, .max_threads = 2, .stall = 1ms, .name = "small"});
  std::vector<future<void>> all;
  for (int i = 0; i < 5; ++i) all.push_back(go(root, [&] { open.wait(false); }, {.on = &pool}));
  // One runs, the stall brings a second thread, and that is the bound.
  until([&] { return m.level("executor_queued", "small") == 3 && m.level("executor_saturated", "small") == 1; });
  EXPECT_EQ(pool.threads(), 2U);
  open = true;
  open.notify_all();
  for (auto& f : all) EXPECT_TRUE(f.await(root));
  EXPECT_EQ(m.level("executor_queued", "small"), 0);
  until([&] { return m.level("executor_saturated", "small") == 0; });
}

TEST(Observer, CountsOutWhatAnExecutorDrops) {
  static metrics m;
  observed_by m_now(m);
  std::atomic<bool> open{false};
  std::optional<future<void>> runs, dropped;
  {
    elastic_executor pool({.parallelism = 1, .max_threads = 1, .name = "short"});
    runs.emplace(go(root, [&] { open.wait(false); }, {.on = &pool}));
    until([&] { return m.level("executor_queued", "short") == 0; });
    dropped.emplace(go(root, [] {}, {.on = &pool}));
    EXPECT_EQ(m.level("executor_queued", "short"), 1);
    std::thread release([&] {
      EXPECT_TRUE(dropped->await(root).error() == errc::not_started);
      open = true;
      open.notify_all();
    });
    pool.shutdown();
    release.join();
  }
  EXPECT_EQ(m.level("executor_queued", "short"), 0);
  EXPECT_EQ(m.level("executor_saturated", "short"), 0);
}

TEST(Observer, SeesTheJobsOfAWorkerPool) {
  static metrics m;
  observed_by m_now(m);
  std::atomic<bool> open{false}, runs{false};
  {
    worker_pool pool(root, {.threads = 1, .queue = 4, .name = "jobs"});
    EXPECT_EQ(m.level("pool_limit", "jobs"), 1);
    EXPECT_TRUE(pool.submit(root, [&] { runs = true; open.wait(false); }));
    until([&] { return runs.load(); });
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.submit(root, [] {}));
    EXPECT_EQ(m.level("pool_queued", "jobs"), 3);
    open = true;
    open.notify_all();
    EXPECT_TRUE(pool.close(root));
  }
  EXPECT_EQ(m.level("pool_queued", "jobs"), 0);
  EXPECT_EQ(m.level("pool_limit", "jobs"), 0);
}

TEST(Recorder, KeepsTheLastSpans) {
  static recorder last(2);
  observed_by last_now(last);
  EXPECT_TRUE(go(root, [] {}, {.name = "forgotten"}).await(root));
  EXPECT_FALSE(go(root, [] { throw std::runtime_error("torn"); }, {.name = "eager"}).await(root));
  unsigned line = source_site::current().line + 1;
  lazy<int> later(root, [] { return 1; });
  EXPECT_TRUE(later.await(root));
  std::vector<span> seen = last.spans();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].name, "eager");
  EXPECT_FALSE(seen[0].lazy);
  EXPECT_EQ(seen[0].how, outcome::rejected);
  EXPECT_EQ(seen[0].why, "torn");
  EXPECT_EQ(seen[1].name, "lazy");
  EXPECT_TRUE(seen[1].lazy);
  EXPECT_EQ(seen[1].how, outcome::resolved);
  EXPECT_EQ(seen[1].site.line, line);
  EXPECT_GE(seen[1].took, duration::zero());
}

} // namespace
} // namespace heddle
