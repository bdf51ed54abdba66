// Members that start a task on their object which frees it.
// RUN: %verify --word freed %s heddle-dev-self-freeing -- -std=c++20
#include <memory>
#include <pthread.h>
#include <thread>

bool done();
class Job {
public:
  void lambda() {
    std::thread([this] { // freed: by its task, in line 24
      run();
    })
        .detach();
  }
  void bound() { std::thread(&Job::run, this).detach(); } // freed: by its task, in line 24
  void helper() { bound(); }                              // freed: by its task, in line 24
  void context() {
    pthread_t thread;
    pthread_create(&thread, nullptr, entry, this); // freed: by its task, in line 27
  }
  void sometimes() { std::thread(&Job::release, this).detach(); }
  void other(Job *job) { std::thread(&Job::run, job).detach(); }
  void run() { delete this; }
  static void *entry(void *p) {
    auto *self = static_cast<Job *>(p);
    std::unique_ptr<Job> own(self);
    return nullptr;
  }
  void release() {
    if (done())
      delete this;
  }
};
