// Which bodies run on threads, and what is held and ordered where members are used.
// RUN: %verify --word threads %s heddle-dev-threads -- -std=c++20
#include <mutex>
#include <thread>
#include <vector>

class Worker {
public:
  void start() {
    left = 3; // threads: left write before threads
    thread = std::thread([this] { // threads: on the thread of start
      run();
    });
    other = 1; // threads: other write
  }
  void finish() {
    {
      std::lock_guard lock(mutex);
      clear();
    }
    thread.join();
    other = left; // threads: other write after threads // threads: left read after threads
  }

private:
  void clear() {
    left = 0; // threads: left write holding mutex
  }
  void run() { // threads: on the thread of start
    while (left > 0) // threads: left read shared as left
      step(other); // threads: other read shared as other
  }
  void step(int) {} // threads: on the thread of start
  std::mutex mutex;
  std::thread thread;
  int left = 0;
  int other = 0;
};

struct Job {
  int done = 0;
};
void fill(Job &job) { // threads: on the thread of several, many; elsewhere
  job.done = 1; // threads: done write shared as j.done
}
void several(std::vector<Job> &all) {
  std::vector<std::thread> threads;
  for (Job &j : all)
    threads.emplace_back([&j] { fill(j); }); // threads: on the thread of several, many
  for (std::thread &t : threads)
    t.join();
  Job own;
  fill(own);
  own.done = 0; // threads: done write after threads
}
