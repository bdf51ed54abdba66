// REQUIRES: boost
// RUN: %verify %s heddle-relock -- -std=c++20
// Boost's locks, exclusive and shared.
#include <boost/thread/lock_types.hpp>
#include <boost/thread/mutex.hpp>
#include <boost/thread/recursive_mutex.hpp>
#include <boost/thread/shared_mutex.hpp>
#include <map>
#include <string>

class bad_Phrases {
public:
  std::string phrase(int id) {
    boost::shared_lock<boost::shared_mutex> lock(mutex_); // note: 'mutex_' is locked in shared mode here
    auto it = phrases_.find(id);
    if (it == phrases_.end())
      return make(id); // warning: 'mutex_' is locked exclusively by a thread that holds it in shared mode
    return it->second;
  }

private:
  std::string make(int id) {
    boost::unique_lock<boost::shared_mutex> lock(mutex_); // note: it is locked again here
    return phrases_[id] = "?";
  }
  boost::shared_mutex mutex_;
  std::map<int, std::string> phrases_;
};

class bad_Queue {
public:
  void push(int n) {
    boost::mutex::scoped_lock lock(mutex_);
    if (size() < 9) // warning: 'mutex_' is locked by a thread that already holds it
      last_ = n;
  }
  int size() {
    boost::mutex::scoped_lock lock(mutex_);
    return last_;
  }

private:
  boost::mutex mutex_;
  int last_ = 0;
};

class ok_Phrases {
public:
  std::string phrase(int id) {
    {
      boost::shared_lock<boost::shared_mutex> lock(mutex_);
      auto it = phrases_.find(id);
      if (it != phrases_.end())
        return it->second;
    }
    return make(id);
  }
  std::string upgraded(int id) {
    boost::upgrade_lock<boost::shared_mutex> lock(mutex_);
    auto it = phrases_.find(id);
    if (it != phrases_.end())
      return it->second;
    boost::upgrade_to_unique_lock<boost::shared_mutex> only(lock);
    return phrases_[id] = "?";
  }

private:
  std::string make(int id) {
    boost::unique_lock<boost::shared_mutex> lock(mutex_);
    return phrases_[id] = "?";
  }
  boost::shared_mutex mutex_;
  std::map<int, std::string> phrases_;
};

class ok_Recursive {
public:
  void push(int n) {
    boost::recursive_mutex::scoped_lock lock(mutex_);
    if (size() < 9)
      last_ = n;
  }
  int size() {
    boost::recursive_mutex::scoped_lock lock(mutex_);
    return last_;
  }

private:
  boost::recursive_mutex mutex_;
  int last_ = 0;
};
