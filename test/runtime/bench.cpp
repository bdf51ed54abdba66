// What the operations cost, beside the standard library's. A second thread is kept alive: many things are cheaper in a
// process that never had one.
#include <heddle/heddle.h>

#include <benchmark/benchmark.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;

namespace {

const heddle::context root = heddle::context::root();

void resolve_await(benchmark::State& state) {
  for (auto _ : state) {
    auto [p, f] = heddle::make_promise<int>();
    benchmark::DoNotOptimize(p.set_value(1));
    benchmark::DoNotOptimize(*f.await(root));
  }
}
BENCHMARK(resolve_await);

void std_resolve_get(benchmark::State& state) {
  for (auto _ : state) {
    std::promise<int> p;
    auto f = p.get_future();
    p.set_value(1);
    benchmark::DoNotOptimize(f.get());
  }
}
BENCHMARK(std_resolve_get);

void await_ready(benchmark::State& state) {
  auto [p, f] = heddle::make_promise<int>();
  (void)p.set_value(1);
  for (auto _ : state) benchmark::DoNotOptimize(*f.await(root));
}
BENCHMARK(await_ready);

void std_shared_future_get_ready(benchmark::State& state) {
  std::promise<int> p;
  std::shared_future<int> f = p.get_future().share();
  p.set_value(1);
  for (auto _ : state) benchmark::DoNotOptimize(f.get());
}
BENCHMARK(std_shared_future_get_ready);

void buffered_send_receive(benchmark::State& state) {
  auto [tx, rx] = heddle::channel<int>(16);
  for (auto _ : state) {
    (void)tx.send(root, 1);
    benchmark::DoNotOptimize(*rx.receive(root));
  }
}
BENCHMARK(buffered_send_receive);

void select_four_ready(benchmark::State& state) {
  std::vector<heddle::channel_pair<int>> c;
  for (int i = 0; i < 4; ++i) {
    c.push_back(heddle::channel<int>(4));
    (void)c.back().send.send(root, 1);
  }
  auto nothing = [](const heddle::result<int>& r) { benchmark::DoNotOptimize(*r); };
  for (auto _ : state) {
    std::size_t at = heddle::select(root, heddle::on(c[0].recv.op(), nothing), heddle::on(c[1].recv.op(), nothing),
                                    heddle::on(c[2].recv.op(), nothing), heddle::on(c[3].recv.op(), nothing));
    (void)c[at].send.send(root, 1);
  }
}
BENCHMARK(select_four_ready);

void with_cancel_cancel(benchmark::State& state) {
  heddle::cancel_scope parent = heddle::with_cancel(root);
  for (auto _ : state) {
    heddle::cancel_scope s = heddle::with_cancel(parent);
    benchmark::DoNotOptimize(s.cancel());
  }
}
BENCHMARK(with_cancel_cancel);

void with_timeout_cancel(benchmark::State& state) {
  for (auto _ : state) {
    heddle::cancel_scope s = heddle::with_timeout(root, 1h);
    benchmark::DoNotOptimize(s.cancel());
  }
}
BENCHMARK(with_timeout_cancel);

void group_of_1000(benchmark::State& state) {
  for (auto _ : state) {
    heddle::task_group g(root);
    for (int i = 0; i < 1000; ++i) g.spawn([] {});
    benchmark::DoNotOptimize(std::move(g).wait().has_value());
  }
}
BENCHMARK(group_of_1000)->UseRealTime()->Unit(benchmark::kMicrosecond);

void spawn_join(benchmark::State& state) {
  for (auto _ : state) {
    auto f = heddle::go(root, [] { return 1; });
    benchmark::DoNotOptimize(*f.await(root));
  }
}
BENCHMARK(spawn_join)->UseRealTime();

void std_async_get(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(std::async(std::launch::async, [] { return 1; }).get());
}
BENCHMARK(std_async_get)->UseRealTime();

void rendezvous_round_trip(benchmark::State& state) {
  auto [ping, pinged] = heddle::channel<int>(0);
  auto [pong, ponged] = heddle::channel<int>(0);
  std::thread peer([rx = pinged, tx = pong] {
    for (int v : rx.each(root)) (void)tx.send(root, v);
  });
  for (auto _ : state) {
    (void)ping.send(root, 1);
    benchmark::DoNotOptimize(*ponged.receive(root));
  }
  { heddle::sender<int> gone = std::move(ping); }
  peer.join();
}
BENCHMARK(rendezvous_round_trip)->UseRealTime();

void two_producers_two_consumers(benchmark::State& state) {
  constexpr int items = 20000;
  for (auto _ : state) {
    auto [tx, rx] = heddle::channel<int>(static_cast<std::size_t>(state.range(0)));
    std::vector<std::thread> t;
    for (int i = 0; i < 2; ++i)
      t.emplace_back([tx = tx] {
        for (int k = 0; k < items / 2; ++k) (void)tx.send(root, k);
      });
    for (int i = 0; i < 2; ++i)
      t.emplace_back([rx = rx] {
        for (int v : rx.each(root)) benchmark::DoNotOptimize(v);
      });
    { heddle::sender<int> gone = std::move(tx); }
    for (auto& th : t) th.join();
  }
  state.SetItemsProcessed(state.iterations() * items);
}
BENCHMARK(two_producers_two_consumers)->Arg(16)->Arg(128)->Arg(1024)->UseRealTime()->Unit(benchmark::kMillisecond);

} // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  heddle::cancel_scope end = heddle::with_cancel(root);
  std::thread second([ctx = end.get()] { ctx.wait(); });
  benchmark::RunSpecifiedBenchmarks();
  end.cancel();
  second.join();
}
