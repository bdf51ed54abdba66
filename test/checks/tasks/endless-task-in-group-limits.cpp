// RUN: %verify %s heddle-endless-task-in-group -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/task_group.h"
#include <stop_token>
#include <string>

void flush();
void process(const std::string &);

void startAll(TaskGroup &group, std::stop_token token, const std::string &request) {
  group.run([token] {
    while (!token.stop_requested())
      flush();
  });
  group.run([&request] { process(request); });
}
void FN_started_in_a_free_helper(std::stop_token token, const std::string &request) {
  TaskGroup group;
  startAll(group, token, request);
  group.wait();
}
