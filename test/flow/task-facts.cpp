// What tasks are started on, whether they return, and who waits for them.
// RUN: %verify --word task %s heddle-dev-task-facts -- -std=c++20
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
void work();
bool next(std::string &);

void launches() {
  std::thread t(work); // task: thread; returns; waited for on t
  std::thread u([] { work(); }); // task: thread; returns; waited for on u
  std::jthread v([] { work(); }); // task: thread; returns
  auto f = std::async(std::launch::async, [] { work(); }); // task: thread; returns; carries exceptions; waited for on f
  auto g = std::async([] { work(); }); // task: may defer; returns; carries exceptions
  auto h = std::async(std::launch::async | std::launch::deferred, [] { work(); }); // task: may defer; returns; carries exceptions
  f.get();
  u.join();
  t.join();
}
void not_waited_for() {
  std::thread t([] { work(); }); // task: thread; returns
  t.detach();
}
void waited_on_another_path(bool b) {
  std::vector<std::thread> all;
  all.emplace_back([] { work(); }); // task: thread; returns; waited for on all
  if (b)
    return;
  for (auto &t : all)
    t.join();
}

void ends(std::stop_token stop, std::atomic<bool> &running) {
  std::jthread a([stop] { // task: thread; until stop stop
    while (!stop.stop_requested())
      work();
  });
  std::jthread b([&running] { // task: thread; until stop running; periodic
    while (running) {
      work();
      std::this_thread::sleep_for(1s);
    }
  });
  std::jthread c([] { // task: thread; forever
    for (;;)
      work();
  });
  std::jthread d([] { // task: thread; may run on
    std::string line;
    while (next(line))
      work();
  });
  std::jthread e([] { // task: thread; returns; sleeps first
    std::this_thread::sleep_for(1s);
    work();
  });
}

struct Ticker {
  std::atomic<bool> *over;
  void operator()() const {
    while (!over->load())
      work();
  }
};
void with_another_name(std::atomic<bool> &flag) {
  std::jthread t(Ticker{&flag}); // task: thread; until stop over flag
}

// ---- stopped for good, and what stands behind an entry function ----
class Poller {
public:
  void start() {
    thread_ = std::thread([this] { // task: thread; until stop over_ for good
      while (!over_)
        work();
    });
    again_ = std::thread([this] { // task: thread; until stop paused_
      while (!paused_)
        work();
    });
  }
  void stop() {
    over_ = true;
    paused_ = true;
    thread_.join();
    again_.join();
  }
  void resume() { paused_ = false; }
  void run() { work(); }

private:
  std::atomic<bool> over_{false}, paused_{false};
  std::thread thread_, again_;
};
void entry(void *self) { static_cast<Poller *>(self)->run(); }
void entries(Poller *p) {
  std::jthread a(entry, p); // task: thread; returns; behind it run
}
