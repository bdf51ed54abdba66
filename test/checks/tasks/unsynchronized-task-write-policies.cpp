// REQUIRES: tbb
// RUN: %verify %s heddle-unsynchronized-task-write -- -std=c++20
// Algorithms that are given a parallel policy run their callable on several threads.
#include <algorithm>
#include <atomic>
#include <execution>
#include <map>
#include <mutex>
#include <numeric>
#include <vector>

struct Body {
  double x = 0, v = 0;
};
double slow(const Body &);

int bad_counter(std::vector<Body> &all) {
  int n = 0;
  std::for_each(std::execution::par, all.begin(), all.end(), [&](Body &b) { // note: several threads run this concurrently
    if (b.x > 0)
      ++n; // warning: 'n' is written by several tasks
  });
  return n;
}
std::vector<double> bad_list(std::vector<Body> &all) {
  std::vector<double> out;
  std::for_each_n(std::execution::par_unseq, all.begin(), 10, [&](Body &b) {
    out.push_back(slow(b)); // warning: 'out' is written by several tasks
  });
  return out;
}
class bad_Grid {
public:
  void step() {
    std::for_each(std::execution::par, cells_.begin(), cells_.end(), [this](Body &b) { move(b); });
  }

private:
  void move(Body &b) {
    b.x += b.v;
    ++by_[int(b.x)]; // warning: 'by_' is written by several tasks
  }
  std::vector<Body> cells_;
  std::map<int, int> by_;
};
void bad_transform(const std::vector<Body> &all, std::vector<double> &out) {
  double last = 0;
  std::transform(std::execution::par, all.begin(), all.end(), out.begin(), [&](const Body &b) {
    double now = slow(b);
    last = now; // warning: 'last' is written by several tasks
    return now;
  });
}

int ok_one_thread(std::vector<Body> &all) {
  int n = 0;
  std::for_each(std::execution::seq, all.begin(), all.end(), [&](Body &) { ++n; });
  std::for_each(std::execution::unseq, all.begin(), all.end(), [&](Body &) { ++n; });
  std::for_each(all.begin(), all.end(), [&](Body &) { ++n; });
  return n;
}
std::vector<double> ok_places_of_their_own(const std::vector<Body> &all) {
  std::vector<double> out(all.size());
  std::for_each(std::execution::par, all.begin(), all.end(), [&](const Body &b) { out[&b - all.data()] = slow(b); });
  std::vector<std::size_t> indices(all.size());
  std::iota(indices.begin(), indices.end(), 0);
  std::for_each(std::execution::par_unseq, indices.begin(), indices.end(),
                [&](std::size_t i) { out[i] = slow(all[i]); });
  return out;
}
void ok_elements(std::vector<Body> &all, double dt) {
  std::for_each(std::execution::par, all.begin(), all.end(), [dt](Body &b) { b.x += b.v * dt; });
  std::for_each(std::execution::par, all.begin(), all.end(), [dt](auto &b) { b.x += b.v * dt; });
}
int ok_synchronised(std::vector<Body> &all) {
  std::atomic<int> n{0};
  std::mutex m;
  std::map<int, int> seen;
  std::for_each(std::execution::par, all.begin(), all.end(), [&](Body &b) {
    ++n;
    std::lock_guard l(m);
    ++seen[int(b.x)];
  });
  return n;
}
double ok_reduced(std::vector<Body> &all) {
  return std::transform_reduce(std::execution::par, all.begin(), all.end(), 0.0, std::plus<>(),
                               [](const Body &b) { return slow(b); });
}
