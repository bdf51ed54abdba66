// REQUIRES: tbb
// RUN: %verify %s heddle-swallowed-task-error -- -std=c++20
#include <tbb/task_group.h>

#include <atomic>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

struct Shard {
  std::string name;
};
void compact(Shard &);
void publish();

void bad_logged(std::vector<Shard> &shards) {
  tbb::task_group group;
  for (Shard &s : shards)
    group.run([&s] {
      try {
        compact(s);
      } catch (const std::exception &e) { // warning: the task reports success after this error
        std::cerr << s.name << ": " << e.what() << '\n';
      }
    });
  group.wait();
  publish();
}
void ok_carried(std::vector<Shard> &shards) {
  tbb::task_group group;
  for (Shard &s : shards)
    group.run([&s] { compact(s); });
  group.wait();
  publish();
}
bool ok_counted(std::vector<Shard> &shards) {
  std::atomic<int> failed{0};
  tbb::task_group group;
  for (Shard &s : shards)
    group.run([&] {
      try {
        compact(s);
      } catch (...) {
        ++failed;
      }
    });
  group.wait();
  return failed == 0;
}
void ok_cancels(std::vector<Shard> &shards) {
  tbb::task_group group;
  for (Shard &s : shards)
    group.run([&] {
      try {
        compact(s);
      } catch (...) {
        group.cancel();
      }
    });
  group.wait();
}
