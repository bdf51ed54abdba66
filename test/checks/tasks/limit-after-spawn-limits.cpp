// RUN: %verify %s heddle-limit-after-spawn -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/limited_task_group.h"

void work(int);

// The order of the calls is up to the user of the object.
class FN_Service {
public:
  void start() {
    group_.go([] { work(1); });
  }
  void settingsChanged(int limit) { group_.setLimit(limit); }

private:
  LimitedTaskGroup group_;
};
