// Inferred guards and locks are followed like those of the standard library.
// RUN: %verify --header-filter-main-only --word state %s heddle-dev-states -- -std=c++20
#include "Inputs/primitives.h"

namespace port {
class Mutex { // its members stand elsewhere
public:
  void Lock();
  void Unlock();
  bool TryLock();
  void lock() { Lock(); }
  void unlock() { Unlock(); }

private:
  pthread_mutex_t mu_;
};
class Opaque { // and so does what it is made of
public:
  virtual ~Opaque();
  virtual int lock();
  virtual int unlock();
  virtual int trylock();

private:
  void *data_;
};
template <class M> class ScopedLock {
public:
  explicit ScopedLock(M &m) : lock_(m) { lock_.lock(); }
  ~ScopedLock() { lock_.unlock(); }

private:
  M &lock_;
};
class MutexLock {
public:
  explicit MutexLock(Mutex *mu) : mu_(mu) { this->mu_->Lock(); }
  ~MutexLock() { this->mu_->Unlock(); }

private:
  Mutex *const mu_;
};
} // namespace port

void heddle_state(const std::mutex &);
void heddle_state(const CLock &);
void heddle_state(const pthread_mutex_t &);
void heddle_state(const port::Mutex &);
void heddle_state(const port::Opaque &);

void guard(std::mutex &m) {
  {
    Holder h(m);
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: free
}
void guard_over_a_pointer(pthread_mutex_t &m) {
  {
    PointerHolder h(&m);
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: free
}
void guard_template(std::mutex &m) {
  {
    AnyHolder h(m);
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: free
}
void wrapper(CLock &l) {
  if (!l.try_lock())
    return;
  heddle_state(l); // state: held
  l.unlock();
  heddle_state(l); // state: free
  std::lock_guard g(l);
  heddle_state(l); // state: held
}
void opaque(port::Opaque &m) {
  {
    port::ScopedLock<port::Opaque> l(m);
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: free
}
void of_another_file(port::Mutex &m) {
  {
    port::MutexLock l(&m);
    heddle_state(m); // state: held
  }
  heddle_state(m); // state: free
  m.Lock();
  heddle_state(m); // state: held
  m.Unlock();
}
