// RUN: %verify %s heddle-copied-sync-object -- -std=c++20
// The seed's row (P19: a wait group that is passed by value).
#include <condition_variable>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <semaphore.h>
#include <thread>
#include <utility>

void work();

void bad_parameter(pthread_mutex_t m) { // warning: this parameter copies a mutex
  pthread_mutex_lock(&m);
  work();
  pthread_mutex_unlock(&m);
}
static pthread_mutex_t global;
void calls() { bad_parameter(global); } // note: copied here

struct Tasks {
  pthread_mutex_t mutex;
  pthread_cond_t none;
  int running;
};
void leave(Tasks *);
void *run(void *);
void bad_P19(Tasks tasks) { // warning: this parameter copies a mutex
  pthread_t thread;
  pthread_create(&thread, nullptr, run, &tasks);
  pthread_detach(thread);
  leave(&tasks);
}
void ok_P19(Tasks *tasks) {
  pthread_t thread;
  pthread_create(&thread, nullptr, run, tasks);
  pthread_detach(thread);
}
static Tasks all;
void spawnAll() {
  for (int i = 0; i < 10; ++i)
    bad_P19(all);
}
void bad_copy(sem_t *s) {
  sem_t mine = *s; // warning: this copies a semaphore
  sem_wait(&mine);
}

struct Buffer {
  pthread_mutex_t lock;
  int used = 0;
};
void bad_holder(Buffer &b) {
  Buffer copy = b; // warning: this copies a mutex
  pthread_mutex_lock(&copy.lock);
}
void bad_capture() {
  static Buffer shared;
  Buffer b;
  std::thread t([b]() mutable { // warning: this copies a mutex
    pthread_mutex_lock(&b.lock);
  });
  t.join();
}

// ---- silent ---------------------------------------------------------------------------------------------------------

void ok_reference(pthread_mutex_t &m) { pthread_mutex_lock(&m); }
void ok_pointer(pthread_mutex_t *m) { pthread_mutex_lock(m); }
void ok_calls() {
  ok_reference(global);
  ok_pointer(&global);
}
void ok_pointer_copy(Buffer *b) {
  Buffer *same = b;
  pthread_mutex_lock(&same->lock);
}
struct Counter {
  Counter() = default;
  Counter(const Counter &other) {
    std::lock_guard lock(other.mutex);
    n = other.n;
  }
  mutable std::mutex mutex;
  int n = 0;
};
void ok_written(const Counter &c) {
  Counter mine = c;
  ++mine.n;
}
void ok_shared() {
  auto m = std::make_shared<std::mutex>();
  std::thread t([m] { std::lock_guard lock(*m); });
  t.join();
}
void ok_captured_by_reference() {
  Buffer b;
  std::thread t([&b] { pthread_mutex_lock(&b.lock); });
  t.join();
}
struct Plain {
  int a = 0;
};
void ok_plain(const Plain &p) {
  Plain q = p;
  ++q.a;
}

// A task has a copy of what it is started with.
static void bad_fill(Buffer b) { // warning: this parameter copies a mutex
  pthread_mutex_lock(&b.lock);
  ++b.used;
  pthread_mutex_unlock(&b.lock);
}
void given_to_thread() {
  Buffer b;
  std::thread t(bad_fill, b); // note: copied here
  t.join();
}
static void fill_through(Buffer &b) { ++b.used; }
void ok_given_by_reference() {
  Buffer b;
  std::thread t(fill_through, std::ref(b)), u(fill_through, std::ref(b));
  t.join();
  u.join();
}
void ok_given_by_address() {
  Buffer b;
  std::thread t([](Buffer *p) { ++p->used; }, &b);
  t.join();
}
struct Usage {
  pthread_mutex_t mutex;
  bool busy = false;
};
bool ok_asks_for_another_member(const Usage &u) {
  Usage copy = u;
  return copy.busy;
}
void bad_locks_the_copy(const Usage &u) {
  Usage copy = u; // warning: this copies a mutex
  pthread_mutex_lock(&copy.mutex);
  work();
  pthread_mutex_unlock(&copy.mutex);
}
