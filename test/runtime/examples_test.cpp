// The examples of the headers, compiled and run. test/runtime/headers.py compares them with the comments.
#include "testing.h"

#include <array>
#include <charconv>
#include <string_view>

namespace heddle {
namespace {

const context ctx = context::root();

// result.h
heddle::result<int> parse(std::string_view s) {
  int n = 0;
  auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), n);
  if (ec != std::errc{}) return heddle::error(std::make_error_code(ec));
  return n;
}

TEST(Example, Result) {
  int port = parse("8080").value_or(80);
  EXPECT_EQ(port, 8080);
  EXPECT_EQ(parse("warp").value_or(80), 80);
}

// context.h
heddle::result<std::string> fetch(const heddle::context& ctx);

heddle::result<std::string> fetch_soon(const heddle::context& ctx) {
  heddle::cancel_scope limit = heddle::with_timeout(ctx, 20ms);
  return fetch(limit); // errc::deadline_exceeded after 20 ms, or what ends ctx earlier
}

heddle::result<std::string> fetch(const heddle::context& ctx) {
  if (auto slept = sleep_for(ctx, 1h); !slept) return slept.error();
  return "never";
}

TEST(Example, Context) { EXPECT_TRUE(fetch_soon(ctx).error() == errc::deadline_exceeded); }

TEST(Example, Future) {
  auto [promise, future] = heddle::make_promise<int>();
  std::thread t([p = std::move(promise)]() mutable { (void)p.set_value(42); });
  int answer = future.await(ctx).value_or(0);
  EXPECT_EQ(answer, 42);
  t.join();
}

TEST(Example, Executor) {
  heddle::elastic_executor pool({.parallelism = 2});
  heddle::future<int> answer = heddle::go(ctx, [](const heddle::context&) { return 42; }, {.on = &pool});
  EXPECT_EQ(answer.await(ctx).value(), 42);
}

heddle::result<std::string> download(const heddle::context& c, const char* what) {
  if (c.cancelled()) return *c.err();
  return what;
}

TEST(Example, Go) {
  auto page = heddle::go(ctx, [](const heddle::context& c) { return download(c, "index"); }, {.name = "download"});
  heddle::result<std::string> text = std::move(page).await(ctx);
  EXPECT_EQ(*text, "index");
}

result<void> all_pages(const std::vector<std::string>& urls) {
  std::atomic<int> fetched{0};
  auto fetch = [&](const context&, const std::string&) { ++fetched; };
  heddle::task_group group(ctx, {.limit = 8});
  for (const auto& url : urls)
    group.spawn([&](const heddle::context& c) { return fetch(c, url); });
  if (auto done = std::move(group).wait(); !done) return done.error();
  EXPECT_EQ(fetched, 3);
  return {};
}

TEST(Example, TaskGroup) { EXPECT_TRUE(all_pages({"a", "b", "c"})); }

TEST(Example, Channel) {
  auto [tx, rx] = heddle::channel<std::string>(16);
  std::thread writer([tx = std::move(tx), ctx = ctx] {
    for (const char* word : {"warp", "weft"})
      if (!tx.send(ctx, word)) return; // cancelled, or nobody listens
  });
  std::string all;
  auto puts = [&](const char* s) { all += s; };
  for (std::string& word : rx.each(ctx)) puts(word.c_str()); // until the writer is done
  writer.join();
  EXPECT_EQ(all, "warpweft");
}

TEST(Example, Timer) {
  int polled = 0;
  auto poll_sensor = [&](std::uint64_t ticks) { polled += static_cast<int>(ticks); };
  cancel_scope limit = with_timeout(root, 50ms);
  const context& ctx = limit;
  heddle::ticker every(10ms);
  while (auto ticks = every.wait(ctx)) poll_sensor(*ticks); // ends with ctx
  EXPECT_GE(polled, 1);
}

TEST(Example, TimedCall) {
  auto warn = [](const char* what) { std::puts(what); };
  auto do_it = [] {};
  heddle::timed_call slow(100ms, [&] { warn("still busy"); });
  do_it(); // if it takes less, nobody is warned
}

int compute(std::size_t i) { return static_cast<int>(i * i); }

void compute_parts(std::array<int, 4>& parts) {
  executor& pool = executor::default_pool();
  heddle::wait_group group;
  for (std::size_t i = 0; i < 4; ++i)
    pool.submit(heddle::work::of({"part"}, [&part = parts[i], i, token = group.token()] { part = compute(i); }));
  if (!group.wait(ctx)) return; // cancelled: the destructor still waits for the tokens
  EXPECT_EQ(parts[3], 9);
}

TEST(Example, WaitGroup) {
  std::array<int, 4> parts{};
  compute_parts(parts);
}

heddle::semaphore memory(64 << 20);

result<void> load(std::uint64_t file_size) {
  auto load_file = [] {};
  auto room = memory.acquire(ctx, file_size);
  if (!room) return room.error(); // cancelled, or larger than everything
  load_file();                    // at most 64 MiB of files at once
  return {};
}

TEST(Example, Semaphore) {
  EXPECT_TRUE(load(1 << 20));
  EXPECT_TRUE(load(1 << 30).error() == errc::overflow);
}

TEST(Example, Guarded) {
  heddle::guarded<std::vector<int>> queue;
  queue.with([&](auto& q) { q.push_back(1); });
  heddle::result<int> next = queue.when(
      ctx, [](const auto& q) { return !q.empty(); },
      [](auto& q) { int first = q.front(); q.erase(q.begin()); return first; });
  EXPECT_EQ(*next, 1);
}

std::string read_file(const char* name) { return name; }

TEST(Example, Once) {
  heddle::once<std::string> motd;
  const heddle::result<std::string>& text = motd.get(ctx, [] { return read_file("/etc/motd"); });
  EXPECT_EQ(*text, "/etc/motd");
}

int find_user(const context&, int id) { return id; }
std::string read_news(const context&) { return "none"; }
std::string ask(const context&, const char* server) { return server; }

TEST(Example, Combinators) {
  int greeted = 0;
  auto greet = [&](int user, const std::string&) { greeted = user; };
  auto user = heddle::go(ctx, [](const heddle::context& c) { return find_user(c, 7); });
  auto news = heddle::go(ctx, [](const heddle::context& c) { return read_news(c); });
  auto both = heddle::all(ctx, std::move(user), std::move(news));
  if (both) greet(std::get<0>(*both), std::get<1>(*both));
  EXPECT_EQ(greeted, 7);

  // The same question to two servers; the slower one is cancelled.
  auto answer = heddle::race(
      ctx, [](const heddle::context& c) { return ask(c, "east"); },
      [](const heddle::context& c) { return ask(c, "west"); });
  EXPECT_TRUE(*answer == "east" || *answer == "west");
}

struct page {
  std::string text;
};
std::shared_ptr<const page> download_page(const context&, const std::string& url) {
  return std::make_shared<page>(page{url});
}

TEST(Example, SingleFlight) {
  std::string url = "index";
  heddle::single_flight<std::string, std::shared_ptr<const page>> flights(ctx);
  auto p = flights.run(ctx, url, [&](const heddle::context& c) { return download_page(c, url); });
  EXPECT_EQ((*p)->text, "index");
}

int head(const context&, const std::string& url) { return static_cast<int>(url.size()); }

TEST(Example, FutureCache) {
  std::string url = "index";
  heddle::future_cache<std::string, int> sizes(ctx, 1000, 5min);
  heddle::result<int> size = sizes.get(ctx, url, [&](const heddle::context& c) { return head(c, url); });
  EXPECT_EQ(*size, 5);
}

std::string load_config(const context&) { return "on"; }

TEST(Example, Lazy) {
  heddle::lazy<std::string> config(ctx, [](const heddle::context& c) { return load_config(c); });
  const heddle::result<std::string>& text = config.await(ctx); // loads it now, or gives what was loaded
  EXPECT_EQ(*text, "on");
}

struct sensor {
  explicit sensor(const char*) {}
  void poll() {}
};

void serve() {
  std::atomic<int> handled{0};
  auto handle_request = [&] { ++handled; };
  heddle::worker poller(
      ctx, {"poller"},
      [](const heddle::context& c, sensor& s) {
        while (heddle::sleep_for(c, 1ms)) s.poll();
      },
      sensor("north")); // lives in the worker, longer than the task

  heddle::worker_pool pool(ctx, {.threads = 4, .queue = 100, .stop = heddle::on_stop::drain});
  if (!pool.submit(ctx, [&] { handle_request(); })) return; // closed, or cancelled while the queue was full
  EXPECT_TRUE(pool.close(ctx));
  EXPECT_EQ(handled, 1);
}

TEST(Example, Worker) { serve(); }

TEST(Example, Observer) {
  static heddle::metrics numbers;
  heddle::set_observer(&numbers);
  (void)heddle::go(ctx, [] { return 1; }, {.name = "one"}).await(ctx);
  std::string text = numbers.prometheus(); // future_duration_seconds_count{name="one",outcome="resolved"} 1
  heddle::set_observer(nullptr);
  EXPECT_NE(text.find("future_duration_seconds_count{name=\"one\",outcome=\"resolved\"} 1"), std::string::npos);
}

TEST(Example, LeakCheck) {
  heddle::leak_check check;
  for (const heddle::running_task& t : check.leaks())
    std::printf("%s still runs (%s:%u)\n", t.info.name, t.info.site.file, t.info.site.line);
}

} // namespace
} // namespace heddle
