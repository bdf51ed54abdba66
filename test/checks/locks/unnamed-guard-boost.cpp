// REQUIRES: boost
// RUN: %verify %s heddle-unnamed-guard -- -std=c++20
#include <boost/thread.hpp>

class Counter {
public:
  void bad_temporary() {
    boost::lock_guard<boost::mutex>{mutex_}; // warning: the guard is a temporary and releases 'mutex_' at the end of this statement
    ++n_;
  }
  void bad_vexing() {
    boost::unique_lock<boost::mutex>(mutex_); // warning: this declares guard 'mutex_', which locks nothing and shadows mutex 'mutex_'
    ++n_;
  }
  void bad_vexing_typedef() {
    boost::mutex::scoped_lock(mutex_); // warning: this declares guard 'mutex_', which locks nothing and shadows mutex 'mutex_'
    ++n_;
  }
  void bad_deferred() {
    boost::unique_lock<boost::mutex> lock(mutex_, boost::defer_lock); // warning: 'lock' never locks 'mutex_', because its tag defers that to a later call
    ++n_;
  }
  int bad_shared() {
    boost::shared_lock<boost::shared_mutex>{shared_}; // warning: the guard is a temporary
    return n_;
  }

  void ok_named() {
    boost::mutex::scoped_lock lock(mutex_);
    ++n_;
  }
  void ok_tried() {
    boost::unique_lock<boost::mutex> lock(mutex_, boost::try_to_lock);
    if (lock)
      ++n_;
  }
  void ok_barrier(boost::condition_variable &changed) {
    boost::lock_guard<boost::mutex>{mutex_};
    changed.notify_all();
  }
  int ok_shared() {
    boost::shared_lock<boost::shared_mutex> lock(shared_);
    return n_;
  }
  void ok_adopted() {
    mutex_.lock();
    boost::lock_guard<boost::mutex> lock(mutex_, boost::adopt_lock);
    ++n_;
  }

private:
  boost::mutex mutex_;
  boost::shared_mutex shared_;
  int n_ = 0;
};
