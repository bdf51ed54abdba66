// RUN: %verify %s heddle-async-may-defer -- -std=c++20
// Known misses: the limits that the page names.
#include <chrono>
#include <future>

int build();
void animate();
void log(const char *);
using namespace std::chrono_literals;

struct Builder {
  virtual ~Builder() = default;
  virtual std::future<int> start() { return std::async(build); }
};
int FN_virtual_factory(Builder &b) {
  auto built = b.start();
  while (built.wait_for(100ms) != std::future_status::ready)
    animate();
  return built.get();
}

int FN_deferred_is_only_logged() {
  auto built = std::async(build);
  if (built.wait_for(0ms) == std::future_status::deferred)
    log("deferred");
  while (built.wait_for(100ms) != std::future_status::ready)
    animate();
  return built.get();
}
