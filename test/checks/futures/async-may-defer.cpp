// RUN: %verify %s heddle-async-may-defer -- -std=c++20
#include <atomic>
#include <chrono>
#include <future>
#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
int index(const std::string &root);
void spin();
void paint(int percent);

int bad_polls(const std::string &root) {
  auto done = std::async(index, root); // warning: std::async without a launch policy may defer the task, and polling 'done' never starts it // fixed: auto done = std::async(std::launch::async, index, root);
  while (done.wait_for(100ms) != std::future_status::ready) // note: this loop runs until the future is ready // note: a deferred future is never ready here
    spin();
  return done.get();
}

int bad_do_while(const std::string &root) {
  std::future<int> done = std::async([root] { return index(root); }); // warning: without a launch policy
  std::future_status status;
  do {
    status = done.wait_for(50ms);
    if (status == std::future_status::timeout)
      spin();
  } while (status != std::future_status::ready); // note@-4: this loop runs until the future is ready
  return done.get();
}

int bad_leaves_when_ready(const std::string &root) {
  auto done = std::async(index, root); // warning: without a launch policy
  for (int turn = 0;; ++turn) {
    if (done.wait_until(std::chrono::steady_clock::now() + 10ms) == std::future_status::ready)
      break;
    paint(turn);
  }
  return done.get();
}

int bad_policy_allows_it(const std::string &root) {
  auto done = std::async(std::launch::async | std::launch::deferred, index, root); // warning: this launch policy may defer the task, and polling 'done' never starts it
  while (done.wait_for(0s) != std::future_status::ready)
    spin();
  return done.get();
}

int bad_or_cancelled(const std::string &root, std::atomic<bool> &stop) {
  auto done = std::async(index, root); // warning: without a launch policy
  while (!stop && done.wait_for(10ms) != std::future_status::ready)
    spin();
  return stop ? 0 : done.get();
}

template <class T> bool isReady(const std::future<T> &f) { return f.wait_for(0s) == std::future_status::ready; }

int bad_helper_looks(const std::string &root) {
  auto done = std::async(index, root); // warning: without a launch policy
  while (!isReady(done))
    spin();
  return done.get();
}

int bad_lambda_looks(const std::string &root) {
  auto done = std::async(index, root); // warning: without a launch policy
  auto over = [&done] { return done.wait_for(0s) == std::future_status::ready; };
  while (!over())
    spin();
  return done.get();
}

void pump(std::future<int> &f) {
  while (f.wait_for(10ms) != std::future_status::ready)
    spin();
}
int bad_helper_loops(const std::string &root) {
  auto done = std::async(index, root); // warning: without a launch policy
  pump(done);
  return done.get();
}

int bad_many(const std::vector<std::string> &roots) {
  std::vector<std::future<int>> all;
  for (const std::string &r : roots)
    all.push_back(std::async(index, r)); // warning: without a launch policy
  int sum = 0;
  for (auto &f : all) {
    while (f.wait_for(10ms) != std::future_status::ready)
      spin();
    sum += f.get();
  }
  return sum;
}

int bad_first_of_many(const std::vector<std::string> &roots) {
  std::vector<std::future<int>> all;
  for (const std::string &r : roots)
    all.push_back(std::async(index, r)); // warning: without a launch policy
  for (;;) {
    for (auto &f : all)
      if (f.wait_for(1ms) == std::future_status::ready)
        return f.get();
    spin();
  }
}

class Indexer {
public:
  void bad_start(const std::string &root) {
    result_ = std::async([root] { return index(root); }); // warning: std::async without a launch policy may defer the task, and polling 'result_' never starts it
  }
  int finish() {
    while (result_.wait_for(100ms) != std::future_status::ready)
      spin();
    return result_.get();
  }

private:
  std::future<int> result_;
};

class Job {
public:
  explicit Job(std::string root) : bad_result_(std::async(index, std::move(root))) {} // warning: without a launch policy
  bool done() const { return bad_result_.wait_for(0s) == std::future_status::ready; }
  int get() { return bad_result_.get(); }

private:
  std::future<int> bad_result_;
};
int asksFromOutside(const std::string &root) {
  Job job(root);
  while (!job.done())
    spin();
  return job.get();
}

// ---- silence ---------------------------------------------------------------------------------------------------------

int ok_policy(const std::string &root) {
  auto done = std::async(std::launch::async, index, root);
  while (done.wait_for(100ms) != std::future_status::ready)
    spin();
  return done.get();
}

/// Runs on while it is late: a deferred future is not.
int ok_while_late(const std::string &root) {
  auto done = std::async(index, root);
  while (done.wait_for(100ms) == std::future_status::timeout)
    spin();
  return done.get();
}

int ok_knows_deferred(const std::string &root) {
  auto done = std::async(index, root);
  if (done.wait_for(0s) == std::future_status::deferred)
    return done.get();
  while (done.wait_for(100ms) != std::future_status::ready)
    spin();
  return done.get();
}

int ok_switch(const std::string &root) {
  auto done = std::async(index, root);
  for (;;) {
    switch (done.wait_for(100ms)) {
    case std::future_status::deferred:
    case std::future_status::ready:
      return done.get();
    case std::future_status::timeout:
      spin();
    }
  }
}

int ok_so_many_turns(const std::string &root) {
  auto done = std::async(index, root);
  for (int turn = 0; turn < 10 && done.wait_for(100ms) != std::future_status::ready; ++turn)
    paint(turn);
  return done.get();
}

int ok_until_a_time(const std::string &root, std::chrono::steady_clock::time_point end) {
  auto done = std::async(index, root);
  while (std::chrono::steady_clock::now() < end && done.wait_for(10ms) != std::future_status::ready)
    spin();
  return done.get();
}

int ok_looks_once(const std::string &root) {
  auto done = std::async(index, root);
  if (done.wait_for(1s) != std::future_status::ready)
    spin();
  return done.get();
}

int ok_just_waits(const std::string &root) {
  auto done = std::async(index, root);
  spin();
  return done.get();
}

/// Of a promise: it is never deferred.
int ok_promise(std::promise<int> &p) {
  auto done = p.get_future();
  while (done.wait_for(10ms) != std::future_status::ready)
    spin();
  return done.get();
}

int ok_other_future(const std::string &root, std::future<int> &other) {
  auto done = std::async(index, root);
  while (other.wait_for(10ms) != std::future_status::ready)
    spin();
  return done.get() + other.get();
}

int ok_gives_up(const std::string &root) {
  auto done = std::async(index, root);
  int late = 0;
  while (done.wait_for(10ms) != std::future_status::ready) {
    if (++late == 100)
      return -1;
  }
  return done.get();
}

class Download {
public:
  void ok_start(const std::string &root) { result_ = std::async(std::launch::async, index, root); }
  bool done() const { return result_.wait_for(0s) == std::future_status::ready; }
  void wait() const {
    while (!done())
      spin();
  }

private:
  std::future<int> result_;
};

class Report {
public:
  void ok_start(const std::string &root) { result_ = std::async(index, root); }
  /// Asked now and then, and whoever gives up asking waits.
  bool done() const { return result_.wait_for(0s) == std::future_status::ready; }
  int get() { return result_.get(); }

private:
  std::future<int> result_;
};

// ---- tasks that are taken out of their container when they are ready --------------------------------------------------------

int bad_drains(const std::vector<std::string> &roots) {
  std::list<std::future<int>> running;
  for (const std::string &root : roots)
    running.push_back(std::async(index, root)); // warning: std::async without a launch policy may defer the task, and polling 'running' never starts it
  int sum = 0;
  while (!running.empty())
    for (auto it = running.begin(); it != running.end();) {
      if (it->wait_for(10ms) == std::future_status::ready) {
        sum += it->get();
        it = running.erase(it);
      } else
        ++it;
    }
  return sum;
}
int ok_drains_late_ones(const std::vector<std::string> &roots) {
  std::list<std::future<int>> running;
  for (const std::string &root : roots)
    running.push_back(std::async(index, root));
  int sum = 0;
  while (!running.empty())
    for (auto it = running.begin(); it != running.end();) {
      if (it->wait_for(10ms) == std::future_status::timeout) {
        ++it;
        continue;
      }
      sum += it->get(); // runs what was put off
      it = running.erase(it);
    }
  return sum;
}
int ok_drains_async(const std::vector<std::string> &roots) {
  std::list<std::future<int>> running;
  for (const std::string &root : roots)
    running.push_back(std::async(std::launch::async, index, root));
  int sum = 0;
  while (!running.empty())
    for (auto it = running.begin(); it != running.end();) {
      if (it->wait_for(10ms) == std::future_status::ready) {
        sum += it->get();
        it = running.erase(it);
      } else
        ++it;
    }
  return sum;
}
/// What is left is waited for.
int ok_drains_once(const std::vector<std::string> &roots) {
  std::list<std::future<int>> running;
  for (const std::string &root : roots)
    running.push_back(std::async(index, root));
  int sum = 0;
  for (auto it = running.begin(); it != running.end();)
    if (it->wait_for(10ms) == std::future_status::ready) {
      sum += it->get();
      it = running.erase(it);
    } else
      ++it;
  while (!running.empty()) {
    sum += running.front().get();
    running.pop_front();
  }
  return sum;
}

class bad_Few {
public:
  void add(const std::string &root) {
    while (running_.size() >= 4)
      sweep();
    running_.push_back(std::async(index, root)); // warning: std::async without a launch policy may defer the task, and polling 'running_' never starts it
  }

private:
  void sweep() {
    for (auto it = running_.begin(); it != running_.end();) {
      if (it->wait_for(5ms) != std::future_status::ready) {
        ++it;
        continue;
      }
      sum_ += it->get();
      it = running_.erase(it);
    }
  }
  std::list<std::future<int>> running_;
  int sum_ = 0;
};
class ok_Few {
public:
  void add(const std::string &root) {
    while (running_.size() >= 4) {
      sweep();
      if (stopped())
        return;
    }
    running_.push_back(std::async(index, root));
  }
  bool stopped() const;

private:
  void sweep() {
    for (auto it = running_.begin(); it != running_.end();) {
      if (it->wait_for(5ms) != std::future_status::ready) {
        ++it;
        continue;
      }
      sum_ += it->get();
      it = running_.erase(it);
    }
  }
  std::list<std::future<int>> running_;
  int sum_ = 0;
};

// ---- a switch over the status --------------------------------------------------------------------------------------------
int bad_switch(const std::string &root) {
  auto done = std::async(index, root); // warning: without a launch policy
  for (;;) {
    switch (done.wait_for(100ms)) {
    case std::future_status::ready:
      return done.get();
    default:
      spin();
    }
  }
}
int ok_switch_knows_deferred(const std::string &root) {
  auto done = std::async(index, root);
  for (;;) {
    switch (done.wait_for(100ms)) {
    case std::future_status::deferred:
    case std::future_status::ready:
      return done.get();
    default:
      spin();
    }
  }
}
int ok_switch_gives_up(const std::string &root) {
  auto done = std::async(index, root);
  for (;;) {
    switch (done.wait_for(100ms)) {
    case std::future_status::ready:
      return done.get();
    default:
      return -1;
    }
  }
}
int ok_switch_falls_through(const std::string &root) {
  auto done = std::async(index, root);
  for (;;) {
    switch (done.wait_for(100ms)) {
    case std::future_status::timeout:
      spin();
    case std::future_status::ready:
      return done.get();
    default:
      spin();
    }
  }
}
int ok_switch_bounded(const std::string &root) {
  auto done = std::async(index, root);
  for (int i = 0; i < 10; ++i) {
    switch (done.wait_for(100ms)) {
    case std::future_status::ready:
      return done.get();
    default:
      spin();
    }
  }
  return -1;
}

/// The futures are members of what the container holds.
struct Site {
  std::string root;
  std::future<int> pages;
};
class bad_Crawl {
public:
  void run(const std::vector<std::string> &roots) {
    for (const auto &root : roots) {
      Site &site = jobs_[root];
      site.root = root;
      site.pages = std::async(index, root); // warning: without a launch policy
    }
    while (!jobs_.empty())
      collect();
  }

private:
  void collect() {
    for (auto it = jobs_.begin(); it != jobs_.end();) {
      Site &site = it->second;
      switch (site.pages.wait_for(20ms)) {
      case std::future_status::ready:
        sum_ += site.pages.get();
        it = jobs_.erase(it);
        break;
      default:
        ++it;
      }
    }
  }
  std::map<std::string, Site> jobs_;
  int sum_ = 0;
};
class ok_Crawl {
public:
  void run(const std::vector<std::string> &roots) {
    for (const auto &root : roots) {
      Site &site = jobs_[root];
      site.root = root;
      site.pages = std::async(index, root);
    }
    while (!jobs_.empty())
      collect();
  }

private:
  void collect() {
    for (auto it = jobs_.begin(); it != jobs_.end();) {
      Site &site = it->second;
      switch (site.pages.wait_for(20ms)) {
      case std::future_status::timeout:
        ++it;
        break;
      default: // done, or to be done here
        sum_ += site.pages.get();
        it = jobs_.erase(it);
      }
    }
  }
  std::map<std::string, Site> jobs_;
  int sum_ = 0;
};
class ok_CrawlReadsAll {
public:
  void run(const std::vector<std::string> &roots) {
    for (const auto &root : roots)
      jobs_[root].pages = std::async(index, root);
    while (!jobs_.empty())
      collect();
  }

private:
  void collect() {
    for (auto it = jobs_.begin(); it != jobs_.end();) {
      switch (it->second.pages.wait_for(20ms)) {
      case std::future_status::ready:
        break;
      default:
        spin();
      }
      sum_ += it->second.pages.get();
      it = jobs_.erase(it);
    }
  }
  std::map<std::string, Site> jobs_;
  int sum_ = 0;
};

// ---- a member takes the value when it is there, and says whether it was ----
class Strip {
public:
  void open(const std::string &root) {
    loading_ = std::async(index, root); // warning: std::async without a launch policy may defer the task
  }
  void present() {
    while (!arrived())
      spin();
  }

private:
  bool arrived() {
    if (!loading_.valid())
      return true;
    if (loading_.wait_for(0s) != std::future_status::ready)
      return false;
    pages_ = loading_.get();
    return true;
  }
  std::future<int> loading_;
  int pages_ = 0;
};
class StripAsksForMissing {
public:
  void open(const std::string &root) {
    loading_ = std::async(index, root); // warning: std::async without a launch policy may defer the task
  }
  void present() {
    while (missing())
      spin();
  }

private:
  bool missing() {
    if (loading_.wait_for(0s) == std::future_status::ready) {
      pages_ = loading_.get();
      return false;
    }
    return true;
  }
  std::future<int> loading_;
  int pages_ = 0;
};
class ok_StripGivesUp {
public:
  void open(const std::string &root) { loading_ = std::async(index, root); }
  void present() {
    while (!arrived())
      spin();
  }

private:
  bool arrived() {
    if (++tries_ > 100)
      return true;
    if (loading_.wait_for(0s) != std::future_status::ready)
      return false;
    pages_ = loading_.get();
    return true;
  }
  std::future<int> loading_;
  int pages_ = 0, tries_ = 0;
};
class ok_StripWaits {
public:
  void open(const std::string &root) { loading_ = std::async(index, root); }
  void present() {
    while (!arrived())
      spin();
  }

private:
  bool arrived() {
    if (!loading_.valid())
      return true;
    pages_ = loading_.get();
    return false;
  }
  std::future<int> loading_;
  int pages_ = 0;
};
