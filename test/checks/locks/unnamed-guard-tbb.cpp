// REQUIRES: tbb
// RUN: %verify %s heddle-unnamed-guard -- -std=c++20
#include <tbb/queuing_mutex.h>
#include <tbb/spin_mutex.h>
#include <tbb/spin_rw_mutex.h>

class Histogram {
public:
  void bad_vexing(int x) {
    tbb::spin_mutex::scoped_lock(spin_); // warning: this declares guard 'spin_', which locks nothing and shadows mutex 'spin_'
    ++counts_[x];
  }
  void bad_temporary(int x) {
    tbb::queuing_mutex::scoped_lock{queuing_}; // warning: the guard is a temporary and releases 'queuing_' at the end of this statement
    ++counts_[x];
  }
  int bad_reader(int x) {
    tbb::spin_rw_mutex::scoped_lock(rw_, /*write=*/false); // warning: the guard is a temporary
    return counts_[x];
  }

  void ok_named(int x) {
    tbb::spin_mutex::scoped_lock lock(spin_);
    ++counts_[x];
  }
  void ok_acquired_later(int x) {
    tbb::spin_mutex::scoped_lock lock;
    if (x > 0)
      lock.acquire(spin_);
    ++counts_[x];
  }
  int ok_reader(int x) {
    tbb::spin_rw_mutex::scoped_lock lock(rw_, /*write=*/false);
    return counts_[x];
  }

private:
  tbb::spin_mutex spin_;
  tbb::queuing_mutex queuing_;
  tbb::spin_rw_mutex rw_;
  int counts_[8] = {};
};
