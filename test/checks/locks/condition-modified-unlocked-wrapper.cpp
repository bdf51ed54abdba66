// RUN: %verify %s heddle-condition-modified-unlocked -- -std=c++20
// Classes that wrap a condition variable: the loop is the caller's.
#include <pthread.h>

class Condition {
public:
  bool ok_wait(pthread_mutex_t *mutex) { return pthread_cond_wait(&cond_, mutex) == 0; }
  bool signal() { return pthread_cond_signal(&cond_) == 0; }

private:
  pthread_cond_t cond_ = PTHREAD_COND_INITIALIZER;
};

// Its own mutex, and no state.
class Event {
public:
  void bad_wait() {
    pthread_mutex_lock(&mutex_);
    pthread_cond_wait(&cond_, &mutex_); // warning: 'cond_' is waited for without a look at any state since the mutex was taken
    pthread_mutex_unlock(&mutex_);
  }
  void set() { pthread_cond_signal(&cond_); } // note: it is notified here

private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t cond_ = PTHREAD_COND_INITIALIZER;
};

class Queue {
public:
  int ok_pop() {
    pthread_mutex_lock(&mutex_);
    while (size_ == 0)
      ready_.ok_wait(&mutex_);
    int i = --size_;
    pthread_mutex_unlock(&mutex_);
    return i;
  }
  void ok_push() {
    pthread_mutex_lock(&mutex_);
    ++size_;
    ready_.signal();
    pthread_mutex_unlock(&mutex_);
  }

private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  Condition ready_;
  int size_ = 0;
};

// In C, the parameter is what holds the lock.
struct queue {
  pthread_mutex_t lock;
  pthread_cond_t ready;
  int size;
};
int bad_take(queue *q) {
  bool idle = q->size == 0;
  pthread_mutex_lock(&q->lock);
  if (idle)
    pthread_cond_wait(&q->ready, &q->lock); // warning: 'ready' is waited for
  int i = --q->size;
  pthread_mutex_unlock(&q->lock);
  return i;
}
void put(queue *q) {
  pthread_mutex_lock(&q->lock);
  ++q->size;
  pthread_cond_signal(&q->ready);
  pthread_mutex_unlock(&q->lock);
}
