// RUN: %verify %s heddle-unnamed-guard -- -std=c++20
// Guards that are recognised by their bodies, by annotations, by attributes, and by their members.
#include <mutex>
#include <pthread.h>
#include <vector>

class CriticalSection {
public:
  CriticalSection() { pthread_mutex_init(&m_, nullptr); }
  ~CriticalSection() { pthread_mutex_destroy(&m_); }
  void enter() { pthread_mutex_lock(&m_); }
  void leave() { pthread_mutex_unlock(&m_); }

private:
  pthread_mutex_t m_;
};

class Entered {
public:
  explicit Entered(CriticalSection &s) : s_(s) { s_.enter(); }
  ~Entered() { s_.leave(); }

private:
  CriticalSection &s_;
};

/// Its only part is a guard.
class Exclusive {
public:
  explicit Exclusive(std::mutex &m) : lock_(m) {}

private:
  std::lock_guard<std::mutex> lock_;
};

struct Derived : std::lock_guard<std::mutex> {
  using lock_guard::lock_guard;
};

class __attribute__((scoped_lockable)) Attributed {
public:
  explicit Attributed(std::mutex &m);
  ~Attributed();
};

class [[clang::annotate("heddle::role guard")]] Annotated {
public:
  [[clang::annotate("heddle::acquire param m")]] explicit Annotated(std::mutex &m);
  [[clang::annotate("heddle::release")]] ~Annotated();
};

class Samples {
public:
  void bad_inferred(int x) {
    Entered{section_}; // warning: the guard is a temporary and releases 'section_' at the end of this statement
    all_.push_back(x);
  }
  void bad_around_a_guard(int x) {
    Exclusive{mutex_}; // warning: the guard is a temporary
    all_.push_back(x);
  }
  void bad_derived(int x) {
    Derived{mutex_}; // warning: the guard is a temporary
    all_.push_back(x);
  }
  void bad_annotated(int x) {
    Annotated{mutex_}; // warning: the guard is a temporary
    all_.push_back(x);
  }
  void bad_macro(int x) {
#define LOCKED(m) std::lock_guard<std::mutex>{m}
    LOCKED(mutex_); // warning: the guard is a temporary
    all_.push_back(x);
  }

  void ok_inferred(int x) {
    Entered here{section_};
    all_.push_back(x);
  }
  void ok_around_a_guard(int x) {
    Exclusive lock{mutex_};
    all_.push_back(x);
  }
  void ok_derived(int x) {
    Derived lock{mutex_};
    all_.push_back(x);
  }
  void ok_annotated(int x) {
    Annotated lock{mutex_};
    all_.push_back(x);
  }
  void ok_attributed(int x) {
    Attributed lock{mutex_};
    all_.push_back(x);
  }
  /// It has a lock inside, but it is there for what it holds.
  class Locked {
  public:
    explicit Locked(Samples &s) : lock_(s.mutex_), all_(s.all_) {}
    void push(int x) { all_.push_back(x); }

  private:
    std::lock_guard<std::mutex> lock_;
    std::vector<int> &all_;
  };
  void ok_used_through_a_temporary(int x) {
    Locked(*this).push(x);
    Locked(*this).push(x + 1);
  }
  void ok_macro(int x) {
#define NAMED(m) std::lock_guard<std::mutex> macro_lock{m}
    NAMED(mutex_);
    all_.push_back(x);
  }

private:
  CriticalSection section_;
  std::mutex mutex_;
  std::vector<int> all_;
};
