// What the analyser sees of the runtime library: which operation each member performs, by the annotations in its headers.
// RUN: %verify --word op %s heddle-dev-ops -- -std=c++20 -isystem %repository/lib/runtime/include
#include <heddle/heddle.h>

#include <optional>
#include <vector>

using namespace heddle;
void use(int);

void contexts(const context &ctx, duration d, time_point t) {
  cancel_scope a = with_cancel(ctx);                       // op: derive a // op: (escape) ctx
  cancel_scope b = with_timeout(ctx, d);                   // op: derive b // op: (escape) ctx
  cancel_scope c = with_deadline(ctx, t);                  // op: derive c // op: (escape) ctx
  cancel_scope e = without_cancel(ctx, d);                 // op: derive e // op: (escape) ctx
  (void)a.get();                                           // op: get-token a
  (void)ctx.cancelled();                                   // op: observe-stop ctx
  (void)ctx.err();                                         // op: observe-stop ctx
  (void)ctx.check();                                       // op: observe-stop ctx
  a.cancel();                                              // op: cancel a
  ctx.wait();                                              // op: wait ctx
}

#if HEDDLE_HAS_STOP_TOKEN
void tokens(const context &ctx, std::stop_token other) {
  cancel_scope f = with_cancel(ctx, other);                // op: derive f // op: (escape) ctx // op: (escape) other
  (void)std::stop_token(ctx);                              // op: get-token ctx
}
#endif

void promises(promise<int> &p, promise<void> &v, error e, result<int> r) {
  (void)p.set_value(1);                                    // op: try-fulfil p
  (void)v.set_value();                                     // op: try-fulfil v
  (void)p.set_error(e);                                    // op: try-fulfil p
  (void)p.set(r);                                          // op: try-fulfil p
  (void)p.set_with([] { return 1; });                      // op: try-fulfil p
  (void)p.wanted();                                        // op: test p
}

void futures(const context &ctx, future<int> &f, executor &on) {
  (void)f.await(ctx);                                      // op: await f // op: (escape) ctx
  (void)std::move(f).await(ctx);                           // op: await f // op: (escape) ctx
  (void)f.ready();                                         // op: test f
  (void)f.valid();                                         // op: test f
  (void)f.try_get();                                       // op: test f
  f.then(on, [](const result<int> &) {});                  // op: defer f {lambda} // op: (escape) on
}

void tasks(const context &ctx, executor &on, elastic_executor &pool, work w, work x) {
  future<int> f = go(ctx, [] { return 1; });               // op: spawn f {lambda} // op: (escape) ctx
  lazy<int> l(ctx, [] { return 1; });                      // op: defer l {lambda}
  (void)l.await(ctx);                                      // op: await l // op: (escape) ctx
  (void)l.started();                                       // op: test l
  on.submit(std::move(w));                                 // op: spawn on {?}
  pool.submit(std::move(x));                               // op: spawn pool {?}
  // NOLINTNEXTLINE(heddle-context-not-propagated): without a context is what is tested
  pool.shutdown();                                         // op: wait pool
  (void)pool.shutdown(ctx);                                // op: wait pool // op: (escape) ctx
  blocking([] { use(1); });                                // op: run-now {lambda}
}

void combined(const context &ctx, std::vector<future<int>> v, future<int> a, future<int> b, task_group &g) {
  (void)all(ctx, v);                                       // op: await v // op: (escape) ctx
  (void)all(ctx, a, b);                                    // op: await a; await b // op: (escape) ctx
  (void)first(ctx, v);                                     // op: await v // op: (escape) ctx
  (void)any(ctx, v);                                       // op: await v // op: (escape) ctx
  (void)race(ctx, [] { return 1; });                       // op: run-now {lambda} // op: (escape) ctx
  (void)race(g, [] { return 1; });                         // op: spawn g {lambda}
  (void)map(a, [](int i) { return i; });                   // op: defer a {lambda}
}

void groups(const context &ctx, task_group &g, task_group &h, std::vector<int> &v) {
  (void)g.get();                                           // op: get-token g
  g.spawn([] {});                                          // op: spawn g {lambda}
  (void)g.try_spawn([] {});                                // op: spawn g {lambda}
  g.cancel();                                              // op: cancel g
  (void)std::move(g).wait();                               // op: wait g
  (void)std::move(h).wait_all();                           // op: wait h
  (void)for_each(ctx, {.limit = 2}, v, [](int &i) { use(i); }); // op: run-now {lambda} // op: (escape) ctx
}

void counters(const context &ctx, wait_group &w, semaphore &s) {
  wait_token t = w.token();                                // op: enter w
  wait_token u = t.split();                                // op: enter u
  (void)w.wait(ctx);                                       // op: wait w // op: (escape) ctx
  auto one = s.acquire(ctx);                               // op: acquire s // op: (escape) ctx
  auto two = s.try_acquire();                              // op: try-acquire s if it succeeds
}

void channels(const context &ctx, sender<int> &tx, receiver<int> &rx, std::vector<int> &into) {
  (void)tx.send(ctx, 1);                                   // op: send tx blocking // op: (escape) ctx
  (void)tx.try_send(1);                                    // op: try-send tx
  (void)rx.receive(ctx);                                   // op: receive rx // op: (escape) ctx
  (void)rx.try_receive();                                  // op: try-receive rx
  (void)rx.receive_some(ctx, into, 3);                     // op: receive rx; (escape) into // op: (escape) ctx
}

void chosen(const context &ctx, receiver<int> &rx, std::vector<receiver<int>> &many) {
  auto one = on(rx.op(), [](result<int>) {});
  select(ctx, one);                                        // op: receive // op: (escape) ctx
  try_select(one);                                         // op: try-receive
  (void)select_any<int>(ctx, many);                        // op: receive // op: (escape) ctx // op: (escape) many
}

void timers(const context &ctx, duration d, time_point at) {
  (void)sleep_for(ctx, d);                                 // op: sleep // op: (escape) ctx
  (void)sleep_until(ctx, at);                              // op: sleep // op: (escape) ctx
  timer t(d);                                              // op: create-timer t; arm t
  t.reset(d);                                              // op: arm t
  t.reset_at(at);                                          // op: arm t
  (void)t.wait(ctx);                                       // op: wait t // op: (escape) ctx
  (void)t.fired();                                         // op: test t
  t.stop();                                                // op: disarm t
  ticker every(d);                                         // op: create-timer every; arm every
  (void)every.wait(ctx);                                   // op: wait every // op: (escape) ctx
  timed_call later(d, [] { use(1); });                     // op: create-timer later; arm later; defer later {lambda}
  later.stop();                                            // op: disarm later
}

void locked(const context &ctx, guarded<int> &g, guarded<int> &h, shared_guarded<int> &s, once<int> &o) {
  g.with([](int &i) { ++i; });                             // op: acquire g; run-now g {lambda}; release g
  (void)g.when(ctx, [](int i) { return i > 0; }, [](int &i) { return i; }); // op: acquire g; run-now g {lambda}; wait-condition g; run-now {lambda} {lambda}; run-now g {lambda}; release g
  with_all([](int &i, int &k) { i += k; }, g, h);          // op: run-now {lambda}
  (void)s.read([](int i) { return i; });                   // op: acquire-shared s; run-now s {lambda}; release s
  s.write([](int &i) { ++i; });                            // op: acquire s; run-now s {lambda}; release s
  (void)s.find_or([](int i) { return std::optional<int>(i); }, [](int &i) { return i; }); // op: acquire s; run-now s {lambda}; run-now s {lambda}; release s // op: (escape) i
  (void)o.get(ctx, [] { return 1; });                      // op: run-now o {lambda} // op: (escape) ctx
  (void)o.try_get();                                       // op: test o
}

void shared(const context &ctx, single_flight<int, int> &flights, future_cache<int, int> &cache) {
  (void)flights.run(ctx, 1, [] { return 1; });             // op: spawn flights {lambda}; await flights // op: (escape) ctx
  (void)cache.get(ctx, 1, [] { return 1; });               // op: spawn cache {lambda}; await cache // op: (escape) ctx
}

void owners(const context &ctx, worker_pool &pool) {
  worker w(ctx, {"w"}, [](const context &) {});            // op: spawn w {lambda} // op: (escape) ctx
  w.request_stop();                                        // op: cancel w
  (void)w.join(ctx);                                       // op: join w // op: (escape) ctx
  (void)w.ended();                                         // op: test w
  (void)pool.submit(ctx, [] {});                           // op: spawn pool {lambda} // op: (escape) ctx
  (void)pool.try_submit([] {});                            // op: spawn pool {lambda}
  (void)pool.close(ctx);                                   // op: wait pool // op: (escape) ctx
}
