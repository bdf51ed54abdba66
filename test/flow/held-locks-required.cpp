// Locks that an attribute requires are held at the entry.
// RUN: %verify --word locks %s heddle-dev-locks -- -std=c++20 -Wno-thread-safety-attributes
void heddle_locks();

class __attribute__((capability("mutex"))) Mutex {
public:
  void Lock() __attribute__((acquire_capability()));
  void Unlock() __attribute__((release_capability()));
};
class __attribute__((scoped_lockable)) MutexLock {
public:
  explicit MutexLock(Mutex *m) __attribute__((acquire_capability(m)));
  ~MutexLock() __attribute__((release_capability()));
};

class Account {
public:
  void deposit(int n) {
    MutexLock l(&mu_); // locks: takes mu_, a mutex
    add(n);
  }
  void add(int n) __attribute__((requires_capability(mu_))) {
    heddle_locks(); // locks: mu_
    sum_ += n;
  }
  int sum() __attribute__((requires_capability(&mu_), requires_capability(log_)));
  int reopened() __attribute__((requires_capability(mu_))) {
    mu_.Unlock();
    heddle_locks(); // locks: none
    mu_.Lock();
    return sum_;
  }

private:
  Mutex mu_, log_;
  int sum_ = 0;
};
int Account::sum() {
  heddle_locks(); // locks: log_ mu_
  return sum_;
}

struct Queue {
  Mutex mu;
  int n;
};
void push(Queue *q) __attribute__((requires_capability(q->mu)));
void push(Queue *queue) {
  heddle_locks(); // locks: queue.mu
  ++queue->n;
}
