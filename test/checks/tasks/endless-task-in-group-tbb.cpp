// REQUIRES: tbb
// RUN: %verify %s heddle-endless-task-in-group -- -std=c++20
#include <tbb/task_group.h>

#include <atomic>
#include <vector>

void report();
void blur(std::vector<float> &row);

void bad_reporter(std::vector<std::vector<float>> &rows, std::atomic<bool> &quit) {
  tbb::task_group group;
  group.run([&quit] { // warning: this task never returns on its own, but shares 'group' with tasks that do
    while (!quit.load())
      report();
  });
  for (auto &row : rows)
    group.run([&row] { blur(row); });
  group.wait();
}
void ok_quits(std::vector<std::vector<float>> &rows, std::atomic<bool> &quit) {
  tbb::task_group group;
  group.run([&quit] {
    while (!quit.load())
      report();
  });
  for (auto &row : rows)
    group.run([&row] { blur(row); });
  quit = true;
  group.wait();
}
void ok_cancelled(std::vector<std::vector<float>> &rows, std::atomic<bool> &quit) {
  tbb::task_group group;
  group.run([&quit] {
    while (!quit.load())
      report();
  });
  for (auto &row : rows)
    group.run([&row] { blur(row); });
  group.cancel();
  group.wait();
}
