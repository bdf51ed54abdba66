// RUN: %verify %s heddle-uncancellable-wait -- -std=c++20
// Known misses: the limits that the page names.
#include <atomic>
#include <future>
#include <thread>

void use(int);
std::future<int> next();

// The future is assumed to be set soon.
class FN_WaitForAFuture {
public:
  void start() {
    thread_ = std::thread([this] {
      while (!stop_)
        use(next().get());
    });
  }
  ~FN_WaitForAFuture() {
    stop_ = true;
    thread_.join();
  }

private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};
