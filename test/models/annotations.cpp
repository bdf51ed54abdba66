// What the code says of itself: annotations, and Clang's thread-safety attributes.
// RUN: %verify --word op %s heddle-dev-ops -- -std=c++20
#include <functional>
#include <mutex>

#define DOES(What) [[clang::annotate("heddle::" What)]]
#define ROLE(What) [[clang::annotate("heddle::role " What)]]

struct ROLE("channel !closes") Mailbox {
  DOES("send !blocking") void post(int);
  DOES("receive") virtual int next();
  DOES("nothing") void log();
  void other();
};
struct Loud : Mailbox {
  int next() override; // does what it overrides
};
template <class T> struct ROLE("promise") Answer {
  DOES("fulfil") void give(T);
};
struct ROLE("joining-thread") Task {
  DOES("spawn callable body") Task(int priority, std::function<void()> body);
  DOES("join") ~Task();
};
DOES("spawn param 0 callable 1") void start(Mailbox &box, std::function<void()> body);
DOES("acquire param m") DOES("notify param cv") void prepare(std::mutex &m, Mailbox &cv);

void annotated(Mailbox &m, Loud &l, Answer<int> &a, std::mutex &mu) {
  m.post(1);                  // op: send m blocking
  m.next();                   // op: receive m
  l.next();                   // op: receive l
  l.post(2);                  // op: send l blocking
  a.give(1);                  // op: fulfil a
  start(m, [] {});            // op: spawn m {lambda}
  prepare(mu, m);             // op: acquire mu; notify m
  Task t(1, [] {});           // op: spawn t {lambda}
}

class __attribute__((capability("mutex"))) Mutex {
public:
  void Lock() __attribute__((acquire_capability()));
  void Unlock() __attribute__((release_capability()));
  bool TryLock() __attribute__((try_acquire_capability(true)));
  void ReaderLock() __attribute__((acquire_shared_capability()));
  void ReaderUnlock() __attribute__((release_shared_capability()));
};
class __attribute__((scoped_lockable)) Guard {
public:
  explicit Guard(Mutex *m) __attribute__((acquire_capability(m)));
  ~Guard() __attribute__((release_capability()));
};
void Take(Mutex &m) __attribute__((exclusive_lock_function(m)));
void Give(Mutex *m) __attribute__((unlock_function(*m)));

void attributed(Mutex &m) {
  m.Lock();         // op: acquire m
  m.Unlock();       // op: release m
  m.ReaderLock();   // op: acquire-shared m
  m.ReaderUnlock(); // op: release m
  Take(m);          // op: acquire m
  Give(&m);         // op: release m
  Guard g(&m);      // op: acquire m
}
