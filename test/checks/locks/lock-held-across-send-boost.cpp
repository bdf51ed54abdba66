// REQUIRES: boost, boost-fiber
// RUN: %verify %s heddle-lock-held-across-send -- -std=c++20
#include <boost/fiber/buffered_channel.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/unbuffered_channel.hpp>
#define BOOST_THREAD_VERSION 4
#include <boost/thread.hpp>
#include <boost/thread/future.hpp>
#include <boost/thread/sync_bounded_queue.hpp>
#include <boost/thread/sync_queue.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

using Feed = boost::fibers::buffered_channel<std::string>;
using Handover = boost::fibers::unbuffered_channel<std::string>;
using Jobs = boost::concurrent::sync_bounded_queue<std::string>;

class Ticker {
public:
  void bad_buffered_channel(const std::string &quote) {
    std::lock_guard<boost::fibers::mutex> lock(mutex_); // note: 'mutex_' is locked here
    last_ = quote;
    for (auto &[name, feed] : readers_)
      feed->push(quote); // warning: this send can block while 'mutex_' is held
  }
  void bad_unbuffered_channel(std::string quote) {
    std::unique_lock<boost::fibers::mutex> lock(mutex_);
    if (handover_.push(std::move(quote)) == boost::fibers::channel_op_status::closed) // warning: this send can block while 'mutex_' is held
      last_.clear();
  }
  void bad_sync_bounded_queue(const std::string &quote) {
    boost::lock_guard<boost::mutex> lock(threads_);
    jobs_.push_back(quote); // warning: this send can block while 'threads_' is held
  }
  void bad_reader_lock(const std::string &quote) {
    boost::shared_lock<boost::shared_mutex> lock(table_);
    jobs_.wait_push_back(quote); // warning: this send can block while 'table_' is held
  }
  void bad_upgraded(const std::string &quote) {
    boost::upgrade_lock<boost::shared_mutex> lock(table_);
    boost::upgrade_to_unique_lock<boost::shared_mutex> writing(lock);
    jobs_.push_back(quote); // warning: this send can block while 'table_' is held
  }

  void ok_snapshot(const std::string &quote) {
    std::vector<std::shared_ptr<Feed>> feeds;
    {
      std::lock_guard<boost::fibers::mutex> lock(mutex_);
      last_ = quote;
      for (auto &[name, feed] : readers_)
        feeds.push_back(feed);
    }
    for (auto &feed : feeds)
      feed->push(quote);
  }
  void ok_tried(const std::string &quote) {
    std::lock_guard<boost::fibers::mutex> lock(mutex_);
    for (auto &[name, feed] : readers_)
      if (feed->try_push(quote) == boost::fibers::channel_op_status::full)
        ++dropped_;
    if (jobs_.try_push_back(quote) != boost::concurrent::queue_op_status::success)
      ++dropped_;
  }
  void ok_unbounded(const std::string &quote) {
    boost::lock_guard<boost::mutex> lock(threads_);
    log_.push(quote);
  }
  void ok_closed_under_the_lock() {
    std::lock_guard<boost::fibers::mutex> lock(mutex_);
    for (auto &[name, feed] : readers_)
      feed->close();
  }
  void ok_unlocked_first(const std::string &quote) {
    boost::unique_lock<boost::mutex> lock(threads_);
    ++dropped_;
    lock.unlock();
    jobs_.push_back(quote);
  }
  void ok_reader_lock_left(const std::string &quote) {
    {
      boost::shared_lock<boost::shared_mutex> lock(table_);
      ++dropped_;
    }
    jobs_.wait_push_back(quote);
  }

private:
  boost::fibers::mutex mutex_;
  boost::mutex threads_;
  boost::shared_mutex table_;
  std::string last_;
  int dropped_ = 0;
  std::map<std::string, std::shared_ptr<Feed>> readers_;
  Handover handover_;
  Jobs jobs_{32};
  boost::concurrent::sync_queue<std::string> log_;
};

// ---- a promise whose continuations run in the thread that fulfils it ---------------------------------------------------

class Login {
public:
  Login() {
    done_ = token_.get_future().then(boost::launch::sync, [this](boost::future<std::string> token) {
      boost::lock_guard<boost::mutex> lock(mutex_);
      header_ = "Bearer " + token.get();
    });
  }
  void bad_continuation_needs_the_lock(const std::string &token) {
    boost::lock_guard<boost::mutex> lock(mutex_); // note: 'mutex_' is locked here
    ++logins_;
    token_.set_value(token); // warning: the promise is fulfilled while 'mutex_' is held, and its continuations run in this thread
  }
  void ok_after_the_lock(const std::string &token) {
    {
      boost::lock_guard<boost::mutex> lock(mutex_);
      ++logins_;
    }
    token_.set_value(token);
  }
  void ok_promise_taken_out(const std::string &token) {
    boost::promise<std::string> mine;
    {
      boost::lock_guard<boost::mutex> lock(mutex_);
      mine.swap(token_);
    }
    mine.set_value(token);
  }

private:
  boost::mutex mutex_;
  int logins_ = 0;
  std::string header_;
  boost::promise<std::string> token_;
  boost::future<void> done_;
};
