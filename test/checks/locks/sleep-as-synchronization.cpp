// RUN: %verify %s heddle-sleep-as-synchronization -- -std=c++20
// The seed's row (P3: a sleep instead of a wait for heavy work).
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
int compute();
void use(int);
void use(const std::vector<int> &);

void bad_result() {
  int result = 0;
  std::thread t([&] { result = compute(); });
  std::this_thread::sleep_for(100ms); // warning: this sleep stands for a wait for the task
  use(result);
  t.join();
}
void bad_container() {
  std::vector<int> all;
  std::thread t([&] { // note: the task is started here
    for (int i = 0; i < 4; ++i)
      all.push_back(compute());
  });
  std::this_thread::sleep_for(1s); // warning: this sleep stands for a wait for the task
  use(all);                        // note: which is used here, as if the task were done
  t.join();
}
struct bad_Flag {
  class Loader {
  public:
    Loader() : thread([this] { run(); }) {
      while (!loaded) // warning: this loop sleeps until 'loaded' is set by a thread
        std::this_thread::sleep_for(10ms);
    }
    ~Loader() { thread.join(); }

  private:
    void run() {
      compute();
      loaded = true; // note: it is set here
    }
    bool loaded = false;
    std::thread thread;
  };
};
static bool finished;
void bad_global() {
  std::thread t([] {
    compute();
    finished = true;
  });
  while (!finished) { // warning: this loop sleeps until 'finished'
    std::this_thread::sleep_for(1ms);
  }
  t.join();
}

// ---- silent ---------------------------------------------------------------------------------------------------------

void ok_joined() {
  int result = 0;
  std::thread t([&] { result = compute(); });
  std::this_thread::sleep_for(100ms);
  t.join();
  use(result);
}
void ok_future() {
  auto f = std::async(std::launch::async, compute);
  std::this_thread::sleep_for(100ms);
  use(f.get());
}
struct ok_Flag {
  class Loader {
  public:
    Loader() : thread([this] { run(); }) {
      while (!loaded)
        std::this_thread::sleep_for(10ms);
    }
    ~Loader() { thread.join(); }

  private:
    void run() {
      compute();
      loaded = true;
    }
    std::atomic<bool> loaded{false};
    std::thread thread;
  };
};
void ok_locked() {
  std::mutex m;
  int result = 0;
  std::thread t([&] {
    std::lock_guard lock(m);
    result = compute();
  });
  std::this_thread::sleep_for(100ms);
  {
    std::lock_guard lock(m);
    use(result);
  }
  t.join();
}
void ok_pause() {
  std::thread t([] { use(compute()); });
  std::this_thread::sleep_for(100ms);
  use(1);
  t.join();
}
