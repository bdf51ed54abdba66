// REQUIRES: boost, asio
// RUN: %verify %s heddle-blocking-under-lock -- -std=c++20
// Boost's guards, threads and futures, and what of asio waits.
#include <boost/asio.hpp>
#include <boost/thread.hpp>
#include <boost/thread/future.hpp>
#include <map>
#include <string>
#include <vector>

class bad_directory {
public:
  void refresh() {
    boost::lock_guard<boost::mutex> lock(mutex_); // note: 'mutex_' is locked here
    entries_.clear();
    boost::this_thread::sleep_for(boost::chrono::seconds(1)); // warning: this sleeps while 'mutex_' is held
  }
  void resolve(boost::asio::ip::tcp::resolver &resolver, const std::string &host) {
    boost::unique_lock<boost::shared_mutex> lock(table_);
    for (auto &e : resolver.resolve(host, "80")) // warning: this waits for the outside while 'table_' is held
      entries_[host] = e.host_name();
  }
  void stop() {
    boost::mutex::scoped_lock lock(mutex_);
    worker_.join(); // warning: this joins a thread while 'mutex_' is held, and the task needs 'mutex_' to end
  }
  void start() {
    worker_ = boost::thread(&bad_directory::work, this); // note: the task is started here
  }

private:
  void work() {
    boost::mutex::scoped_lock lock(mutex_); // note: it locks 'mutex_' here
    entries_.clear();
  }
  boost::mutex mutex_;
  boost::shared_mutex table_;
  boost::thread worker_;
  std::map<std::string, std::string> entries_;
};

class ok_directory {
public:
  void refresh() {
    {
      boost::lock_guard<boost::mutex> lock(mutex_);
      entries_.clear();
    }
    boost::this_thread::sleep_for(boost::chrono::seconds(1));
  }
  void resolve(boost::asio::ip::tcp::resolver &resolver, const std::string &host) {
    auto found = resolver.resolve(host, "80");
    boost::unique_lock<boost::shared_mutex> lock(table_);
    for (auto &e : found)
      entries_[host] = e.host_name();
  }
  void wait() {
    boost::mutex::scoped_lock lock(mutex_);
    while (entries_.empty())
      filled_.wait(lock);
  }

private:
  boost::mutex mutex_;
  boost::shared_mutex table_;
  boost::condition_variable filled_;
  std::map<std::string, std::string> entries_;
};
