// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
// pthread_t: nothing terminates the program, but the thread can no longer be joined.
#include <pthread.h>

#include <cstdio>
#include <vector>

struct Job {
  int id = 0;
  char buffer[256];
};
void *run(void *);
bool prepare(Job &);
void report(int);

bool bad_early_return(Job &job) {
  pthread_t worker;
  if (pthread_create(&worker, nullptr, run, &job) != 0) // note: 'worker' is started here
    return false;
  if (!prepare(job))
    return false; // warning: 'worker' may still run here, and is not joined on this path; the thread runs on and may use objects of this scope
  pthread_join(worker, nullptr);
  return true;
}
bool bad_second_fails(Job &a, Job &b) {
  pthread_t first, second;
  if (pthread_create(&first, nullptr, run, &a))
    return false;
  if (pthread_create(&second, nullptr, run, &b))
    return false; // warning: 'first' may still run here
  pthread_join(first, nullptr);
  pthread_join(second, nullptr);
  return true;
}
void bad_overwritten(Job &a, Job &b) {
  pthread_t worker;
  pthread_create(&worker, nullptr, run, &a);
  pthread_create(&worker, nullptr, run, &b); // warning: 'worker' is overwritten while its thread may still run
  pthread_join(worker, nullptr);
}

bool ok_fails_to_start(Job &job) {
  pthread_t worker;
  int failed = pthread_create(&worker, nullptr, run, &job);
  if (failed)
    return false;
  prepare(job);
  pthread_join(worker, nullptr);
  return true;
}
bool ok_joined_on_both(Job &job) {
  pthread_t worker;
  if (pthread_create(&worker, nullptr, run, &job) != 0)
    return false;
  bool ok = prepare(job);
  pthread_join(worker, nullptr);
  return ok;
}
void ok_detached(Job &job) {
  pthread_t worker;
  if (pthread_create(&worker, nullptr, run, &job) == 0)
    pthread_detach(worker);
}
void ok_never_joined_on_purpose(Job &job) {
  pthread_t worker;
  pthread_create(&worker, nullptr, run, &job);
}
void ok_one_after_the_other(std::vector<Job> &jobs) {
  for (Job &job : jobs) {
    pthread_t worker;
    if (pthread_create(&worker, nullptr, run, &job))
      continue;
    pthread_join(worker, nullptr);
  }
}
void ok_kept(Job &job, std::vector<pthread_t> &all) {
  pthread_t worker;
  if (pthread_create(&worker, nullptr, run, &job))
    return;
  all.push_back(worker);
  if (!prepare(job))
    return;
  report(1);
}
void ok_array(Job *jobs) {
  pthread_t workers[4];
  for (int i = 0; i < 4; ++i)
    pthread_create(&workers[i], nullptr, run, &jobs[i]);
  for (int i = 0; i < 4; ++i)
    pthread_join(workers[i], nullptr);
}
int main() { // ok: the process ends with it
  pthread_t worker;
  Job job;
  if (pthread_create(&worker, nullptr, run, &job))
    return 1;
  if (!prepare(job))
    return 1;
  pthread_join(worker, nullptr);
}
