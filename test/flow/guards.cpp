// What is known of a lock follows the exact state of its guards: unlock and relock, inner scopes, deferred, tried,
// adopted and released ones, and a guard that a helper unlocks.
// RUN: %verify --word state %s heddle-dev-states -- -std=c++20
#include <condition_variable>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <shared_mutex>
#include <utility>

void heddle_state(const std::mutex &);
void heddle_state(const std::timed_mutex &);
void heddle_state(const std::shared_mutex &);
void heddle_state(const pthread_mutex_t &);
void unknown();

void raw_lock(std::mutex &m) {
  heddle_state(m); // state: entry
  m.lock();
  heddle_state(m); // state: held
  m.unlock();
  heddle_state(m); // state: free
}

void unlock_and_relock(std::mutex &m) {
  std::unique_lock l(m);
  heddle_state(m); // state: held
  l.unlock();
  heddle_state(m); // state: free
  unknown();
  l.lock();
  heddle_state(m); // state: held
}

void inner_scope(std::mutex &m) {
  {
    std::lock_guard<std::mutex> l(m);
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: free
}

void unlocked_on_one_path(std::mutex &m, bool early) {
  std::unique_lock l(m);
  if (early) {
    l.unlock();
    heddle_state(m); // state: free
    return;
  }
  heddle_state(m); // state: held
}

void unlocked_on_one_path_only(std::mutex &m, bool early) {
  std::unique_lock l(m);
  if (early)
    l.unlock();
  heddle_state(m); // state: free held
  if (early)
    l.lock();
  heddle_state(m); // state: held
}

void ask_the_guard(std::mutex &m, bool early) {
  std::unique_lock l(m);
  if (early)
    l.unlock();
  if (l.owns_lock())
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: free
}

void deferred(std::mutex &m, bool b) {
  std::unique_lock l(m, std::defer_lock);
  heddle_state(m); // state: entry
  if (b)
    l.lock();
  heddle_state(m); // state: entry held
}

void adopted(std::mutex &m) {
  m.lock();
  {
    std::lock_guard<std::mutex> l(m, std::adopt_lock);
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: free
}

void tried(std::mutex &m) {
  std::unique_lock l(m, std::try_to_lock);
  if (!l)
    heddle_state(m); // state: entry
  if (l)
    heddle_state(m); // state: held
  if (!l.owns_lock())
    return;
  heddle_state(m); // state: held
}

void tried_in_the_condition(std::mutex &m) {
  if (std::unique_lock l(m, std::try_to_lock); l.owns_lock())
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry
}

void tried_for_a_time(std::timed_mutex &m) {
  std::unique_lock l(m, std::chrono::seconds(1));
  if (l)
    heddle_state(m); // state: held
  else
    heddle_state(m); // state: entry
}

void tried_later(std::mutex &m) {
  std::unique_lock l(m, std::defer_lock);
  if (!l.try_lock())
    return;
  heddle_state(m); // state: held
}

void let_go(std::mutex &m) {
  {
    std::unique_lock l(m);
    l.release();
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: held
  m.unlock();
  heddle_state(m); // state: free
}

void never_locked(std::mutex &m) {
  {
    std::unique_lock l(m, std::defer_lock);
  }
  heddle_state(m); // state: entry
}

void tried_in_vain(std::mutex &m) {
  {
    std::unique_lock l(m, std::try_to_lock);
    if (l)
      return;
  }
  heddle_state(m); // state: entry
}

void many(std::mutex &a, std::mutex &b) {
  {
    std::scoped_lock l(a, b);
    heddle_state(a); // state: held
    heddle_state(b); // state: held
  }
  heddle_state(a); // state: free
  std::lock(a, b);
  heddle_state(b); // state: held
}

void shared(std::shared_mutex &m) {
  {
    std::shared_lock l(m);
    heddle_state(m); // state: shared
  }
  std::unique_lock l(m);
  heddle_state(m); // state: held
}

// ---- what is assigned may be anything ----
std::unique_lock<std::mutex> acquired();
void assigned_from_unknown(std::mutex &m) {
  std::unique_lock l(m);
  heddle_state(m); // state: held
  l = acquired();
  heddle_state(m); // state: moved
  if (l.owns_lock())
    l.unlock();
  heddle_state(m); // state: free moved
  l = std::unique_lock(m);
  heddle_state(m); // state: held
}
bool owns_after_unknown(std::mutex &m, std::mutex &other) {
  std::unique_lock l(m);
  l = std::unique_lock<std::mutex>();
  l = acquired();
  if (l.owns_lock())
    other.lock();
  heddle_state(other); // state: entry held
  return true;
}

// ---- handed to a helper ----
void relock(std::unique_lock<std::mutex> &l) {
  l.unlock();
  unknown();
  l.lock();
}
void give_back(std::unique_lock<std::mutex> &l) { l.unlock(); }
void give_back_if(std::unique_lock<std::mutex> &l, bool b) {
  if (b)
    l.unlock();
}
void look(const std::unique_lock<std::mutex> &);
void change(std::unique_lock<std::mutex> &);

void helper_relocks(std::mutex &m) {
  std::unique_lock l(m);
  relock(l);
  heddle_state(m); // state: held
}
void helper_gives_back(std::mutex &m) {
  std::unique_lock l(m);
  give_back(l);
  heddle_state(m); // state: free
}
void helper_may_give_back(std::mutex &m, bool b) {
  std::unique_lock l(m);
  give_back_if(l, b);
  heddle_state(m); // state: free held
}
void helper_looks(std::mutex &m) {
  std::unique_lock l(m);
  look(l);
  heddle_state(m); // state: held
}
void by_pointer(std::mutex &m) {
  std::unique_lock l(m);
  auto *p = &l;
  p->unlock();
  heddle_state(m); // state: free
}
void in_a_lambda(std::mutex &m) {
  std::unique_lock l(m);
  auto pause = [&] {
    l.unlock();
    unknown();
    l.lock();
  };
  pause();
  heddle_state(m); // state: held
  [&] { l.unlock(); }();
  heddle_state(m); // state: free
}

// ---- conditions give back the own lock only ----
void own_and_foreign(std::mutex &own, std::mutex &foreign, std::condition_variable &cv) {
  std::lock_guard f(foreign);
  std::unique_lock l(own);
  cv.wait(l);
  heddle_state(own);     // state: held
  heddle_state(foreign); // state: held
}

struct Two {
  std::mutex a, b;
  Two *other;
  void members() {
    std::lock_guard l(a);
    heddle_state(a);        // state: held
    heddle_state(b);        // state: entry
    heddle_state(this->a);  // state: held
    heddle_state(other->a); // state: entry
  }
};
void two_objects(Two &x, Two &y) {
  std::lock_guard l(x.a);
  heddle_state(x.a); // state: held
  heddle_state(y.a); // state: entry
}

// ---- temporaries and moves ----
void moved_guard(std::mutex &m) {
  std::unique_lock a(m);
  std::unique_lock b = std::move(a);
  heddle_state(m); // state: held
}
void optional_guard(std::mutex &m) {
  std::optional<std::lock_guard<std::mutex>> l;
  l.emplace(m);
  // limit: a guard in an optional is not followed.
  heddle_state(m); // state: entry
}
void temporary_guard(std::mutex &m) {
  std::lock_guard<std::mutex>{m};
  heddle_state(m); // state: entry
}

// ---- C ----
void c_lock(pthread_mutex_t &m) {
  if (pthread_mutex_trylock(&m) != 0)
    return;
  heddle_state(m); // state: held
  pthread_mutex_unlock(&m);
  heddle_state(m); // state: free
}
void c_lock_zero_is_success(pthread_mutex_t *m) {
  if (pthread_mutex_trylock(m) == 0)
    heddle_state(*m); // state: held
  else
    heddle_state(*m); // state: entry
}
void c_lock_result_kept(pthread_mutex_t *m) {
  int failed = pthread_mutex_trylock(m);
  if (failed)
    return;
  heddle_state(*m); // state: held
}
void c_lock_negated(pthread_mutex_t *m) {
  if (!pthread_mutex_trylock(m))
    heddle_state(*m); // state: held
}

// ---- given back by assignment, swapped, exchanged, moved ----
void assigned_nothing(std::mutex &m) {
  std::unique_lock<std::mutex> l(m);
  l = {};
  heddle_state(m); // state: free
}
void assigned_an_empty_guard(std::mutex &m) {
  std::unique_lock<std::mutex> l(m);
  l = std::unique_lock<std::mutex>();
  heddle_state(m); // state: free
}
void assigned_another_lock(std::mutex &a, std::mutex &b) {
  {
    std::unique_lock<std::mutex> l(a);
    l = std::unique_lock<std::mutex>(b);
    heddle_state(a); // state: free
    heddle_state(b); // state: held
  }
  heddle_state(a); // state: free
  heddle_state(b); // state: free
}
void assigned_on_one_path(std::mutex &m, bool b) {
  {
    std::unique_lock<std::mutex> l;
    if (b)
      l = std::unique_lock<std::mutex>(m);
    heddle_state(m); // state: entry held
  }
  heddle_state(m); // state: entry free
}
void assigned_when_it_has_no_lock(std::mutex &m) {
  std::unique_lock<std::mutex> l(m, std::defer_lock);
  l = {};
  heddle_state(m); // state: entry
}
void assigned_and_unlocked(std::mutex &a, std::mutex &b) {
  std::unique_lock<std::mutex> l(a);
  l = std::unique_lock<std::mutex>(b);
  l.unlock();
  heddle_state(b); // state: free
  l.lock();
  heddle_state(a); // state: free
  heddle_state(b); // state: held
}
std::unique_lock<std::mutex> locked(std::mutex &m) { return std::unique_lock<std::mutex>(m); }
void assigned_the_result_of_a_call(std::mutex &m) {
  {
    std::unique_lock<std::mutex> l;
    l = locked(m);
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: free
}
void moved_to_a_longer_scope(std::mutex &m) {
  std::unique_lock<std::mutex> keep;
  {
    std::unique_lock<std::mutex> l(m);
    keep = std::move(l);
  }
  heddle_state(m); // state: held
}
void moved_to_a_shorter_scope(std::mutex &m) {
  std::unique_lock<std::mutex> l(m);
  {
    std::unique_lock<std::mutex> inner(std::move(l));
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: free
}
void swapped_with_a_temporary(std::mutex &m) {
  std::unique_lock<std::mutex> l(m);
  std::unique_lock<std::mutex>().swap(l);
  heddle_state(m); // state: free
}
void swapped(std::mutex &a, std::mutex &b) {
  std::unique_lock<std::mutex> x(a);
  {
    std::unique_lock<std::mutex> y(b);
    std::swap(x, y);
    heddle_state(a); // state: held
    heddle_state(b); // state: held
  }
  heddle_state(a); // state: free
  heddle_state(b); // state: held
}
void swapped_by_its_member(std::mutex &m) {
  std::unique_lock<std::mutex> keep;
  {
    std::unique_lock<std::mutex> l(m);
    keep.swap(l);
  }
  heddle_state(m); // state: held
}
void exchanged(std::mutex &m) {
  std::unique_lock<std::mutex> l(m);
  std::exchange(l, {});
  heddle_state(m); // state: free
}
void exchanged_and_kept(std::mutex &m) {
  std::unique_lock<std::mutex> l(m);
  {
    auto kept = std::exchange(l, std::unique_lock<std::mutex>());
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: free
}

// ---- guards of the program's own that only unlock ----
struct Unlocks {
  std::mutex &m;
  ~Unlocks() { m.unlock(); }
};
class UnlocksAtEnd {
public:
  explicit UnlocksAtEnd(std::mutex *m) : m_(m) {}
  ~UnlocksAtEnd() { m_->unlock(); }

private:
  std::mutex *m_;
};
void aggregate_unlocks(std::mutex &m) {
  m.lock();
  {
    Unlocks u{m};
    heddle_state(m); // state: escaped
  }
  heddle_state(m); // state: free
}
void constructed_one_unlocks(std::mutex &m) {
  m.lock();
  {
    UnlocksAtEnd u(&m);
    heddle_state(m); // state: escaped
  }
  heddle_state(m); // state: free
}
void unlocks_where_something_throws(std::mutex &m) {
  try {
    m.lock();
    Unlocks u{m};
    unknown();
  } catch (...) {
    heddle_state(m); // state: free
  }
}
void unlocks_another(std::mutex &a, std::mutex &b) {
  a.lock();
  b.lock();
  {
    Unlocks u{b};
  }
  heddle_state(a); // state: held
  heddle_state(b); // state: free
}
