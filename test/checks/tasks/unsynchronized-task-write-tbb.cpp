// REQUIRES: tbb
// RUN: %verify %s heddle-unsynchronized-task-write -- -std=c++20
// Parallel algorithms run one callable on many threads; task groups run many.
#include <mutex>
#include <oneapi/tbb/combinable.h>
#include <oneapi/tbb/concurrent_vector.h>
#include <oneapi/tbb/enumerable_thread_specific.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_for_each.h>
#include <oneapi/tbb/task_group.h>
#include <vector>

int measure(int);

int bad_parallel_for(int n) {
  int total = 0;
  tbb::parallel_for(0, n, [&](int i) { total += measure(i); }); // warning: 'total' is written by several tasks without a common lock // note: several threads run this concurrently
  return total;
}

std::vector<int> bad_parallel_for_each(const std::vector<int> &ids) {
  std::vector<int> found;
  tbb::parallel_for_each(ids, [&found](int id) { // note: several threads run this concurrently
    if (measure(id) > 0)
      found.push_back(id); // warning: 'found' is written by several tasks without a common lock
  });
  return found;
}

int bad_task_group(int n) {
  int total = 0;
  tbb::task_group group;
  for (int i = 0; i < n; ++i)
    group.run([&total, i] { total += measure(i); }); // warning: 'total' is written by several tasks without a common lock // note: the tasks that are started here run concurrently
  group.wait();
  return total;
}

// ---- silent ----------------------------------------------------------------------------------------------------------

std::vector<int> ok_slots(int n) {
  std::vector<int> out(n);
  tbb::parallel_for(0, n, [&](int i) { out[i] = measure(i); });
  return out;
}

int ok_thread_specific(int n) {
  tbb::enumerable_thread_specific<int> parts(0);
  tbb::parallel_for(0, n, [&](int i) { parts.local() += measure(i); });
  return parts.combine([](int a, int b) { return a + b; });
}

void ok_concurrent_container(int n) {
  tbb::concurrent_vector<int> found;
  tbb::parallel_for(0, n, [&](int i) { found.push_back(measure(i)); });
}

int ok_waited_between() {
  int total = 0;
  tbb::task_group group;
  group.run([&] { total += measure(1); });
  group.wait();
  group.run([&] { total += measure(2); });
  group.wait();
  return total;
}

int ok_locked(int n) {
  int total = 0;
  std::mutex mutex;
  tbb::parallel_for(0, n, [&](int i) {
    const int value = measure(i);
    std::lock_guard lock(mutex);
    total += value;
  });
  return total;
}
