// RUN: %verify %s heddle-published-local -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/blocking_queue.h"
#include <string>
#include <thread>

struct Snapshot {
  int total = 0;
};
void fill(Snapshot &);
void log(const std::string &);

// The wait is for another thread than the one that reads the snapshot.
void FN_waits_for_another_task(BlockingQueue<Snapshot *> &out) {
  Snapshot s;
  fill(s);
  std::thread logger(log, "sent");
  out.push(&s);
  logger.join();
  s.total = 0;
}
