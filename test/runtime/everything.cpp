// Uses something of everything, for headers.py to compile with many compilers.
#include <heddle/heddle.h>
using namespace heddle;
using namespace std::chrono_literals;
int main() {
  const context root = context::root();
  auto [tx, rx] = channel<int>(2);
  (void)tx.send(root, 1);
  for (int v : rx.each(root)) { if (v) break; }
  auto [p, f] = make_promise<int>();
  (void)p.set_value(1);
  (void)f.await(root);
  auto g = go(root, [](const context&) { return 1; });
  timer t(1ms);
  select(root, on(g, [](const result<int>&) {}), on(t, [] {}), on(rx.op(), [](result<int>) {}));
  task_group gr(root, {.limit = 2});
  gr.spawn([] {});
  (void)std::move(gr).wait();
  cancel_scope s = with_timeout(root, 1ms);
  int a[3] = {};
  return for_each(s, {}, a, [](int&) {}) ? 0 : 1;
}
