// RUN: %verify %s heddle-used-after-handover -- -std=c++20
#include <cstdlib>
#include <memory>
#include <pthread.h>
#include <semaphore.h>
#include <string>
#include <thread>

struct Job {
  pthread_t thread;
  int id = 0;
  std::string name;
};
void process(Job &);
void log(int);

static void *runAndDelete(void *arg) {
  Job *job = static_cast<Job *>(arg);
  process(*job);
  delete job; // note: it frees the object here
  return nullptr;
}
static void *runOwned(void *arg) {
  std::unique_ptr<Job> job(static_cast<Job *>(arg));
  process(*job);
  return nullptr;
}
static void *runAndKeep(void *arg) {
  process(*static_cast<Job *>(arg));
  return nullptr;
}
void bad_detach(Job *job) {
  if (pthread_create(&job->thread, nullptr, runAndDelete, job) != 0) { // note: the task is started here
    delete job;
    return;
  }
  pthread_detach(job->thread); // warning: 'job' is owned by the task that was started with it and frees it; this may be a use after free; use it before the start, or in the task
}
void bad_owned() {
  auto *job = new Job;
  pthread_t t;
  pthread_create(&t, nullptr, runOwned, job);
  pthread_detach(t);
  log(job->id); // warning: 'job' is owned by the task that was started with it and frees it
}
static void work(Job *job) {
  process(*job);
  delete job;
}
void bad_thread() {
  Job *job = new Job;
  std::thread(work, job).detach();
  job->id = 3; // warning: 'job' is owned by the task that was started with it and frees it
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
void ok_copied_before(Job *job) {
  int id = job->id;
  pthread_t t;
  if (pthread_create(&t, nullptr, runAndDelete, job) != 0) {
    delete job;
    return;
  }
  pthread_detach(t);
  log(id);
}
void ok_failed(Job *job) {
  pthread_t t;
  int rc = pthread_create(&t, nullptr, runAndDelete, job);
  if (rc != 0) {
    log(job->id);
    delete job;
  }
}
void ok_failed_plain(Job *job) {
  pthread_t t;
  if (pthread_create(&t, nullptr, runOwned, job))
    delete job;
}
void ok_kept(Job *job) {
  pthread_create(&job->thread, nullptr, runAndKeep, job);
  pthread_detach(job->thread);
}
void ok_joined() {
  Job *job = new Job;
  pthread_t t;
  pthread_create(&t, nullptr, runAndKeep, job);
  pthread_join(t, nullptr);
  log(job->id);
  delete job;
}
void ok_another() {
  Job *job = new Job;
  std::thread(work, job).detach();
  job = new Job;
  log(job->id);
  delete job;
}
void ok_loop() {
  for (int i = 0; i < 3; ++i) {
    Job *job = new Job;
    job->id = i;
    std::thread(work, job).detach();
  }
}
int ok_outcome_assigned(pthread_attr_t *attributes) {
  Job *job = new Job;
  pthread_t t;
  int rc;
  rc = pthread_create(&t, attributes, runAndDelete, job);
  pthread_attr_destroy(attributes);
  if (rc != 0)
    delete job;
  return rc;
}
int bad_outcome_assigned(pthread_attr_t *attributes) {
  Job *job = new Job;
  pthread_t t;
  int rc;
  rc = pthread_create(&t, attributes, runAndDelete, job); // note: the task is started here
  if (rc == 0)
    delete job; // warning: 'job' is owned by the task that was started with it and frees it
  return rc;
}
class Launcher {
public:
  void ok_whether_it_was_done(Job *job) {
    started_ = pthread_create(&thread_, nullptr, runAndDelete, job) == 0;
    if (!started_)
      delete job;
  }
  void bad_whether_it_was_done(Job *job) {
    started_ = pthread_create(&thread_, nullptr, runAndDelete, job) == 0; // note: the task is started here
    if (started_)
      delete job; // warning: 'job' is owned by the task that was started with it and frees it
  }

private:
  pthread_t thread_{};
  bool started_ = false;
};
