// RUN: %verify %s heddle-join-not-started -- -std=c++20
#include <functional>
#include <memory>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

void work();
bool enabled();

void bad_one_branch(bool parallel) {
  std::thread helper;
  if (parallel)
    helper = std::thread(work);
  work();
  helper.join(); // warning: 'helper' was not started on this path; the join throws or is undefined; join only if it was started, or test 'joinable()' first
}
void bad_early() {
  std::thread helper;
  if (!enabled()) {
    helper.join(); // warning: 'helper' was not started on this path
    return;
  }
  helper = std::thread(work);
  helper.join();
}
void bad_twice(bool early) {
  std::thread helper(work);
  if (early)
    helper.join(); // note: 'helper' is joined here
  work();
  helper.join(); // warning: 'helper' was already joined or detached; the second join throws or is undefined
}
void bad_detached() {
  std::thread helper(work);
  helper.detach(); // note: 'helper' is detached here
  work();
  helper.join(); // warning: 'helper' was already joined or detached
}
void *entry(void *);
void bad_posix(bool parallel) {
  pthread_t helper;
  if (parallel)
    pthread_create(&helper, nullptr, entry, nullptr);
  pthread_join(helper, nullptr); // warning: 'helper' was not started on this path
}

// ---- correct code that looks similar -----------------------------------------------------------------------------------
void ok_asks(bool parallel) {
  std::thread helper;
  if (parallel)
    helper = std::thread(work);
  if (helper.joinable())
    helper.join();
}
void ok_correlated(bool parallel) {
  std::thread helper;
  if (parallel)
    helper = std::thread(work);
  work();
  if (parallel)
    helper.join();
}
void ok_both(bool parallel) {
  std::thread helper;
  if (parallel)
    helper = std::thread(work);
  else
    helper = std::thread([] { work(); });
  helper.join();
}
void ok_again() {
  std::thread helper(work);
  helper.join();
  helper = std::thread(work);
  helper.join();
}
void start(std::thread &);
void ok_started_elsewhere() {
  std::thread helper;
  start(helper);
  helper.join();
}
void ok_moved(std::vector<std::thread> &all) {
  std::thread helper(work);
  all.push_back(std::move(helper));
  for (auto &t : all)
    t.join();
}
void ok_posix() {
  pthread_t helper;
  if (pthread_create(&helper, nullptr, entry, nullptr) != 0)
    return;
  pthread_join(helper, nullptr);
}
class ok_member {
public:
  void start() { thread_ = std::thread(work); }
  void stop() { thread_.join(); }

private:
  std::thread thread_;
};
void ok_loop() {
  for (int i = 0; i < 3; ++i) {
    std::thread t(work);
    t.join();
  }
}
void ok_helper_joins(bool wait) {
  std::thread helper(work);
  auto finish = [&] {
    if (helper.joinable())
      helper.join();
  };
  finish();
}
int ok_one_variable_for_all_results(int (*next)()) {
  int rc = next();
  pthread_t helper;
  rc = pthread_create(&helper, nullptr, entry, nullptr);
  if (rc != 0)
    return -1;
  rc = next();
  if (rc != 0)
    return -1;
  rc = pthread_join(helper, nullptr);
  return rc;
}
void ok_start_taken_for_granted() {
  pthread_t helper;
  pthread_create(&helper, nullptr, entry, nullptr);
  work();
  pthread_join(helper, nullptr);
}
