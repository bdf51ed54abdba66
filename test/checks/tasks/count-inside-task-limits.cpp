// RUN: %verify %s heddle-count-inside-task -- -std=c++20
// Known misses: the limits that the page names.
#include <condition_variable>
#include <mutex>
#include <thread>

void serve(int client);

// The wait tests the count together with another one.
class Server {
public:
  void FN_wait_for_two_counts(int client) {
    std::thread([this, client] {
      {
        std::lock_guard lock(mutex_);
        ++running_;
      }
      serve(client);
      std::lock_guard lock(mutex_);
      --running_;
      zero_.notify_all();
    }).detach();
  }
  void stop() {
    std::unique_lock lock(mutex_);
    zero_.wait(lock, [this] { return running_ == 0 && queued_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable zero_;
  int running_ = 0, queued_ = 0;
};
