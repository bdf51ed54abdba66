// RUN: %verify %s heddle-thread-affine-state -- -std=c++20
// The seed's row (P23: a helper that enters a network namespace on a thread which somebody else has afterwards).
#include "Inputs/executors.h"
#include "Inputs/task.h"
#include "Inputs/thread_pool.h"
#include <clocale>
#include <csignal>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <thread>

bool dialAndRead();
void work();
Task<void> query();

// ---- P23 ---------------------------------------------------------------------------------------------------------------
static bool enterNamespace(int fd) {
  return setns(fd, CLONE_NEWNET) == 0; // warning: 'setns' changes the thread of a pool, and nothing restores what was set before; the tasks that run on this thread later find it changed; restore it before the task ends, in a destructor
}
static void makeCall(int fd) {
  if (enterNamespace(fd))
    dialAndRead();
}
void P23(ThreadPool &pool, int fd) {
  pool.submit([fd] { makeCall(fd); }); // note: the task is given to the pool here
}
void ok_P23(ThreadPool &pool, int fd, int home) {
  pool.submit([fd, home] {
    if (setns(fd, CLONE_NEWNET) == 0) {
      dialAndRead();
      setns(home, CLONE_NEWNET);
    }
  });
}

// ---- pools -------------------------------------------------------------------------------------------------------------
void bad_affinity(ThreadPool &pool) {
  pool.submit([] {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_setaffinity(0, sizeof set, &set); // warning: 'sched_setaffinity' changes the thread of a pool
    work();
  });
}
void bad_mask(ThreadPool &pool) {
  pool.submit([] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr); // warning: 'pthread_sigmask' changes the thread of a pool
    work();
  });
}
void bad_locale(ThreadPool &pool, locale_t c) {
  pool.submit([c] {
    uselocale(c); // warning: 'uselocale' changes the thread of a pool
    work();
  });
}
class Renamer {
public:
  explicit Renamer(const char *name) {
    pthread_setname_np(pthread_self(), name); // warning: 'pthread_setname_np' changes the thread of a pool
  }
};
void in_a_constructor(ThreadPool &pool) {
  pool.submit([] {
    Renamer renamer("import");
    work();
  });
}

// ---- coroutines --------------------------------------------------------------------------------------------------------
Task<void> bad_suspended(int fd, int home) {
  setns(fd, CLONE_NEWNET); // warning: 'setns' changes this thread, and the coroutine is suspended before it restores what was set before; it may go on on another thread, and others run on this one meanwhile; set it between suspensions
  co_await query(); // note: the coroutine is suspended here
  setns(home, CLONE_NEWNET);
}
thread_local const char *user = nullptr;
void log(const char *);
Task<void> bad_stale(const char *name) {
  user = name;      // note: it is set here
  co_await query(); // note: the coroutine is suspended here
  log(user); // warning: 'user' is read after a suspension; the coroutine may be on another thread, which has one of its own, or others have set it meanwhile; keep the value in a local variable
}

// ---- variables of thread storage --------------------------------------------------------------------------------------
thread_local std::string tenant;
void bad_thread_local(ThreadPool &pool, const std::string &name) {
  pool.submit([name] { // note: the task is given to the pool here
    tenant = name; // warning: 'tenant' is set on the thread of a pool, and nothing restores what was set before; the tasks that run on this thread later find it changed; restore it before the task ends, in a destructor
    work();
  });
}
struct Request {
  int id;
  static inline thread_local const Request *current = nullptr;
};
void bad_thread_local_in_helper(const Request &request) {
  Request::current = &request; // warning: 'current' is set on the thread of a pool
  work();
}
void submitsHelper(WorkerPool &pool, Request request) {
  pool.submit([request] { bad_thread_local_in_helper(request); }); // note: the task is given to the pool here
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class LocaleGuard {
public:
  explicit LocaleGuard(locale_t to) : before_(uselocale(to)) {}
  ~LocaleGuard() { uselocale(before_); }

private:
  locale_t before_;
};
void ok_guard(ThreadPool &pool, locale_t c) {
  pool.submit([c] {
    LocaleGuard guard(c);
    work();
  });
}
class UnseenGuard {
public:
  explicit UnseenGuard(locale_t to) : before_(uselocale(to)) {}
  ~UnseenGuard();

private:
  locale_t before_;
};
void ok_unseen_guard(ThreadPool &pool, locale_t c) {
  pool.submit([c] {
    UnseenGuard guard(c);
    work();
  });
}
void ok_own_thread(int fd) {
  std::jthread thread([fd] {
    setns(fd, CLONE_NEWNET);
    dialAndRead();
  });
}
class ok_workers {
public:
  ok_workers() {
    for (int i = 0; i < 4; ++i)
      threads_.emplace_back([this] {
        pthread_setname_np(pthread_self(), "worker");
        while (next())
          work();
      });
  }

private:
  bool next();
  std::vector<std::jthread> threads_;
};
void ok_other_thread(ThreadPool &pool, pthread_t other) {
  pool.submit([other] { pthread_setname_np(other, "x"); });
}
void ok_asked(ThreadPool &pool) {
  pool.submit([] {
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
  });
}
int main() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::setlocale(LC_ALL, "");
}
Task<void> ok_between(int fd, int home) {
  co_await query();
  setns(fd, CLONE_NEWNET);
  dialAndRead();
  setns(home, CLONE_NEWNET);
  co_await query();
}
Task<void> ok_set_again(const char *name) {
  user = name;
  co_await query();
  user = name;
  log(user);
}
Task<void> ok_local(const char *name) {
  const char *mine = name;
  co_await query();
  log(mine);
}
Task<void> ok_read_before(const char *name) {
  user = name;
  log(user);
  co_await query();
}
thread_local int ok_counter = 0;
void count(ThreadPool &pool) {
  pool.submit([] { ++ok_counter; });
}
// Set back at the end, by an object, or as a constant: what is left is what was there.
void ok_thread_local_reset(ThreadPool &pool, const std::string &name) {
  pool.submit([name] {
    tenant = name;
    work();
    tenant.clear();
  });
}
class TenantScope {
public:
  explicit TenantScope(const std::string &name) : before_(std::exchange(tenant, name)) {}
  ~TenantScope() { tenant = std::move(before_); }

private:
  std::string before_;
};
void ok_thread_local_scope(ThreadPool &pool, const std::string &name) {
  pool.submit([name] {
    TenantScope scope(name);
    work();
  });
}
thread_local std::string buffer;
thread_local bool seeded = false;
int seed();
void ok_thread_local_caches(ThreadPool &pool) {
  pool.submit([] {
    if (!seeded)
      buffer = std::to_string(seed());
    seeded = true;
    work();
  });
}
// A thread of its own.
void ok_thread_local_own_thread(const std::string &name) {
  std::thread thread([name] {
    tenant = name;
    work();
  });
  thread.join();
}
