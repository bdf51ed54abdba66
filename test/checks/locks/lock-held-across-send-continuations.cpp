// REQUIRES: boost
// RUN: %verify %s heddle-lock-held-across-send -- -std=c++20
// Promises without a continuation: fulfilling one only wakes a waiter.
#define BOOST_THREAD_VERSION 4
#include <boost/thread.hpp>
#include <boost/thread/future.hpp>

#include <future>
#include <map>
#include <mutex>
#include <string>

class ok_replies {
public:
  boost::future<std::string> ask(int id) {
    boost::lock_guard<boost::mutex> lock(mutex_);
    return waiting_[id].get_future();
  }
  void answer(int id, const std::string &text) {
    boost::lock_guard<boost::mutex> lock(mutex_);
    auto it = waiting_.find(id);
    if (it == waiting_.end())
      return;
    it->second.set_value(text);
    waiting_.erase(it);
  }

private:
  boost::mutex mutex_;
  std::map<int, boost::promise<std::string>> waiting_;
};

class ok_standard_promise {
public:
  void answer(int id, const std::string &text) {
    std::lock_guard lock(mutex_);
    if (auto it = waiting_.find(id); it != waiting_.end()) {
      it->second.set_value(text);
      waiting_.erase(it);
    }
  }
  void cancelAll() {
    std::lock_guard lock(mutex_);
    for (auto &[id, promise] : waiting_)
      promise.set_exception(std::make_exception_ptr(std::string("cancelled")));
    waiting_.clear();
  }

private:
  std::mutex mutex_;
  std::map<int, std::promise<std::string>> waiting_;
};
