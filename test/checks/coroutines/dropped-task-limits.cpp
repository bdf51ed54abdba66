// RUN: %verify %s heddle-dropped-task -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/task.h"

void log(const char *);
Task<> save(int);

// No coroutine itself: it logs at once, but the task that it returns never runs.
Task<> logged(int n) {
  log("save");
  return save(n);
}
void FN_function_that_is_no_coroutine() { logged(1); }
