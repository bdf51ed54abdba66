// What the operations cost, beside peers. Names are "operation/who"; bench.py runs this and main.go by turns and makes
// the table of docs/runtime.md. A second thread is kept alive: many things are cheaper in a process that never had one.
#include <heddle/heddle.h>

#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>
#include <benchmark/benchmark.h>
#include <boost/fiber/all.hpp>
#include <tbb/concurrent_queue.h>
#include <tbb/task_group.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

using namespace std::chrono_literals;
namespace fibers = boost::fibers;

namespace {

using heddle::context;
const context root = context::root();
/// Under a context that can end, as real code is.
heddle::cancel_scope live_scope = heddle::with_cancel(root);
const context& live = live_scope.get();

#define OPERATION(name, who) BENCHMARK(who)->Name(name "/" #who)->UseRealTime()

// ---- a result that is there -----------------------------------------------------------------------------------------

namespace resolve {
void heddle(benchmark::State& state) {
  for (auto _ : state) {
    auto [p, f] = ::heddle::make_promise<int>();
    benchmark::DoNotOptimize(p.set_value(1));
    benchmark::DoNotOptimize(*f.await(live));
  }
}
void std(benchmark::State& state) {
  for (auto _ : state) {
    ::std::promise<int> p;
    auto f = p.get_future();
    p.set_value(1);
    benchmark::DoNotOptimize(f.get());
  }
}
void fiber(benchmark::State& state) {
  for (auto _ : state) {
    fibers::promise<int> p;
    auto f = p.get_future();
    p.set_value(1);
    benchmark::DoNotOptimize(f.get());
  }
}
void absl(benchmark::State& state) {
  for (auto _ : state) {
    auto n = ::std::make_shared<::absl::Notification>();
    auto other = n;
    n->Notify();
    other->WaitForNotification();
  }
}
OPERATION("resolve + await", heddle);
OPERATION("resolve + await", std);
OPERATION("resolve + await", fiber);
OPERATION("resolve + await", absl);
} // namespace resolve

namespace ready {
void heddle(benchmark::State& state) {
  auto [p, f] = ::heddle::make_promise<int>();
  (void)p.set_value(1);
  for (auto _ : state) benchmark::DoNotOptimize(*f.await(live));
}
void std(benchmark::State& state) {
  ::std::promise<int> p;
  ::std::shared_future<int> f = p.get_future().share();
  p.set_value(1);
  for (auto _ : state) benchmark::DoNotOptimize(f.get());
}
void fiber(benchmark::State& state) {
  fibers::promise<int> p;
  fibers::shared_future<int> f = p.get_future().share();
  p.set_value(1);
  for (auto _ : state) benchmark::DoNotOptimize(f.get());
}
void absl(benchmark::State& state) {
  ::absl::Notification n;
  n.Notify();
  for (auto _ : state) n.WaitForNotification();
}
OPERATION("await what is ready", heddle);
OPERATION("await what is ready", std);
OPERATION("await what is ready", fiber);
OPERATION("await what is ready", absl);
} // namespace ready

// ---- channels -------------------------------------------------------------------------------------------------------

/// The queues that one writes with a mutex and conditions.
class std_queue {
public:
  explicit std_queue(std::size_t n) : capacity_(n) {}
  void push(int v) {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [&] { return items_.size() < capacity_; });
    items_.push_back(v);
    not_empty_.notify_one();
  }
  int pop() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [&] { return !items_.empty(); });
    int v = items_.front();
    items_.pop_front();
    not_full_.notify_one();
    return v;
  }

private:
  std::mutex mutex_;
  std::condition_variable not_full_, not_empty_;
  std::deque<int> items_;
  std::size_t capacity_;
};
class absl_queue {
public:
  explicit absl_queue(std::size_t n) : capacity_(n) {}
  void push(int v) {
    auto not_full = [this] { return items_.size() < capacity_; };
    absl::MutexLock lock(&mutex_, absl::Condition(&not_full));
    items_.push_back(v);
  }
  int pop() {
    auto not_empty = [this] { return !items_.empty(); };
    absl::MutexLock lock(&mutex_, absl::Condition(&not_empty));
    int v = items_.front();
    items_.pop_front();
    return v;
  }

private:
  absl::Mutex mutex_;
  std::deque<int> items_;
  std::size_t capacity_;
};

namespace buffered {
void heddle(benchmark::State& state) {
  auto [tx, rx] = ::heddle::channel<int>(16);
  for (auto _ : state) {
    (void)tx.send(live, 1);
    benchmark::DoNotOptimize(*rx.receive(live));
  }
}
template <class Queue> void run(benchmark::State& state) {
  Queue q(16);
  for (auto _ : state) {
    q.push(1);
    benchmark::DoNotOptimize(q.pop());
  }
}
void std(benchmark::State& state) { run<std_queue>(state); }
void absl(benchmark::State& state) { run<absl_queue>(state); }
void tbb(benchmark::State& state) {
  ::tbb::concurrent_bounded_queue<int> q;
  q.set_capacity(16);
  for (auto _ : state) {
    q.push(1);
    int v;
    q.pop(v);
    benchmark::DoNotOptimize(v);
  }
}
void fiber(benchmark::State& state) {
  fibers::buffered_channel<int> q(16);
  for (auto _ : state) {
    q.push(1);
    benchmark::DoNotOptimize(q.value_pop());
  }
}
OPERATION("buffered send + receive", heddle);
OPERATION("buffered send + receive", std);
OPERATION("buffered send + receive", fiber);
OPERATION("buffered send + receive", tbb);
OPERATION("buffered send + receive", absl);
} // namespace buffered

namespace select {
void heddle(benchmark::State& state) {
  ::std::vector<::heddle::channel_pair<int>> c;
  for (int i = 0; i < 4; ++i) {
    c.push_back(::heddle::channel<int>(4));
    (void)c.back().send.send(root, 1);
  }
  auto nothing = [](const ::heddle::result<int>& r) { benchmark::DoNotOptimize(*r); };
  for (auto _ : state) {
    using ::heddle::on;
    ::std::size_t at = ::heddle::select(live, on(c[0].recv.op(), nothing), on(c[1].recv.op(), nothing),
                                      on(c[2].recv.op(), nothing), on(c[3].recv.op(), nothing));
    (void)c[at].send.send(live, 1);
  }
}
OPERATION("select of four ready + send", heddle);
} // namespace select

namespace round_trip {
void heddle(benchmark::State& state) {
  auto [ping, pinged] = ::heddle::channel<int>(0);
  auto [pong, ponged] = ::heddle::channel<int>(0);
  ::std::thread peer([rx = ::std::move(pinged), tx = ::std::move(pong)] {
    for (int v : rx.each(live)) (void)tx.send(live, v);
  });
  for (auto _ : state) {
    (void)ping.send(live, 1);
    benchmark::DoNotOptimize(*ponged.receive(live));
  }
  { ::heddle::sender<int> gone = ::std::move(ping); }
  peer.join();
}
/// A hand-over that waits until the other has taken the item, by mutex and condition.
class hand_over {
public:
  void push(int v) {
    ::std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !item_; });
    item_ = v;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !item_; });
  }
  int pop() {
    ::std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return item_.has_value(); });
    int v = *item_;
    item_.reset();
    changed_.notify_all();
    return v;
  }

private:
  ::std::mutex mutex_;
  ::std::condition_variable changed_;
  ::std::optional<int> item_;
};
class absl_hand_over {
public:
  void push(int v) {
    ::absl::MutexLock lock(&mutex_);
    auto empty = [this] { return !item_; };
    mutex_.Await(::absl::Condition(&empty));
    item_ = v;
    mutex_.Await(::absl::Condition(&empty));
  }
  int pop() {
    auto full = [this] { return item_.has_value(); };
    ::absl::MutexLock lock(&mutex_, ::absl::Condition(&full));
    int v = *item_;
    item_.reset();
    return v;
  }

private:
  ::absl::Mutex mutex_;
  ::std::optional<int> item_;
};
template <class Q> void run(benchmark::State& state) {
  Q ping, pong;
  ::std::thread peer([&] {
    for (int v; (v = ping.pop()) != 0;) pong.push(v);
  });
  for (auto _ : state) {
    ping.push(1);
    benchmark::DoNotOptimize(pong.pop());
  }
  ping.push(0);
  peer.join();
}
void std(benchmark::State& state) { run<hand_over>(state); }
void absl(benchmark::State& state) { run<absl_hand_over>(state); }
template <class Run> void of_fibers(benchmark::State& state, Run start) {
  fibers::unbuffered_channel<int> ping, pong;
  auto peer = start([&] {
    for (int v; ping.pop(v) == fibers::channel_op_status::success;) pong.push(v);
  });
  for (auto _ : state) {
    ping.push(1);
    benchmark::DoNotOptimize(pong.value_pop());
  }
  ping.close();
  peer.join();
}
void fiber(benchmark::State& state) {
  of_fibers(state, [](auto f) { return fibers::fiber(f); });
}
void fiber_threads(benchmark::State& state) {
  of_fibers(state, [](auto f) { return ::std::thread(f); });
}
OPERATION("unbuffered round trip", heddle);
OPERATION("unbuffered round trip", std);
OPERATION("unbuffered round trip", fiber);
OPERATION("unbuffered round trip", fiber_threads);
OPERATION("unbuffered round trip", absl);
} // namespace round_trip

namespace two_to_two {
constexpr int items = 20000;
template <class Make> void run(benchmark::State& state, Make make) {
  for (auto _ : state) {
    auto [put, take] = make(static_cast<::std::size_t>(state.range(0)));
    ::std::vector<::std::thread> t;
    for (int i = 0; i < 2; ++i)
      t.emplace_back([put = put]() mutable {
        for (int k = 0; k < items / 2; ++k) put(k);
      });
    for (int i = 0; i < 2; ++i)
      t.emplace_back([take = take]() mutable {
        for (int k = 0; k < items / 2;) k += take(items / 2 - k);
      });
    for (auto& th : t) th.join();
  }
  state.SetItemsProcessed(state.iterations() * items);
}
void heddle(benchmark::State& state) {
  run(state, [](::std::size_t n) {
    auto [tx, rx] = ::heddle::channel<int>(n);
    return ::std::pair([tx = tx](int v) { (void)tx.send(live, v); },
                       [rx = rx](int) { return static_cast<int>(rx.receive(live).has_value()); });
  });
}
void heddle_some(benchmark::State& state) {
  run(state, [](::std::size_t n) {
    auto [tx, rx] = ::heddle::channel<int>(n);
    return ::std::pair([tx = tx](int v) { (void)tx.send(live, v); },
                       [rx = rx, into = ::std::vector<int>()](int want) mutable {
                         into.clear();
                         return static_cast<int>(*rx.receive_some(live, into, ::std::min<::std::size_t>(
                                                                                    64, static_cast<::std::size_t>(want))));
                       });
  });
}
template <class Q> auto queue(::std::size_t n) {
  auto q = ::std::make_shared<Q>(n);
  return ::std::pair([q](int v) { q->push(v); }, [q](int) {
    benchmark::DoNotOptimize(q->pop());
    return 1;
  });
}
void std(benchmark::State& state) { run(state, queue<std_queue>); }
void absl(benchmark::State& state) { run(state, queue<absl_queue>); }
void tbb(benchmark::State& state) {
  run(state, [](::std::size_t n) {
    auto q = ::std::make_shared<::tbb::concurrent_bounded_queue<int>>();
    q->set_capacity(static_cast<::std::ptrdiff_t>(n));
    return ::std::pair([q](int v) { q->push(v); }, [q](int) {
      int v;
      q->pop(v);
      return 1;
    });
  });
}
void fiber_threads(benchmark::State& state) {
  run(state, [](::std::size_t n) {
    auto q = ::std::make_shared<fibers::buffered_channel<int>>(n);
    return ::std::pair([q](int v) { q->push(v); }, [q](int) {
      benchmark::DoNotOptimize(q->value_pop());
      return 1;
    });
  });
}
#define CAPACITIES(who) \
  BENCHMARK(who)->Name("2 producers 2 consumers/" #who)->Arg(16)->Arg(128)->Arg(1024)->UseRealTime()->MeasureProcessCPUTime()
CAPACITIES(heddle);
CAPACITIES(heddle_some);
CAPACITIES(std);
CAPACITIES(tbb);
CAPACITIES(absl);
CAPACITIES(fiber_threads);
} // namespace two_to_two

// ---- cancellation ---------------------------------------------------------------------------------------------------

namespace cancel {
void heddle(benchmark::State& state) {
  for (auto _ : state) {
    ::heddle::cancel_scope s = ::heddle::with_cancel(live);
    benchmark::DoNotOptimize(s.cancel());
  }
}
void std(benchmark::State& state) {
  ::std::stop_source parent;
  for (auto _ : state) {
    ::std::stop_source s;
    ::std::stop_callback link(parent.get_token(), [&] { s.request_stop(); });
    benchmark::DoNotOptimize(s.request_stop());
  }
}
OPERATION("with_cancel + cancel", heddle);
OPERATION("with_cancel + cancel", std);
} // namespace cancel

namespace timeout {
void heddle(benchmark::State& state) {
  for (auto _ : state) {
    ::heddle::cancel_scope s = ::heddle::with_timeout(live, 1h);
    benchmark::DoNotOptimize(s.cancel());
  }
}
OPERATION("with_timeout + cancel", heddle);
} // namespace timeout

// ---- tasks ----------------------------------------------------------------------------------------------------------

namespace group {
void heddle(benchmark::State& state) {
  for (auto _ : state) {
    ::heddle::task_group g(live);
    for (int i = 0; i < 1000; ++i) g.spawn([] {});
    benchmark::DoNotOptimize(::std::move(g).wait().has_value());
  }
}
void tbb(benchmark::State& state) {
  for (auto _ : state) {
    ::tbb::task_group g;
    for (int i = 0; i < 1000; ++i) g.run([] {});
    benchmark::DoNotOptimize(g.wait());
  }
}
void fiber(benchmark::State& state) {
  for (auto _ : state) {
    ::std::vector<fibers::fiber> all;
    for (int i = 0; i < 1000; ++i) all.emplace_back([] {});
    for (auto& f : all) f.join();
  }
}
OPERATION("group of 1000", heddle);
OPERATION("group of 1000", tbb);
OPERATION("group of 1000", fiber);
} // namespace group

namespace group_of_one {
void heddle(benchmark::State& state) {
  for (auto _ : state) {
    ::heddle::task_group g(live);
    g.spawn([] {});
    benchmark::DoNotOptimize(::std::move(g).wait().has_value());
  }
}
void tbb(benchmark::State& state) {
  for (auto _ : state) {
    ::tbb::task_group g;
    g.run([] {});
    benchmark::DoNotOptimize(g.wait());
  }
}
OPERATION("group of one", heddle);
OPERATION("group of one", tbb);
} // namespace group_of_one

namespace spawn {
void heddle(benchmark::State& state) {
  for (auto _ : state) {
    auto f = ::heddle::go(live, [] { return 1; });
    benchmark::DoNotOptimize(*f.await(live));
  }
}
void std(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(::std::async(::std::launch::async, [] { return 1; }).get());
}
void fiber(benchmark::State& state) {
  for (auto _ : state) fibers::fiber([] {}).join();
}
OPERATION("spawn + join", heddle);
OPERATION("spawn + join", std);
OPERATION("spawn + join", fiber);
} // namespace spawn

namespace wake {
/// To a thread that sleeps, and back: two wakes.
template <class Promise, class Make, class Get> void run(benchmark::State& state, Make make, Get get) {
  ::std::mutex mutex;
  ::std::condition_variable changed;
  ::std::optional<Promise> question;
  bool end = false;
  ::std::thread peer([&] {
    for (;;) {
      ::std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return question || end; });
      if (end) return;
      Promise p = ::std::move(*question);
      question.reset();
      lock.unlock();
      (void)p.set_value(1);
    }
  });
  for (auto _ : state) {
    auto [p, f] = make();
    {
      ::std::lock_guard lock(mutex);
      question.emplace(::std::move(p));
    }
    changed.notify_one();
    benchmark::DoNotOptimize(get(f));
  }
  {
    ::std::lock_guard lock(mutex);
    end = true;
  }
  changed.notify_one();
  peer.join();
}
void heddle(benchmark::State& state) {
  run<::heddle::promise<int>>(
      state, [] { return ::heddle::make_promise<int>(); }, [](auto& f) { return *f.await(live); });
}
void std(benchmark::State& state) {
  run<::std::promise<int>>(
      state,
      [] {
        ::std::promise<int> p;
        auto f = p.get_future();
        return ::std::pair(::std::move(p), ::std::move(f));
      },
      [](auto& f) { return f.get(); });
}
OPERATION("await of another thread", heddle);
OPERATION("await of another thread", std);
} // namespace wake

} // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  heddle::cancel_scope end = heddle::with_cancel(root);
  std::thread second([ctx = end.get()] { ctx.wait(); });
  benchmark::RunSpecifiedBenchmarks();
  end.cancel();
  second.join();
}
