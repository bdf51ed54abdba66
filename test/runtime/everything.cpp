// Uses something of everything, for headers.py to compile with many compilers, and runs some of it. Every template of
// the library is instantiated by the functions of test/models/runtime.cpp.
#include <heddle/heddle.h>

#include "../models/runtime.cpp"

void use(int) {}

int main() {
  using namespace std::chrono_literals;
  const context root = context::root();
  int failed = 0;
  auto [tx, rx] = channel<int>(2);
  failed += !tx.send(root, 1);
  auto [p, f] = make_promise<int>();
  failed += !p.set_value(1);
  failed += f.await(root).value_or(0) != 1;
  auto g = go(root, [](const context&) { return 1; });
  timer t(1ms);
  std::size_t at = select(root, on(g, [](const result<int>&) {}), on(t, [] {}), on(rx.op(), [](result<int>) {}));
  failed += at > 2;
  task_group group(root, {.limit = 2});
  group.spawn([] {});
  failed += !std::move(group).wait();
  {
    cancel_scope limit = with_timeout(root, 1ms);
    failed += sleep_for(limit, 1h).has_value();
#if HEDDLE_HAS_STOP_TOKEN
    failed += !std::stop_token(limit.get()).stop_requested();
#endif
  }
  std::vector<int> a(3, 0);
  failed += !for_each(root, {}, a, [](int& i) { i = 1; });
  failed += a != std::vector<int>{1, 1, 1};
  groups(root, *std::make_unique<task_group>(root), *std::make_unique<task_group>(root), a);
  futures(root, g, executor::default_pool());
  owners(root, *std::make_unique<worker_pool>(root, worker_pool_options{}));
  return failed + !shutdown_default(10s);
}
