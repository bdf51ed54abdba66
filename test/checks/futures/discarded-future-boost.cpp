// REQUIRES: boost, boost-fiber
// RUN: %verify %s heddle-discarded-future -- -std=c++20 -DBOOST_THREAD_VERSION=4
#include <boost/fiber/all.hpp>
#include <boost/thread/future.hpp>

int measure(int sensor);

void bad_async(int sensor) {
  boost::async(boost::launch::async, [sensor] { return measure(sensor); }); // warning: the future of this task is discarded
}
void bad_fiber(int sensor) {
  boost::fibers::async([sensor] { return measure(sensor); }); // warning: the future of this task is discarded
}
boost::fibers::future<int> measureSoon(int sensor) {
  return boost::fibers::async([sensor] { return measure(sensor); });
}
void bad_through_a_function(int sensor) {
  measureSoon(sensor); // warning: the future of this task is discarded
}

int ok_kept(int sensor) {
  auto soon = boost::async(boost::launch::async, [sensor] { return measure(sensor); });
  return soon.get();
}
int ok_fiber_kept(int sensor) { return measureSoon(sensor).get(); }
void ok_explicit_void(int sensor) { (void)measureSoon(sensor); }
