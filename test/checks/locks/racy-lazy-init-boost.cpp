// REQUIRES: boost
// RUN: %verify %s heddle-racy-lazy-init -- -std=c++20
// Boost's owners and locks.
#include <boost/shared_ptr.hpp>
#include <boost/smart_ptr/make_shared.hpp>
#include <boost/thread/lock_types.hpp>
#include <boost/thread/mutex.hpp>

struct Grammar {
  int rules = 0;
};

class bad_Parser {
public:
  boost::shared_ptr<Grammar> grammar() {
    if (!isReady()) { // warning: 'grammar_' is tested here without the mutex under which it is created
      boost::mutex::scoped_lock lock(mutex_);
      if (!isReady())
        grammar_ = boost::make_shared<Grammar>(); // note: created here with 'mutex_' held
    }
    return grammar_;
  }

private:
  bool isReady() const { return grammar_ != nullptr; }
  boost::mutex mutex_;
  boost::shared_ptr<Grammar> grammar_;
};

class ok_Parser {
public:
  boost::shared_ptr<Grammar> grammar() {
    boost::mutex::scoped_lock lock(mutex_);
    if (!isReady())
      grammar_ = boost::make_shared<Grammar>();
    return grammar_;
  }

private:
  bool isReady() const { return grammar_ != nullptr; }
  boost::mutex mutex_;
  boost::shared_ptr<Grammar> grammar_;
};
