// What a declaration does is found whatever its spelling: on the receiver's static type, through aliases, bases,
// templates and typedefs.
// RUN: %verify --word op %s heddle-dev-ops -- -std=c++20
#include <condition_variable>
#include <future>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <thread>

using Lock = std::mutex;
template <class T> using Locked = std::unique_lock<T>;
typedef pthread_mutex_t CMutex;

void receivers(Lock &m, std::mutex *p, const std::shared_future<int> &f) {
  m.lock();      // op: acquire m
  (m).unlock();  // op: release m
  p->lock();     // op: acquire p
  (*p).unlock(); // op: release p
  f.wait();      // op: await f
}

void guards(Lock &m, std::shared_mutex &s) {
  Locked<Lock> a(m);             // op: acquire m
  a.unlock();                    // op: release m
  auto b = std::lock_guard{m};   // op: acquire m
  std::shared_lock c(s);         // op: acquire-shared s
}

template <class T, template <class> class G> void generic(T &m) {
  G<T> g(m); // op: acquire m
}
void instantiated(std::mutex &m) {
  generic<std::mutex, std::lock_guard>(m); // op: call of generic
}

void c_functions(CMutex &m) {
  pthread_mutex_lock(&m);     // op: acquire m
  ::pthread_mutex_unlock(&m); // op: release m
}

// ---- classes that derive from modelled ones ----
struct Timed : std::timed_mutex {};
struct Mine : std::mutex {
  void lock() {
    ++taken;
    std::mutex::lock(); // op: acquire this
  }
  int taken = 0;
};
struct Unrelated {
  void lock();
};
struct Both : std::mutex, Unrelated {
  using std::mutex::unlock;
};
struct Worker : std::thread {
  using std::thread::thread;
};

void derived(Timed &t, Mine &m, Both &b) {
  t.lock();              // op: acquire t
  t.unlock();            // op: release t
  m.lock();              // op: call of lock
  m.unlock();            // op: release m
  b.Unrelated::lock();   // op: (escape) b
  b.unlock();            // op: release b
  Worker w([] {});       // op: spawn w {lambda}
  w.join();              // op: join w
}

// ---- user code of the same name as a C function is not that function ----
namespace mine {
void sleep(int);
}
void send(const char *message);
void own_names() {
  mine::sleep(1);
  send("not the socket call");
}

// ---- argument counts ----
void by_arguments(std::condition_variable_any &cv, std::unique_lock<std::mutex> &l, std::stop_token t) {
  std::thread none;
  std::thread one([] {});          // op: spawn one {lambda}
  std::thread two(std::move(one)); // op: (move) one
  two.join();                      // op: join two
}
