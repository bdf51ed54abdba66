// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
// REQUIRES: boost
// boost::thread as it is without BOOST_THREAD_VERSION: its destructor detaches.
#include <boost/thread/thread.hpp>
#include <thread>

bool ready();
void work();

bool ok_detached_at_its_end() {
  boost::thread t(work);
  if (!ready())
    return false;
  t.join();
  return true;
}
class ok_Driver {
public:
  void start() { reader_ = boost::thread(work); }

private:
  boost::thread reader_;
};
bool bad_std() {
  std::thread t(work); // note: started here
  if (!ready())
    return false; // warning: 't' may still run here, and is not joined on this path
  t.join();
  return true;
}
