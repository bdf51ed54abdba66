// How often loops turn, what ends them, where they wait and what holds them back.
// RUN: %verify --word loop %s heddle-dev-loops -- -std=c++20
#include <array>
#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <future>
#include <mutex>
#include <semaphore>
#include <stop_token>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
void use(int);
bool ready();
int next();

// ---- trips ----
void constants(const std::array<int, 3> &three) {
  for (int i = 0; i < 10; ++i) // loop: constant; exits 1
    use(i);
  for (int x : three) // loop: constant of three; exits 1
    use(x);
  const std::vector<int> listed{1, 2, 3};
  for (int x : listed) // loop: constant of listed; exits 1
    use(x);
  std::vector<int> made(9);
  for (int x : made) // loop: constant of made; exits 1
    use(x);
  int plain[4] = {};
  for (int x : plain) // loop: constant of plain; exits 1
    use(x);
  int tries = 3;
  while (tries-- > 0) // loop: constant; exits 1
    use(tries);
}
void numbers(int n) {
  for (int i = 0; i < n; ++i) // loop: number; exits 1
    use(i);
  for (int i = 0; i != n; ++i) // loop: number; exits 1
    use(i);
  int i = 0;
  while (i < n) { // loop: number; exits 1
    use(i);
    ++i;
  }
}
void shares(const std::vector<int> &items, std::size_t workers, std::size_t batch) {
  const std::size_t step = items.size() / workers + 1;
  for (std::size_t i = 0; i < items.size(); i += step) // loop: number of items; exits 1
    use(items[i]);
  for (auto it = items.begin(); it < items.end(); it += step) // loop: number of items; exits 1
    use(*it);
  for (std::size_t i = 0; i < items.size(); i += (items.size() + workers - 1) / workers) // loop: number of items; exits 1
    use(items[i]);
  for (std::size_t i = 0; i < items.size(); i += batch) // loop: elements of items; exits 1
    use(items[i]);
  for (std::size_t i = 0; i < items.size(); i += 64) // loop: elements of items; exits 1
    use(items[i]);
}
void elements(std::vector<int> &items, std::deque<int> &queue) {
  for (int x : items) // loop: elements of items; exits 1
    use(x);
  for (std::size_t i = 0; i < items.size(); ++i) // loop: elements of items; exits 1
    use(items[i]);
  for (auto it = items.begin(); it != items.end(); ++it) // loop: elements of items; exits 1
    use(*it);
  while (!queue.empty()) // loop: elements of queue; exits 1
    queue.pop_front();
  std::vector<int> grown{1};
  grown.push_back(2);
  for (int x : grown) // loop: elements of grown; exits 1
    use(x);
}
class Slots {
public:
  explicit Slots(unsigned n) : fixed_(n) {}
  void add(int x) { open_.push_back(x); }
  void run() {
    for (int x : fixed_) // loop: number of fixed_; exits 1
      use(x);
    for (int x : open_) // loop: elements of open_; exits 1
      use(x);
    for (int x : listed_) // loop: constant of listed_; exits 1
      use(x);
  }

private:
  std::vector<int> fixed_, open_;
  const std::vector<int> listed_{1, 2};
};
void arrivals(int socket) { // loop: runs forever
  for (;;) {                // loop: open; arrivals; takes n; exits 0; endless; waits
    int n = next();
    use(n + accept(socket, nullptr, nullptr));
  }
}
void unknown() {
  while (ready()) // loop: open; exits 1
    use(1);
}

// ---- ends ----
void until_stop(std::stop_token stop) { // loop: runs until stop
  while (!stop.stop_requested())        // loop: open; exits 1; until stop stop
    use(1);
}
void forever() { // loop: runs forever
  for (;;)       // loop: open; exits 0; endless
    use(1);
}
void inner_break_stays() { // loop: runs forever
  for (;;) {               // loop: open; exits 0; endless
    for (int i = 0; i < 3; ++i) // loop: constant; exits 2
      if (ready())
        break;
    switch (next()) {
    case 1:
      break;
    }
  }
}
void returns_on_stop(std::stop_token stop) { // loop: runs until stop
  while (true) {                             // loop: open; exits 2; until stop stop
    if (stop.stop_requested())
      return;
    if (ready() && stop.stop_requested())
      break;
    use(1);
  }
}
void else_branch(std::atomic<bool> &running) { // loop: runs until stop
  for (;;) {                                   // loop: open; exits 2; until stop running
    if (running)
      use(1);
    else
      break;
    if (running)
      continue;
    break;
  }
}
void also_when_ready(std::stop_token stop) {
  while (!stop.stop_requested()) { // loop: open; exits 2
    if (ready())
      break;
  }
  while (!stop.stop_requested() && ready()) // loop: open; exits 1
    use(1);
}
void drains(std::stop_token stop, std::deque<int> &queue) { // loop: runs until stop
  while (!stop.stop_requested() || !queue.empty())          // loop: open; exits 1; until stop stop
    use(1);
}
void throws_out(std::stop_token stop) {
  for (;;) { // loop: open; exits 1
    if (ready())
      throw 1;
  }
}
void throws_inside() { // loop: runs forever
  for (;;) {           // loop: open; exits 0; endless
    try {
      throw 1;
    } catch (int) {
    }
  }
}
void aborts(std::stop_token stop) {
  while (!stop.stop_requested()) { // loop: open; exits 2
    if (ready())
      std::abort();
  }
}
void calls_it() { forever(); } // loop: runs forever
void not_on_every_path() {
  if (ready())
    for (;;) // loop: open; exits 0; endless
      use(1);
}

// ---- waits and limits ----
void wait_below(int socket) { accept(socket, nullptr, nullptr); }
void waits(std::mutex &m, std::condition_variable &cv, int socket) {
  while (ready()) // loop: open; exits 1; waits
    std::this_thread::sleep_for(1s);
  while (ready()) // loop: open; arrivals; exits 1; waits
    wait_below(socket);
  while (ready()) { // loop: open; exits 1; waits; limited
    std::unique_lock lock(m);
    cv.wait(lock);
  }
}
void limits(const std::vector<int> &items, std::counting_semaphore<> &slots, std::atomic<int> &open) {
  for (int i : items) { // loop: elements of items; exits 1; waits; limited
    slots.acquire();
    use(i);
  }
  for (int i : items) { // loop: elements of items; exits 1; limited
    if (open >= 8)
      continue;
    use(i);
  }
  for (int i : items) // loop: elements of items; exits 1
    if (i < 0)
      use(i);
}

// ---- one at a time ----
void once_each(std::vector<int> &items, std::atomic<bool> &running) {
  std::thread t, u, v;
  std::vector<std::thread> many;
  bool started = false, first = true;
  for (int i : items) { // loop: elements of items; exits 1
    if (!t.joinable())
      t = std::thread(use, i); // loop: starts one at a time
    if (!started) {
      started = true;
      u = std::thread(use, i); // loop: starts one at a time
    }
    if (first) {
      first = false;
      v = std::thread(use, i); // loop: starts one at a time
    }
    if (many.empty())
      many.emplace_back(use, i); // loop: starts one at a time
    many.emplace_back(use, i);
  }
  for (int i : items) { // loop: elements of items; exits 1
    if (running.exchange(true))
      continue;
    std::thread(use, i).detach(); // loop: starts one at a time
  }
  for (int i : items) { // loop: elements of items; exits 2
    if (i == 3) {
      many.emplace_back(use, i); // loop: starts one at a time
      break;
    }
    if (i == 4)
      many.emplace_back(use, i);
  }
  while (ready()) { // loop: open; exits 2
    std::thread(use, 1).detach(); // loop: starts one at a time
    return;
  }
}
void not_once(std::vector<int> &items, std::thread &t) {
  for (int i : items) { // loop: elements of items; exits 1
    bool started = false;
    if (!started) {
      started = true;
      std::thread(use, i).detach();
    }
    if (t.joinable())
      std::thread(use, i).detach();
  }
}
