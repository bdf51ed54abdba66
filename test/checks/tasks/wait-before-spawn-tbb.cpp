// REQUIRES: tbb
// RUN: %verify %s heddle-wait-before-spawn -- -std=c++20
#include <tbb/task_group.h>

#include <vector>

void blur(std::vector<float> &row);

void bad_wait_first(std::vector<std::vector<float>> &rows) {
  tbb::task_group group;
  group.wait(); // warning: 'group' is waited for before any task is added to it
  for (auto &row : rows)
    group.run([&row] { blur(row); }); // note: the task is added here, after the wait
}

void bad_on_one_branch(std::vector<std::vector<float>> &rows, bool wait) {
  tbb::task_group group;
  if (wait)
    group.wait(); // warning: 'group' is waited for before any task is added to it
  group.run([&rows] { blur(rows[0]); });
}

void ok_wait_last(std::vector<std::vector<float>> &rows) {
  tbb::task_group group;
  for (auto &row : rows)
    group.run([&row] { blur(row); });
  group.wait();
}

void ok_run_and_wait(std::vector<float> &a, std::vector<float> &b) {
  tbb::task_group group;
  group.run([&a] { blur(a); });
  group.run_and_wait([&b] { blur(b); });
}

void ok_waves(std::vector<std::vector<float>> &rows) {
  tbb::task_group group;
  for (auto &row : rows) {
    group.run([&row] { blur(row); });
    group.wait();
  }
}

void ok_passed_in(tbb::task_group &group, std::vector<float> &row) {
  group.wait();
  group.run([&row] { blur(row); });
}
