// Which locks are surely held where, and as what a guard takes them.
// RUN: %verify --word locks %s heddle-dev-locks -- -std=c++20
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

void heddle_locks();

// ---- a guard takes a lock as what it is ----
std::recursive_mutex again;
std::shared_mutex many;
std::mutex plain;
void roles() {
  std::lock_guard<std::recursive_mutex> r(again); // locks: takes again, a recursive-mutex
  std::shared_lock<std::shared_mutex> s(many);    // locks: takes many, a shared-mutex
  std::unique_lock<std::mutex> p(plain);          // locks: takes plain, a mutex
  heddle_locks(); // locks: again many plain
}
void relocked() {
  std::unique_lock<std::recursive_mutex> r(again, std::defer_lock);
  r.lock(); // locks: takes again, a recursive-mutex
}
void given_back() {
  std::unique_lock<std::mutex> l(plain); // locks: takes plain, a mutex
  l.unlock();
  heddle_locks(); // locks: none
}
void count() { std::lock_guard l(plain); } // locks: takes plain, a mutex
void counted_twice() {
  std::lock_guard l(plain); // locks: takes plain, a mutex
  count();                  // which does not come back
  heddle_locks();           // locks: plain
}
std::mutex second;
void together() {
  std::unique_lock<std::mutex> a(plain, std::defer_lock);
  std::unique_lock<std::mutex> b(second, std::defer_lock);
  heddle_locks();  // locks: none
  std::lock(a, b); // locks: takes plain, a mutex
  heddle_locks();  // locks: plain second
}

// ---- the predicate of a wait runs with the lock held ----
class Gate {
  std::mutex m_;
  std::condition_variable cv_;
  bool open_ = false;

public:
  void wait() {
    std::unique_lock<std::mutex> l(m_); // locks: takes m_, a mutex
    cv_.wait(l, [this] {
      heddle_locks(); // locks: m_
      return open_;
    });
  }
  bool wait_for(int ms) {
    std::unique_lock<std::mutex> l(m_); // locks: takes m_, a mutex
    auto open = [&] {
      heddle_locks(); // locks: m_
      return open_;
    };
    return cv_.wait_for(l, std::chrono::milliseconds(ms), open);
  }
  template <class Predicate> void wait_until(Predicate p) {
    std::unique_lock<std::mutex> l(m_); // locks: takes m_, a mutex
    cv_.wait(l, p);
  }
  void wait_for_two() {
    wait_until([this] {
      heddle_locks(); // locks: m_
      return open_;
    });
  }
  void wait_by_member() {
    std::unique_lock<std::mutex> l(m_); // locks: takes m_, a mutex
    cv_.wait(l, [this] { return ready(); });
  }
  void wait_bound() {
    std::unique_lock<std::mutex> l(m_); // locks: takes m_, a mutex
    cv_.wait(l, std::bind(&Gate::bound, this));
  }

private:
  bool ready() const {
    heddle_locks(); // locks: m_
    return open_;
  }
  bool bound() const {
    heddle_locks(); // locks: m_
    return open_;
  }
};
void predicate_in_a_loop(std::mutex &m, std::condition_variable &cv, bool &ready) {
  std::unique_lock<std::mutex> l(m); // locks: takes m, a mutex
  while (!ready) {
    cv.wait(l);
    heddle_locks(); // locks: m
  }
  auto later = [&] {
    heddle_locks(); // locks: none
  };
  std::thread(later).join();
}

// ---- what all callers hold is held at the entry ----
template <class F> void with_lock(std::mutex &m, F f) {
  std::lock_guard<std::mutex> g(m); // locks: takes m, a mutex
  f();
}
class Table {
  std::mutex m_, other_;
  int n_ = 0;

public:
  void add() {
    std::lock_guard<std::mutex> g(m_); // locks: takes m_, a mutex
    insert();
    grow();
    twice(1);
  }
  void remove() {
    std::lock_guard<std::mutex> g(m_); // locks: takes m_, a mutex
    insert();
    unlocks();
  }
  void peek() { grow(); }
  void in_helper() {
    with_lock(m_, [this] {
      heddle_locks(); // locks: m_
      ++n_;
    });
  }
  void start() {
    std::lock_guard<std::mutex> g(m_); // locks: takes m_, a mutex
    std::thread([this] { run(); }).detach();
    std::thread(&Table::serve, this).detach();
    table_[0] = &Table::stored;
    stored();
  }

private:
  void (Table::*table_[1])() = {};
  void insert() {
    heddle_locks(); // locks: m_
    deeper();
  }
  void deeper() {
    heddle_locks(); // locks: m_
  }
  void grow() {
    heddle_locks(); // locks: none
  }
  void twice(int n) {
    heddle_locks(); // locks: m_
    if (n)
      twice(n - 1);
  }
  void unlocks() {
    m_.unlock();
    heddle_locks(); // locks: none
    m_.lock();
    heddle_locks(); // locks: m_
  }
  void run() {
    heddle_locks(); // locks: none
  }
  void serve() {
    heddle_locks(); // locks: none
  }
  void stored() {
    heddle_locks(); // locks: none
  }
  void uncalled() {
    heddle_locks(); // locks: none
  }
};
struct Node {
  std::mutex m;
  int n;
};
static void bump(Node &node) {
  heddle_locks(); // locks: node.m
  ++node.n;
}
void bump_one(Node *one) {
  std::lock_guard<std::mutex> g(one->m); // locks: takes one.m, a mutex
  bump(*one);
}
void exported(Node &node) {
  heddle_locks(); // locks: none
}
void calls_exported(Node &node) {
  std::lock_guard<std::mutex> g(node.m); // locks: takes node.m, a mutex
  exported(node);
}

// ---- a callee that has the guard may release the lock ----
class Pauses {
public:
  void run() {
    std::unique_lock<std::mutex> l(m_); // locks: takes m_, a mutex
    pause(l);
    auto wait = [&] {
      l.unlock();
      heddle_locks(); // locks: none
      l.lock(); // locks: takes l, a mutex
    };
    wait();
  }

private:
  void pause(std::unique_lock<std::mutex> &l) {
    l.unlock();
    heddle_locks(); // locks: none
    l.lock(); // locks: takes l, a mutex
  }
  std::mutex m_;
};

// ---- in handlers, whatever is known of what they catch ----
int seen(int n) { return n; }
void in_a_handler_of_the_library(const std::vector<int> &all) {
  try {
    for (int i = 0; i < 3; ++i)
      seen(all.at(i));
  } catch (...) {
    std::lock_guard l(plain); // locks: takes plain, a mutex
    heddle_locks();           // locks: plain
  }
}
void in_a_handler_of_a_constructor(unsigned n) {
  std::unique_lock outer(second); // locks: takes second, a mutex
  try {
    std::string s(n, 'x');
    std::lock_guard l(plain); // locks: takes plain, a mutex
  } catch (...) {
    heddle_locks(); // locks: second
  }
}
void not_in_a_handler_behind_the_unlock(const std::vector<int> &all) {
  std::unique_lock outer(second); // locks: takes second, a mutex
  try {
    seen(all.at(0));
    outer.unlock();
    seen(all.at(1));
  } catch (...) {
    heddle_locks(); // locks: none
  }
}
// A lock by hand that a recursive member takes.
struct Spin {
  std::atomic<bool> taken{false};
  void take() {
    while (taken.exchange(true))
      ;
  }
  void visit(int n) {
    take();
    heddle_locks(); // locks: none
    if (n > 0)
      visit(n - 1);
  }
};
// Behind a pointer that was given another object before.
struct Job {
  std::mutex mutex;
};
struct Keeper {
  void reassigned(bool other) {
    std::shared_ptr<Job> job = first;
    if (other)
      job = second;
    std::lock_guard l(job->mutex); // locks: takes job.mutex, a mutex
    heddle_locks();                // locks: job.mutex
  }
  void assigned_while_held() {
    std::shared_ptr<Job> job = first;
    job->mutex.lock();
    job = second;
    heddle_locks(); // locks: none
  }
  std::shared_ptr<Job> first, second;
};
