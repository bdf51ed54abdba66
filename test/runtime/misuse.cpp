// What must not compile. Each marked line must be named by a diagnostic that matches the regular expression after the
// mark, and no other line by any (test/runtime/misuse.py; -Werror=unused-result).
#include <heddle/heddle.h>

#include <mutex>

using namespace std::chrono_literals;

namespace misuse {

const heddle::context root = heddle::context::root();
void use(const heddle::context&);

void contexts() {
  heddle::with_cancel(root);                                   // error: nodiscard
  heddle::with_timeout(root, 1s);                              // error: nodiscard
  const heddle::context& c = heddle::with_cancel(root).get();  // error: deleted function
  use(heddle::with_cancel(root));                              // error: deleted|no matching function
  heddle::cancel_scope a = heddle::with_cancel(root);
  heddle::cancel_scope b = a;                                  // error: deleted
  heddle::cancel_scope s = heddle::without_cancel(root);       // error: no matching function|too few arguments
  (void)c, (void)b, (void)s;
}

void futures() {
  auto [p, f] = heddle::make_promise<int>();
  p.set_value(1);                                              // error: nodiscard
  p.set_error(heddle::errc::closed);                           // error: nodiscard
  heddle::promise<int> q = p;                                  // error: deleted
  p.get_future();                                              // error: no member named
  heddle::make_promise<int>();                                 // error: nodiscard
  heddle::go(root, [] { return 1; });                          // error: nodiscard
  f.await();                                                   // error: no matching|too few arguments
  auto [pu, fu] = heddle::make_promise<std::unique_ptr<int>>();
  heddle::future<std::unique_ptr<int>> second = fu;            // error: deleted|no matching
  heddle::error none;                                          // error: no matching
  heddle::result<int> neither;                                 // error: no matching|no viable|deleted
  (void)q, (void)second;
}

void groups() {
  heddle::task_group g(root);
  (void)g.wait();                                              // error: rvalue|lvalue|discards qualifiers
  heddle::task_group(root).spawn([] {});                       // error: rvalue|lvalue|discards qualifiers
  heddle::task_group copy = g;                                 // error: deleted
  heddle::task_group moved = std::move(g);                     // error: deleted
  g.set_limit(3);                                              // error: no member named
  std::move(g).wait();                                         // error: nodiscard
}

void channels() {
  auto [tx, rx] = heddle::channel<int>(1);
  tx.send(root, 1);                                            // error: nodiscard
  tx.try_send(1);                                              // error: nodiscard
  tx.close();                                                  // error: no member named
  rx.close();                                                  // error: no member named
  tx.receive(root);                                            // error: no member named
  (void)rx.receive();                                          // error: no matching|too few arguments
  (void)heddle::channel<int>();                                // error: no matching|too few arguments
  struct throwing {
    throwing(throwing&&) {}
  };
  auto bad = heddle::channel<throwing>(1);                     // error: moved under the channel's lock
  heddle::select(root, heddle::on(heddle::go(root, [] {}), [](const heddle::result<void>&) {})); // error: deleted
}

void timers() {
  heddle::sleep_for(root, 1ms);                                // error: nodiscard
  (void)heddle::sleep_for(1ms);                                // error: no matching|too few arguments
  heddle::timer t(1ms);
  heddle::timer copy = t;                                      // error: deleted
  heddle::timer moved = std::move(t);                          // error: deleted
  t.wait(root);                                                // error: nodiscard
  heddle::timed_call(1ms, [] {});                              // error: nodiscard
  heddle::timed_call call(1ms, [] {});
  heddle::timed_call other = call;                             // error: deleted|no matching
}

void locks() {
  heddle::guarded<int> g(1);
  int& r = g.with([](int& v) -> int& { return v; });           // error: would outlive the lock|cannot bind
  int* p = g.with([](int& v) { return &v; });                  // error: would outlive the lock
  g.lock();                                                    // error: no member named
  heddle::guarded<int> copy = g;                               // error: deleted|no matching
  heddle::once<int> once;
  int argument = 0;
  (void)once.get(root, [](int) { return 1; });                 // error: takes no arguments|no type named|no matching
  (void)r, (void)p, (void)argument;
}

void counters() {
  heddle::wait_token nothing;                                  // error: no matching|no default
  heddle::wait_group group;
  heddle::wait_token token = group.token();
  heddle::wait_token second = token;                           // error: deleted
  group.token();                                               // error: nodiscard
  group.add(1);                                                // error: private|no matching|too many
  group.done();                                                // error: no member named
  heddle::semaphore s(1);
  heddle::semaphore copy = s;                                  // error: deleted
  s.acquire(root);                                             // error: nodiscard
  s.release();                                                 // error: no member named
  (void)second;
}

void combined() {
  heddle::future_cache<int, int> cache(root);                  // error: no matching
  heddle::single_flight<int, int> flights(root);
  flights.run(root, 1, [] { return 1; });                      // error: nodiscard
  heddle::race(heddle::task_group(root), [] { return 1; });    // error: deleted
  (void)heddle::race(root, [] { return 1; }, [] { return 'c'; }); // error: return the same type
  std::vector<heddle::future<int>> futures;
  heddle::all(root, std::move(futures));                       // error: nodiscard
}

void workers() {
  heddle::worker w(root, {"w"}, [] (const heddle::context&) {});
  heddle::worker moved = std::move(w);                         // error: deleted|no matching
  w.join(root);                                                // error: nodiscard
  heddle::worker_pool pool(root, {.threads = 1});
  pool.submit(root, [] {});                                    // error: nodiscard
  heddle::worker_pool copy = pool;                             // error: deleted
}

} // namespace misuse
