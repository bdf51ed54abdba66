// REQUIRES: boost
// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
#define BOOST_THREAD_VERSION 4
#include <boost/fiber/all.hpp>
#include <boost/thread.hpp>
#include <boost/thread/scoped_thread.hpp>
#include <boost/thread/thread_guard.hpp>

#include <string>
#include <vector>

bool ready();
void work(int);

bool bad_thread() {
  boost::thread t(work, 1); // note: 't' is started here
  if (!ready())
    return false; // warning: 't' may still run here, and is not joined on this path
  t.join();
  return true;
}
bool bad_fiber() {
  boost::fibers::fiber f([] { work(1); });
  if (!ready())
    return false; // warning: 'f' may still run here
  f.join();
  return true;
}
void bad_fibers(const std::vector<std::string> &names) {
  std::vector<boost::fibers::fiber> all;
  for (const auto &name : names) {
    int n = std::stoi(name); // warning: 'all' may still run when this throws
    all.emplace_back([n] { work(n); });
  }
  for (auto &f : all)
    f.join();
}
void bad_timed_join(bool again) {
  boost::thread t(work, 1);
  if (again)
    t = boost::thread(work, 2); // warning: 't' is assigned a new thread while its old one may still run
  t.join();
}

bool ok_scoped() {
  boost::scoped_thread<> t(boost::thread(work, 1));
  if (!ready())
    return false;
  return true;
}
bool ok_interrupted() {
  boost::thread t(work, 1);
  if (!ready()) {
    t.interrupt();
    t.join();
    return false;
  }
  t.join();
  return true;
}
bool ok_detached() {
  boost::fibers::fiber f([] { work(1); });
  f.detach();
  if (!ready())
    return false;
  return true;
}
void ok_guard() {
  boost::thread t(work, 1);
  boost::thread_guard<> joins(t);
  std::stoi("1");
}
void ok_timed(boost::chrono::seconds s) {
  boost::thread t(work, 1);
  if (!t.try_join_for(s))
    t.detach();
}
