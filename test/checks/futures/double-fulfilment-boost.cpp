// REQUIRES: boost, boost-fiber
// RUN: %verify %s heddle-double-fulfilment -- -std=c++20
#define BOOST_THREAD_VERSION 4
#include <boost/fiber/future/packaged_task.hpp>
#include <boost/fiber/future/promise.hpp>
#include <boost/thread.hpp>
#include <boost/thread/future.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

std::string load(const std::string &path); // may throw

void bad_return_forgotten(boost::promise<std::string> &p, const std::string &path) {
  if (path.empty())
    p.set_exception(std::runtime_error("no path")); // note: 'p' is fulfilled here first
  p.set_value(load(path)); // warning: promise 'p' is fulfilled a second time
}

void bad_in_the_handler(boost::promise<int> &p, const std::string &path) {
  try {
    p.set_value(1);
    load(path);
  } catch (...) {
    p.set_exception(boost::current_exception()); // warning: promise 'p' is fulfilled a second time
  }
}

void bad_fiber(boost::fibers::promise<int> p, int value) {
  p.set_value(value);
  if (value < 0)
    p.set_exception(std::make_exception_ptr(std::runtime_error("negative"))); // warning: promise 'p' is fulfilled a second time
}

void bad_fiber_task(boost::fibers::packaged_task<void()> &task, bool again) {
  task();
  if (again)
    task(); // warning: promise 'task' is fulfilled a second time
}

void bad_task(boost::packaged_task<int()> &task) {
  for (int i = 0; i < 2; ++i)
    task(); // warning: promise 'task' is fulfilled a second time
}

void ok_branches(boost::promise<std::string> &p, const std::string &path) {
  if (path.empty())
    p.set_exception(std::runtime_error("no path"));
  else
    p.set_value(load(path));
}

void ok_the_idiom(boost::promise<std::string> &p, const std::string &path) {
  try {
    p.set_value(load(path));
  } catch (...) {
    p.set_exception(boost::current_exception());
  }
}

void ok_task_reset(boost::packaged_task<int()> &task) {
  task();
  task.reset();
  task();
}

void ok_fiber(boost::fibers::promise<int> p, int value) {
  if (value < 0) {
    p.set_exception(std::make_exception_ptr(std::runtime_error("negative")));
    return;
  }
  p.set_value(value);
}

void ok_fresh_promise(boost::promise<int> &p) {
  p.set_value(1);
  p = boost::promise<int>();
  p.set_value(2);
}

void ok_all(std::vector<std::shared_ptr<boost::promise<int>>> &waiters) {
  for (auto &w : waiters)
    w->set_value(1);
  waiters.clear();
}
