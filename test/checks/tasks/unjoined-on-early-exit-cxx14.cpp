// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++14
// Before C++17 the iterator of a range-for is formally a copy; there is no std::jthread to suggest.
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

void log(const char *);
bool ready();

class Pool {
public:
  explicit Pool(int n);
  ~Pool();

private:
  std::vector<std::thread> ok_threads_;
};
Pool::Pool(int n) {
  for (int i = 0; i < n; ++i)
    ok_threads_.emplace_back([] { log("x"); });
}
Pool::~Pool() {
  try {
    for (auto &t : ok_threads_)
      t.join();
  } catch (const std::exception &) {
  }
}
void ok_joined(int n) {
  std::vector<std::thread> all;
  for (int i = 0; i < n; ++i)
    all.emplace_back([] { log("x"); });
  for (auto &t : all)
    t.join();
}
void bad_left(int n) {
  std::vector<std::thread> all;
  for (int i = 0; i < n; ++i)
    all.emplace_back([] { log("x"); });
  if (!ready())
    return; // warning: 'all' may still run here
  for (auto &t : all)
    t.join();
}
