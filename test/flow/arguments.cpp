// Which argument a parameter gets, and what objects are called on both sides of a call.
// RUN: %verify --word call %s heddle-dev-arguments -- -std=c++20
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

struct Job {
  std::mutex mutex;
  int size = 0;
  void lock_it(std::mutex &m) { m.lock(); }
  void own() { lock_it(mutex); } // call: m=mutex this=this
  Job &operator<<(std::mutex &m);
  void operator()(int n, std::mutex &m);
};
Job &Job::operator<<(std::mutex &m) {
  m.lock();
  return *this;
}
void Job::operator()(int n, std::mutex &m) { size += n; }
Job &operator>>(Job &job, std::mutex &m) {
  m.lock();
  return job;
}

void by_reference(Job &job, int n) { job.size = n; }
void by_pointer(Job *job) { job->size = 1; }
void by_shared(std::shared_ptr<Job> job) { job->size = 1; }
void by_value(std::vector<int> v) { v.clear(); }
void with_default(Job &job, int n = 7) { job.size = n; }
void variadic(Job &job, ...) { job.size = 0; }

void functions(Job &job, Job *pointer, std::shared_ptr<Job> owner, std::vector<int> list) {
  by_reference(job, 3);   // call: job=job n<-3
  by_reference(*pointer, 3); // call: job=pointer n<-3
  by_pointer(&job);       // call: job=job
  by_pointer(pointer);    // call: job=pointer
  by_shared(owner);       // call: job=owner
  by_value(list);         // call: v<-list
  with_default(job);      // call: job=job n<-7
  variadic(job, 1, 2);    // call: job=job
}
void parts(std::pair<Job, int> &both) {
  by_reference(both.first, both.second); // call: job=both.first n<-both.second
}
void members(Job &job, std::mutex &m) {
  job.lock_it(m); // call: m=m this=job
  job << m;       // call: m=m this=job
  job(4, m);      // call: n<-4 m=m this=job
  job >> m;       // call: job=job m=m
}

// ---- lambdas ----
void lambdas(Job &job) {
  Job copy;
  auto reset = [&job](int n) { job.size = n; };
  reset(2); // call: n<-2
  auto held = [p = &job](std::mutex &m) { m.lock(); p->size = 1; };
  held(job.mutex); // call: m=job.mutex
}

// ---- forwarding ----
template <class... Args> void forwards(Args &&...args) {
  by_reference(std::forward<Args>(args)...); // call: job=args n<-std::forward<Args>(args)
}
void forwarding(Job &job) {
  forwards(job, 3); // call: args=job args<-3
}

// ---- construction ----
struct Guard {
  explicit Guard(std::mutex &m) : held(m) { held.lock(); }
  std::mutex &held;
};
void constructs(Job &job) {
  Guard guard(job.mutex); // call: m=job.mutex this=guard
}
