// Every call that waits: under a context that ends, and against everything that may happen to it meanwhile: what it waits for, the end of its context,
// the end of the other side, and the destruction of what it waited on. Each round is one meeting of two threads at a
// random distance; no round may hang, lose an item or leave a task behind.
#include "testing.h"

#include <functional>
#include <memory>

namespace heddle {
namespace {

TEST(EveryWait, GivesUpWithItsContext) {
  // What each waits for never comes.
  auto [p, f] = make_promise<int>();
  const std::vector<future<int>> futures{f, f};
  lazy<int> slow(root, [](const context& c) -> result<int> { c.wait(); return *c.err(); });
  auto [tx, rx] = channel<int>(1);
  auto [full, unread] = channel<int>(0);
  std::vector<receiver<int>> receivers{rx, rx};
  semaphore none(1);
  permit taken = *none.try_acquire();
  wait_group group;
  wait_token token = group.token();
  guarded<int> zero(0);
  once<int> busy;
  cancel_scope end = with_cancel(root);
  std::atomic<bool> begun{false};
  std::thread maker([&] {
    (void)busy.get(root, [&] {
      begun = true;
      end.get().wait();
      return 1;
    });
  });
  while (!begun) std::this_thread::yield();
  single_flight<int, int> flights(root);
  future_cache<int, int> cache(root, 1, 1h);
  timer idle;
  ticker rare(1h);
  worker waits(root, {"waits"}, [](const context& c) { c.wait(); });
  worker_pool pool(root, {.threads = 1});
  EXPECT_TRUE(pool.submit(root, [](const context& c) { c.wait(); }));
  elastic_executor executor({.parallelism = 1});
  auto stays = go(end, [](const context& c) { c.wait(); }, {.on = &executor});
  auto until_end = [](const context& c) -> result<int> { c.wait(); return *c.err(); };
  auto error_of = [](const auto& r) -> std::optional<error> {
    if (r) return std::nullopt;
    return r.error();
  };
  auto value = [](const auto&...) {};
  auto positive = [](int i) { return i > 0; };
  auto get = [](int i) { return i; };
  auto wait_in_task = [](const context& c, const future<int>&) { c.wait(); return c.check(); };

  using call = std::function<std::optional<error>(const context&)>;
  const std::pair<const char*, call> all_of_them[] = {
      {"context::wait", [&](const context& c) { c.wait(); return c.err(); }},
      {"await", [&](const context& c) { return error_of(futures[0].await(c)); }},
      {"await &&", [&](const context& c) { return error_of(future<int>(futures[0]).await(c)); }},
      {"lazy", [&](const context& c) { return error_of(slow.await(c)); }},
      {"all", [&](const context& c) { return error_of(all(c, futures)); }},
      {"all of different types", [&](const context& c) { return error_of(all(c, futures[0], futures[1])); }},
      {"first", [&](const context& c) { return error_of(first(c, futures)); }},
      {"any", [&](const context& c) { return error_of(any(c, futures).second); }},
      {"race", [&](const context& c) { return error_of(race(c, until_end, until_end)); }},
      {"race of a group", [&](const context& c) { task_group g(c); return error_of(race(g, until_end, until_end)); }},
      {"map", [&](const context& c) { return error_of(map(futures[0], get).await(c)); }},
      {"send", [&, &full = full](const context& c) { return error_of(full.send(c, 1)); }},
      {"receive", [&, &rx = rx](const context& c) { return error_of(rx.receive(c)); }},
      {"receive_some", [&, &rx = rx](const context& c) {
         std::vector<int> v;
         return error_of(rx.receive_some(c, v, 2));
       }},
      {"each", [&, &rx = rx](const context& c) {
         for (int i : rx.each(c)) ADD_FAILURE() << i;
         return c.err();
       }},
      {"select", [&, &rx = rx, &full = full](const context& c) {
         EXPECT_EQ(select(c, on(rx.op(), value), on(full.op(1), value), on(futures[0], value), on(idle, value)), npos);
         return c.err();
       }},
      {"select_any", [&](const context& c) { return error_of(select_any<int>(c, receivers).item); }},
      {"acquire", [&](const context& c) { return error_of(none.acquire(c)); }},
      {"wait_group", [&](const context& c) { return error_of(group.wait(c)); }},
      {"spawn", [&](const context& c) {
         task_group g(c, {.limit = 1});
         g.spawn([](const context& own) { own.wait(); });
         EXPECT_FALSE(g.spawn([] {})); // the slot is never free
         return error_of(std::move(g).wait());
       }},
      {"for_each", [&](const context& c) { return error_of(for_each(c, {}, futures, wait_in_task)); }},
      {"when", [&](const context& c) { return error_of(zero.when(c, positive, get)); }},
      {"once", [&](const context& c) { return error_of(busy.get(c, [] { return 1; })); }},
      {"single_flight", [&](const context& c) { return error_of(flights.run(c, 1, until_end)); }},
      {"future_cache", [&](const context& c) { return error_of(cache.get(c, 1, until_end)); }},
      {"timer", [&](const context& c) { return error_of(idle.wait(c)); }},
      {"ticker", [&](const context& c) { return error_of(rare.wait(c)); }},
      {"sleep_for", [&](const context& c) { return error_of(sleep_for(c, 1h)); }},
      {"sleep_until", [&](const context& c) { return error_of(sleep_until(c, time_point::max())); }},
      {"join", [&](const context& c) { return error_of(waits.join(c)); }},
      {"submit", [&](const context& c) { return error_of(pool.submit(c, [] {})); }},
      {"close", [&](const context& c) { return error_of(pool.close(c)); }},
      {"shutdown", [&](const context& c) { return error_of(executor.shutdown(c)); }},
  };
  for (const auto& [name, waits_in] : all_of_them) {
    cancel_scope limit = with_timeout(root, 2ms);
    auto why = waits_in(limit);
    EXPECT_TRUE(why && *why == errc::deadline_exceeded) << name << ": " << (why ? why->what() : "no error");
  }
  end.cancel();
  maker.join();
}

template <class T> std::shared_ptr<T> held(T value) { return std::make_shared<T>(std::move(value)); }

/// What the two threads of a round do. Each destroys its own part at once when it is done.
struct meeting {
  std::function<void()> waits, disturbs;
};

/// Makes some thousand meetings; make(n) is asked for the n-th, and n % k tells it which of k things is to happen.
template <class Make> void meet(Make make, int usual = 10000) {
  meeting now;
  std::atomic<int> turn{0}, done{0};
  std::thread other([&] {
    unsigned seed = 7;
    for (int mine = 1;; ++mine) {
      for (int t; (t = turn.load()) < mine;)
        if (t < 0)
          return;
        else
          turn.wait(t);
      jitter(seed);
      now.disturbs();
      now.disturbs = nullptr;
      done = mine;
      done.notify_one();
    }
  });
  unsigned seed = 13;
  auto end = clock::now() + 10s; // however slow the machine is
  int n = 0;
  for (int r = rounds(usual); n < r && clock::now() < end; ) {
    now = make(static_cast<unsigned>(n));
    turn = ++n;
    turn.notify_one();
    jitter(seed);
    now.waits();
    now.waits = nullptr;
    for (int d; (d = done.load()) != n;) done.wait(d);
    if (::testing::Test::HasFailure()) break;
  }
  while (turn >= 0) {
    turn = -1;
    turn.notify_one();
  }
  other.join();
  EXPECT_EQ(leak_check(10s).report(), "");
  EXPECT_EQ(detail::armed_timers(), 0U);
}

template <class R> void expect(const R& r, std::initializer_list<errc> errors) {
  if (r) return;
  for (errc e : errors)
    if (r.error() == e) return;
  ADD_FAILURE() << r.error().what();
}

TEST(Stress, ContextWait) {
  meet([](unsigned n) {
    auto parent = held(with_cancel(root));
    auto scope = held(with_cancel(*parent));
    auto ender = n % 2 ? parent : scope;
    return meeting{[ctx = scope->get()] { ctx.wait(); },
                   [parent, ender, scope, n]() mutable {
                     if (n % 3) ender->cancel();
                     ender.reset();
                     scope.reset(); // ends it, if nothing else did
                     parent.reset();
                   }};
  });
}

TEST(Stress, Await) {
  meet([](unsigned n) {
    auto [p, f] = make_promise<int>();
    auto scope = held(with_cancel(root));
    return meeting{[f = held(std::move(f)), ctx = scope->get()]() mutable {
                     expect(std::move(*f).await(ctx), {errc::canceled, errc::abandoned_promise});
                   },
                   [p = held(std::move(p)), scope, n]() mutable {
                     if (n % 3 == 0) (void)p->set_value(1);
                     if (n % 3 == 1) scope->cancel();
                     p.reset(); // abandoned, perhaps
                   }};
  });
}

TEST(Stress, AwaitOfATask) {
  meet([](unsigned n) {
    auto scope = held(with_cancel(root));
    auto f = go(*scope, [n](const context& c) -> result<int> {
      if (n % 2) c.wait();
      return 1;
    });
    return meeting{[g = held(f)]() mutable { expect(std::move(*g).await(root), {errc::canceled}); },
                   [scope, f = held(f)]() mutable {
                     f.reset();
                     scope.reset();
                   }};
  });
}

TEST(Stress, LazyAwait) {
  meet([](unsigned n) {
    auto scope = held(with_cancel(root));
    auto l = std::make_shared<lazy<int>>(root, [n](const context& c) -> result<int> {
      if (n % 2) (void)sleep_for(c, 20us);
      return 1;
    });
    return meeting{[l, ctx = scope->get()] { expect(l->await(ctx), {errc::canceled}); },
                   [l, scope, n]() mutable {
                     if (n % 3 == 0) expect(l->await(root), {});
                     scope->cancel();
                   }};
  });
}

TEST(Stress, Send) {
  meet([](unsigned n) {
    auto [tx, rx] = channel<std::unique_ptr<int>>(n % 2);
    if (n % 2) (void)tx.try_send(std::make_unique<int>(0));
    auto scope = held(with_cancel(root));
    auto taken = held(0);
    return meeting{[tx = held(std::move(tx)), scope, taken]() mutable {
                     auto item = std::make_unique<int>(1);
                     auto sent = tx->send(*scope, std::move(item));
                     EXPECT_EQ(item == nullptr, sent.has_value());
                     expect(sent, {errc::canceled, errc::closed});
                   },
                   [rx = held(std::move(rx)), scope, n]() mutable {
                     if (n % 3 == 0) expect(rx->receive(root), {errc::closed});
                     if (n % 3 == 1) scope->cancel();
                     rx.reset();
                   }};
  });
}

TEST(Stress, Receive) {
  meet([](unsigned n) {
    auto [tx, rx] = channel<std::unique_ptr<int>>(n % 2);
    auto scope = held(with_cancel(root));
    return meeting{[rx = held(std::move(rx)), scope, n]() mutable {
                     if (n % 5 == 0) {
                       for (auto& item : rx->each(*scope)) EXPECT_NE(item, nullptr);
                     } else if (n % 5 == 1) {
                       std::vector<std::unique_ptr<int>> some;
                       expect(rx->receive_some(*scope, some, 3), {errc::canceled, errc::closed});
                     } else if (auto item = rx->receive(*scope)) {
                       EXPECT_NE(*item, nullptr);
                     } else {
                       expect(item, {errc::canceled, errc::closed});
                     }
                   },
                   [tx = held(std::move(tx)), scope, n]() mutable {
                     if (n % 3 == 0) expect(tx->send(root, std::make_unique<int>(1)), {errc::closed});
                     if (n % 3 == 1) scope->cancel();
                     tx.reset();
                   }};
  });
}

TEST(Stress, Select) {
  struct sources {
    channel_pair<int> in = channel<int>(0), out = channel<int>(0);
    promise_pair<int> p = make_promise<int>();
    timer t;
    cancel_scope other = with_cancel(root), scope = with_cancel(root);
  };
  meet([](unsigned n) {
    auto s = std::make_shared<sources>();
    auto in = s->in;
    auto out = s->out;
    return meeting{[s] {
                     int ran = 0;
                     std::size_t at = select(
                         s->scope, on(s->in.recv.op(), [&](const result<int>&) { ++ran; }),
                         on(s->out.send.op(1), [&](const result<void>&) { ++ran; }),
                         on(s->p.future, [&](const result<int>&) { ++ran; }), on(s->t, [&] { ++ran; }),
                         on(s->other, [&](const error&) { ++ran; }));
                     EXPECT_EQ(ran, at == npos ? 0 : 1);
                   },
                   [s, tx = held(std::move(in.send)), rx = held(std::move(out.recv)), n]() mutable {
                     cancel_scope limit = with_timeout(root, 1ms); // the select may have chosen another
                     switch (n % 6) {
                     case 0: (void)tx->send(limit, 1); break;
                     case 1: (void)rx->receive(limit); break;
                     case 2: (void)s->p.promise.set_value(1); break;
                     case 3: s->t.reset(1us); break;
                     case 4: s->other.cancel(); break;
                     case 5: break;
                     }
                     s->scope.cancel();
                   }};
  });
}

TEST(Stress, SelectsThatMeet) {
  meet([](unsigned n) {
    auto a = channel<int>(0);
    auto b = channel<int>(0);
    auto scope = held(with_cancel(root));
    auto both = [a, b, ctx = scope->get()](int mine) {
      return select(ctx, on(a.send.op(std::move(mine)), [](const result<void>&) {}),
                    on(b.recv.op(), [](const result<int>&) {}));
    };
    auto inverse = [a, b, ctx = scope->get()](int mine) {
      return select(ctx, on(b.send.op(std::move(mine)), [](const result<void>&) {}),
                    on(a.recv.op(), [](const result<int>&) {}));
    };
    auto which = held(std::size_t{npos});
    return meeting{[both, scope, n] {
                     std::size_t at = both(1);
                     EXPECT_TRUE(at != npos || n % 4 == 0);
                   },
                   [inverse, scope, n] {
                     if (n % 4 == 0)
                       scope->cancel();
                     else
                       EXPECT_NE(inverse(2), npos);
                   }};
  });
}

TEST(Stress, SemaphoreAcquire) {
  meet([](unsigned n) {
    auto s = std::make_shared<semaphore>(2);
    auto one = held(s->try_acquire(1 + n % 2));
    auto scope = held(with_cancel(root));
    return meeting{[s, ctx = scope->get()]() mutable {
                     expect(s->acquire(ctx, 2), {errc::canceled});
                     s.reset();
                   },
                   [s, one, scope, n]() mutable {
                     if (n % 3) scope->cancel();
                     one->reset();
                     expect(s->acquire(root, 1), {}); // the one who gave up let us in
                     s.reset();
                   }};
  });
}

TEST(Stress, WaitGroupWait) {
  meet([](unsigned n) {
    auto w = std::make_shared<wait_group>();
    auto token = held(std::make_optional(w->token()));
    auto scope = held(with_cancel(root));
    return meeting{[w = std::move(w), ctx = scope->get()]() mutable {
                     expect(w->wait(ctx), {errc::canceled});
                     w.reset(); // waits again, for the token
                   },
                   [token, scope, n] {
                     if (n % 2) scope->cancel();
                     if (n % 3) wait_token second = (*token)->split();
                     token->reset();
                   }};
  });
}

TEST(Stress, GroupSpawnAndWait) {
  meet([](unsigned n) {
    auto scope = held(with_cancel(root));
    auto g = std::make_shared<task_group>(*scope, group_options{.limit = 1});
    auto open = held(cancel_scope(with_cancel(root)));
    g->spawn([ctx = open->get(), n](const context& c) -> result<void> {
      ctx.wait();
      if (n % 5 == 0) return errc::overflow;
      return c.check();
    });
    return meeting{[g = std::move(g), n]() mutable {
                     g->spawn([] {}); // waits for the slot
                     if (n % 2) expect(std::move(*g).wait(), {errc::canceled, errc::overflow});
                     g.reset();
                   },
                   [scope, open, n] {
                     if (n % 3) scope->cancel();
                     open->cancel();
                   }};
  });
}

TEST(Stress, GuardedWhen) {
  meet([](unsigned n) {
    auto g = std::make_shared<guarded<int>>(0);
    auto scope = held(with_cancel(root));
    return meeting{[g, ctx = scope->get()]() mutable {
                     expect(g->when(ctx, [](int i) { return i > 0; }, [](int& i) { return i--; }), {errc::canceled});
                     g.reset();
                   },
                   [g, scope, n]() mutable {
                     if (n % 3) g->with([](int& i) { ++i; });
                     if (n % 3 != 1) scope->cancel();
                     g.reset();
                   }};
  });
}

TEST(Stress, OnceGet) {
  meet([](unsigned n) {
    auto o = std::make_shared<once<int>>();
    auto scope = held(with_cancel(root));
    auto make = [n] {
      if (n % 2) std::this_thread::yield();
      return 1;
    };
    return meeting{[o, ctx = scope->get(), make] { expect(o->get(ctx, make), {errc::canceled}); },
                   [o, scope, make, n] {
                     if (n % 3 == 0) scope->cancel();
                     expect(o->get(root, make), {});
                   }};
  });
}

TEST(Stress, SingleFlightRun) {
  meet([](unsigned n) {
    auto owner = held(with_cancel(root));
    auto flights = std::make_shared<single_flight<int, int>>(*owner);
    auto scope = held(with_cancel(root));
    auto fly = [n](const context& c) -> result<int> {
      if (n % 2) (void)sleep_for(c, 20us);
      return 1;
    };
    return meeting{[flights, ctx = scope->get(), fly] { expect(flights->run(ctx, 1, fly), {errc::canceled}); },
                   [flights, scope, owner, fly, n] {
                     if (n % 4 == 0) expect(flights->run(root, 1, fly), {});
                     if (n % 4 == 1) flights->forget(1);
                     if (n % 4 == 2) owner->cancel();
                     if (n % 4 != 1) scope->cancel();
                   }};
  }, 5000);
}

TEST(Stress, FutureCacheGet) {
  future_cache<int, int> cache(root, 2, 50us);
  meet([&](unsigned n) {
    auto scope = held(with_cancel(root));
    int key = static_cast<int>(n % 3);
    auto fill = [n, key](const context& c) -> result<int> {
      if (n % 2) (void)sleep_for(c, 20us);
      return key;
    };
    return meeting{[&cache, ctx = scope->get(), fill, key] {
                     auto got = cache.get(ctx, key, fill);
                     expect(got, {errc::canceled});
                     if (got) { EXPECT_EQ(*got, key); }
                   },
                   [&cache, scope, fill, key, n] {
                     if (n % 4 == 0) expect(cache.get(root, key, fill), {});
                     if (n % 4 == 1) cache.erase(key);
                     if (n % 4 == 2) cache.clear();
                     if (n % 4 == 3) scope->cancel();
                     EXPECT_LE(cache.size(), 2U);
                   }};
  }, 5000);
}

TEST(Stress, TimersAndSleeps) {
  meet([](unsigned n) {
    auto t = std::make_shared<timer>(n % 4 == 0 ? 1h : 10us);
    auto every = std::make_shared<ticker>(5us);
    auto scope = held(with_cancel(root));
    return meeting{[t, every, ctx = scope->get(), n]() mutable {
                     if (n % 3 == 0) expect(t->wait(ctx), {errc::canceled});
                     if (n % 3 == 1) expect(every->wait(ctx), {errc::canceled});
                     if (n % 3 == 2) expect(sleep_for(ctx, 10us), {errc::canceled});
                     t.reset();
                     every.reset();
                   },
                   [t, scope, n]() mutable {
                     if (n % 5 == 0) t->stop();
                     if (n % 5 == 1) t->reset(1us);
                     t.reset();
                     scope->cancel();
                   }};
  });
}

TEST(Stress, WorkerJoin) {
  meet([](unsigned n) {
    auto scope = held(with_cancel(root));
    auto w = std::make_shared<worker>(root, task_info{"stress"}, [](const context& c, int& mine) {
      c.wait();
      ++mine;
    }, 0);
    return meeting{[w, ctx = scope->get()]() mutable {
                     expect(w->join(ctx), {errc::canceled});
                     w.reset();
                   },
                   [w, scope, n]() mutable {
                     if (n % 2) scope->cancel();
                     w->request_stop();
                     w.reset();
                   }};
  }, 5000);
}

TEST(Stress, WorkerPoolSubmitAndClose) {
  meet([](unsigned n) {
    auto scope = held(with_cancel(root));
    auto run = held(0);
    auto pool = std::make_shared<worker_pool>(
        root, worker_pool_options{.threads = 1, .queue = n % 2, .stop = n % 3 ? on_stop::drain : on_stop::drop});
    return meeting{[pool, ctx = scope->get(), run]() mutable {
                     int accepted = 0;
                     for (int i = 0; i < 3; ++i)
                       if (auto taken = pool->submit(ctx, [run] { ++*run; }))
                         ++accepted;
                       else
                         expect(taken, {errc::canceled, errc::closed});
                     expect(pool->close(root), {errc::canceled, errc::closed});
                     EXPECT_LE(*run, accepted);
                     pool.reset();
                   },
                   [pool, scope, n]() mutable {
                     if (n % 4 == 0) expect(pool->close(*scope), {errc::canceled, errc::closed});
                     if (n % 4 == 1) scope->cancel();
                     pool.reset();
                   }};
  }, 5000);
}

TEST(Stress, Combinators) {
  meet([](unsigned n) {
    auto scope = held(with_cancel(root));
    std::vector<promise<int>> promises;
    std::vector<future<int>> futures;
    for (int i = 0; i < 3; ++i) {
      auto [p, f] = make_promise<int>();
      promises.push_back(std::move(p));
      futures.push_back(std::move(f));
    }
    return meeting{[futures, ctx = scope->get(), n] {
                     auto errors = {errc::canceled, errc::abandoned_promise, errc::overflow};
                     switch (n % 5) {
                     case 0: expect(all(ctx, futures), errors); break;
                     case 1: expect(first(ctx, futures), errors); break;
                     case 2: expect(any(ctx, futures).second, errors); break;
                     case 3: expect(all(ctx, futures[0], futures[1], map(futures[2], [](int i) { return i; })), errors); break;
                     case 4:
                       expect(race(ctx, [](const context& c) { c.wait(); return 1; },
                                   [&](const context& c) { return futures[0].await(c); }), errors);
                       break;
                     }
                   },
                   [promises = held(std::move(promises)), scope, n]() mutable {
                     if (n % 3 == 0)
                       for (auto& p : *promises) (void)p.set_value(1);
                     if (n % 3 == 1) (void)promises->back().set_error(errc::overflow);
                     if (n % 3 == 2) scope->cancel();
                     promises.reset();
                   }};
  });
}

TEST(Stress, ExecutorShutdown) {
  meet([](unsigned n) {
    auto pool = std::make_shared<elastic_executor>(elastic_options{.parallelism = 1, .max_threads = 2, .stall = 1ms});
    auto scope = held(with_cancel(root));
    auto f = go(*scope, [](const context& c) { return c.check(); }, {.on = pool.get()});
    return meeting{[pool, ctx = scope->get(), f = held(std::move(f))]() mutable {
                     expect(std::move(*f).await(root), {errc::canceled, errc::not_started});
                     pool.reset();
                   },
                   [pool, scope, n]() mutable {
                     if (n % 3 == 0) scope->cancel();
                     if (n % 3 == 1) expect(pool->shutdown(*scope), {errc::canceled});
                     pool.reset();
                   }};
  }, 5000);
}

} // namespace
} // namespace heddle
