// RUN: %verify %s heddle-limit-after-spawn -- -std=c++20
// The seed's row (S8), with hand-written groups.
#include "Inputs/limited_task_group.h"
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

void work(int);
bool ready();

void bad_S8() {
  LimitedTaskGroup group;
  group.go([] { work(1); }); // note: the first task of 'group' is added here
  group.setLimit(8);         // warning: the limit of 'group' is set after tasks were added to it
  group.wait();
}
void bad_in_the_loop(int n) {
  LimitedTaskGroup group;
  for (int i = 0; i < n; ++i) {
    group.setLimit(4); // warning: the limit of 'group' is set after tasks were added to it
    group.go([i] { work(i); });
  }
}
void addAll(LimitedTaskGroup &group, int n) {
  for (int i = 0; i < n; ++i)
    group.go([i] { work(i); });
}
void bad_through_a_helper(int n) {
  LimitedTaskGroup group;
  addAll(group, n);
  group.setLimit(4); // warning: the limit of 'group' is set after tasks were added to it
}
void bad_lower(LimitedTaskGroup &group) {
  group.setLimit(1); // warning: the limit of 'group' is set after tasks were added to it
}
void lowered_too_late() {
  LimitedTaskGroup group;
  group.go([] { work(1); }); // note: the first task of 'group' is added here
  bad_lower(group);          // note: the limit is set by this call
}
void ok_lowered_in_time() {
  LimitedTaskGroup group;
  bad_lower(group);
  group.go([] { work(1); });
}
class Downloader {
public:
  void bad_start() {
    group_.go([] { work(1); });
    group_.setLimit(4); // warning: the limit of 'group_' is set after tasks were added to it
  }
  void ok_start() {
    group_.setLimit(4);
    group_.go([] { work(1); });
  }

private:
  LimitedTaskGroup group_;
};

void ok_S8() {
  LimitedTaskGroup group;
  group.setLimit(8);
  group.go([] { work(1); });
  group.wait();
}
void ok_between_waves() {
  LimitedTaskGroup group;
  group.setLimit(8);
  group.go([] { work(1); });
  group.wait();
  group.setLimit(2);
  group.go([] { work(2); });
}
void ok_either() {
  LimitedTaskGroup group;
  if (ready())
    group.setLimit(2);
  else
    group.setLimit(8);
  group.go([] { work(1); });
}
void ok_another() {
  LimitedTaskGroup first, second;
  first.go([] { work(1); });
  second.setLimit(8);
  second.go([] { work(1); });
}
void ok_of_somebody_else(LimitedTaskGroup &group) { group.setLimit(3); }

/// Takes the handles out of its reach before it joins them.
class Herd {
public:
  ~Herd() { gather(); }
  void atMost(std::size_t n) { most_ = n; }
  void drive(std::function<void()> task) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return running_ < most_; });
    ++running_;
    threads_.push_back(std::thread([this, task = std::move(task)] {
      task();
      std::lock_guard lock(mutex_);
      --running_;
      room_.notify_one();
    }));
  }
  void gather() {
    std::vector<std::thread> all;
    {
      std::lock_guard lock(mutex_);
      all = std::exchange(threads_, {});
    }
    for (std::thread &t : all)
      t.join();
  }

private:
  std::mutex mutex_;
  std::condition_variable room_;
  std::size_t most_ = 4, running_ = 0;
  std::vector<std::thread> threads_;
};

class Farm {
public:
  void setByHelper() {
    herd_.drive([] { work(1); }); // note: the first task of 'herd_' is added here
    bad_configure();              // note: in the call of 'bad_configure' here
    herd_.gather();
  }
  void ok_set_first(Herd &herd) {
    herd.atMost(2);
    herd.drive([] { work(1); });
    herd.gather();
  }
  void ok_between_waves(Herd &herd) {
    herd.drive([] { work(1); });
    herd.gather();
    herd.atMost(2);
    herd.drive([] { work(2); });
    herd.gather();
  }

private:
  void bad_configure() { herd_.atMost(2); } // warning: the limit of 'herd_' is set after tasks were added to it
  Herd herd_;
};
