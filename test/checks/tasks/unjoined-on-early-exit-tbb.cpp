// REQUIRES: tbb
// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
#include <tbb/task_group.h>

#include <vector>

bool ready();
void blur(std::vector<float> &row);

bool bad_left_early(std::vector<std::vector<float>> &rows) {
  tbb::task_group group;
  for (auto &row : rows)
    group.run([&row] { blur(row); }); // note: the first task of 'group' is started here
  if (!ready())
    return false; // warning: 'group' may have running tasks here, and is not waited for on this path
  group.wait();
  return true;
}
bool ok_waited(std::vector<std::vector<float>> &rows) {
  tbb::task_group group;
  for (auto &row : rows)
    group.run([&row] { blur(row); });
  if (!ready()) {
    group.cancel();
    group.wait();
    return false;
  }
  group.wait();
  return true;
}
void ok_run_and_wait(std::vector<float> &a, std::vector<float> &b) {
  tbb::task_group group;
  group.run([&a] { blur(a); });
  group.run_and_wait([&b] { blur(b); });
}
void ok_of_the_caller(tbb::task_group &group, std::vector<float> &a) {
  group.run([&a] { blur(a); });
  if (!ready())
    return;
  blur(a);
}
