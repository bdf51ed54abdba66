// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
// Known misses: the limits that the page names.
#include <atomic>
#include <future>
#include <thread>

void work();
int load(); // in another file: throws
bool ready();
void log(const char *);

int FN_invisible_function_throws() {
  std::thread t(work);
  int n = load();
  t.join();
  return n;
}
int FN_future_throws(std::future<int> &f) {
  std::thread t(work);
  int n = f.get();
  t.join();
  return n;
}
bool FN_asked_whether_it_is_joinable() {
  std::thread t(work);
  if (t.joinable())
    log("started");
  if (!ready())
    return false;
  t.join();
  return true;
}

// The flag is asked by the caller of the member that joins.
class SkippedByTheCaller {
public:
  ~SkippedByTheCaller() { FN_end(); }
  void FN_end() {
    if (running_)
      join();
  }
  void start() {
    running_ = true;
    thread_ = std::thread([this] {
      work();
      running_ = false;
    });
  }

private:
  void join() { thread_.join(); }
  std::atomic<bool> running_{false};
  std::thread thread_;
};
