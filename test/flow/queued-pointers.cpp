// Pointers that go through a container of an object to one of its threads.
// RUN: %verify --word queued %s heddle-dev-queued -- -std=c++20
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

struct Job {};
class Pool {
public:
  void add(Job *job) { // queued: into jobs_
    std::lock_guard lock(mutex_);
    jobs_.push_back(job);
  }
  void keep(Job *job) { // queued: into kept_
    kept_.push_back(job);
  }
  int look(Job *job) { return job ? 1 : 0; }
  void start() {
    thread_ = std::jthread([this] {
      std::lock_guard lock(mutex_);
      Job *next = jobs_.front(); // queued: out of jobs_
      jobs_.pop_front();
      delete next;
    });
  }
  void drop() { // on no thread of its own
    Job *first = kept_.back();
    delete first;
  }

private:
  std::mutex mutex_;
  std::deque<Job *> jobs_;
  std::vector<Job *> kept_;
  std::jthread thread_;
};
