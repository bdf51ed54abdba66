// Copies of objects that synchronise.
// RUN: %verify --word copy %s heddle-dev-copies -- -std=c++20
#include <pthread.h>
#include <thread>
#include <utility>

struct Buffer {
  pthread_mutex_t lock;
  int used = 0;
};
void take(Buffer b);
void fill(Buffer b) { ++b.used; }
struct Shared { // it says itself what a copy is
  Shared();
  Shared(const Shared &);
  pthread_mutex_t lock;
};
struct Pointer {
  pthread_mutex_t *lock;
};

void copies(Buffer &b, Shared &s, Pointer &p) {
  Buffer one = b; // copy: mutex in lock
  pthread_mutex_lock(&one.lock);
  Buffer read = b; // of the copy only another member is used
  fill(Buffer{.used = read.used});
  fill(b);                // copy: mutex in lock for b
  std::thread t(fill, b); // copy: mutex in lock for b
  t.join();
  Shared two = s;
  Pointer three = p;
  fill(Buffer());
  Buffer &four = b;
  fill(std::move(four));
}
