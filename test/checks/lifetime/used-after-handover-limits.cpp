// RUN: %verify %s heddle-used-after-handover -- -std=c++20
// Known misses: the limits that the page names.
#include <thread>

struct Job {
  int id = 0;
};
void handle(Job *job); // in another file: deletes it
void log(int id);

void FN_invisible_body_frees_it(Job *job) {
  std::thread(handle, job).detach();
  log(job->id);
}
