// REQUIRES: boost
// RUN: %verify %s heddle-condition-modified-unlocked -- -std=c++20
// Boost's conditions.
#include <boost/thread/condition_variable.hpp>
#include <boost/thread/lock_types.hpp>
#include <boost/thread/mutex.hpp>

struct Mail {
  boost::mutex mutex;
  boost::condition_variable arrived;
  bool here = false;
};
static void bad_put(Mail &m) { m.here = true; } // warning: 'here' is changed without 'mutex' before 'arrived' is notified
void deliver(Mail &m) {
  bad_put(m);
  m.arrived.notify_one();
}
void fetch(Mail &m) {
  boost::unique_lock<boost::mutex> lock(m.mutex);
  while (!m.here)
    m.arrived.wait(lock);
}

struct Parcel {
  boost::mutex mutex;
  boost::condition_variable_any arrived;
  bool here = false;
};
static void set(Parcel &p) { p.here = true; }
void ok_deliver(Parcel &p) {
  {
    boost::mutex::scoped_lock lock(p.mutex);
    set(p);
  }
  p.arrived.notify_one();
}
void fetch(Parcel &p) {
  boost::unique_lock<boost::mutex> lock(p.mutex);
  while (!p.here)
    p.arrived.wait(lock);
}
