// RUN: %verify %s heddle-join-not-started -- -std=c++20
// A loop starts some of the threads of an array, and another loop joins all of them.
#include <array>
#include <memory>
#include <pthread.h>
#include <thread>
#include <vector>

void work(int);
void *entry(void *);
bool isEmpty(int);

void bad_array() {
  std::array<std::thread, 4> workers;
  for (int i = 0; i < 4; ++i) {
    if (isEmpty(i)) // note: the condition is asked here
      continue;
    workers[i] = std::thread(work, i); // note: a thread of 'workers' is started here
  }
  for (auto &w : workers)
    w.join(); // warning: not every thread of 'workers' is started, but each is joined here; the join of one that was not started throws or is undefined; test 'joinable()' first
}
void bad_vector(int n) {
  std::vector<std::thread> workers(n);
  for (int i = 0; i < n; ++i)
    if (!isEmpty(i))
      workers[i] = std::thread([i] { work(i); });
  for (int i = 0; i < n; ++i)
    workers[i].join(); // warning: not every thread of 'workers' is started, but each is joined here
}
void bad_posix() {
  pthread_t ids[8];
  for (int i = 0; i < 8; ++i)
    if (!isEmpty(i))
      pthread_create(&ids[i], nullptr, entry, nullptr);
  for (int i = 0; i < 8; ++i)
    pthread_join(ids[i], nullptr); // warning: not every thread of 'ids' is started, but each is joined here
}
void bad_resized(const std::vector<int> &parts) {
  std::vector<std::thread> workers;
  workers.resize(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] > 0)
      workers[i] = std::thread(work, parts[i]);
  }
  for (auto it = workers.begin(); it != workers.end(); ++it)
    (void)it;
  for (std::thread &w : workers)
    w.join(); // warning: not every thread of 'workers' is started, but each is joined here
}

// ---- silent ----
void ok_tested() {
  std::array<std::thread, 4> workers;
  for (int i = 0; i < 4; ++i) {
    if (isEmpty(i))
      continue;
    workers[i] = std::thread(work, i);
  }
  for (auto &w : workers)
    if (w.joinable())
      w.join();
}
void ok_all() {
  std::array<std::thread, 4> workers;
  for (int i = 0; i < 4; ++i) {
    if (isEmpty(i))
      work(i);
    workers[i] = std::thread(work, i);
  }
  for (auto &w : workers)
    w.join();
}
void ok_added(int n) {
  std::vector<std::thread> workers;
  for (int i = 0; i < n; ++i)
    if (!isEmpty(i))
      workers.emplace_back(work, i);
  for (auto &w : workers)
    w.join();
}
void ok_one_or_the_other() {
  std::array<std::thread, 4> workers;
  for (int i = 0; i < 4; ++i) {
    if (isEmpty(i))
      workers[i] = std::thread([] {});
    else
      workers[i] = std::thread(work, i);
  }
  for (auto &w : workers)
    w.join();
}
void ok_asked_again() {
  pthread_t ids[8];
  for (int i = 0; i < 8; ++i)
    if (!isEmpty(i))
      pthread_create(&ids[i], nullptr, entry, nullptr);
  for (int i = 0; i < 8; ++i)
    if (!isEmpty(i))
      pthread_join(ids[i], nullptr);
}
void ok_counted(int n) {
  std::vector<std::thread> workers(n);
  int started = 0;
  for (int i = 0; i < n; ++i)
    if (!isEmpty(i))
      workers[started++] = std::thread(work, i);
  for (int i = 0; i < started; ++i)
    workers[i].join();
}
void ok_joining() {
  std::array<std::jthread, 4> workers;
  for (int i = 0; i < 4; ++i)
    if (!isEmpty(i))
      workers[i] = std::jthread(work, i);
}
