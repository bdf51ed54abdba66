// Sleeps and waits around which a stop is asked.
// RUN: %verify --word stop %s heddle-dev-stop-waits -- -std=c++20
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <sys/socket.h>
#include <thread>
#include <time.h>
#include <unistd.h>

using namespace std::chrono_literals;
void work();
bool ready();

// ---- what is asked, and how long it lasts ----
void asked(std::stop_token token, int rounds) {
  while (!token.stop_requested())
    std::this_thread::sleep_for(90min); // stop: waits, sleep; asked token true; 90 min; slice
  for (int i = 0; i < rounds; ++i)
    usleep(1500); // stop: waits, sleep; in scope token; 1.5 ms
  do {
    work();
    std::this_thread::sleep_until(std::chrono::system_clock::now() + std::chrono::duration<double>(0.25)); // stop: waits, sleep; asked token true; 250 ms
    if (token.stop_requested())
      break;
  } while (ready());
  timespec t{2, 500000000};
  nanosleep(&t, nullptr); // stop: waits, sleep; in scope token; 2.5 s
  if (token.stop_requested())
    sleep(1); // a delay after the stop
}
void unnamed(std::stop_token) { sleep(1); }
void nothingToAsk() {
  while (ready())
    sleep(1);
}
void nap(unsigned seconds) { sleep(seconds); } // stop: waits, sleep; asked token true; through nap; 3 s
void napping(std::stop_token token) {
  while (!token.stop_requested())
    nap(3);
}

// ---- who requests it, who waits, who wakes ----
class Flagged {
public:
  ~Flagged() {
    over_ = true; // stop: requested
    woken_.notify_one();
    deaf_.notify_all();
    thread_.join(); // stop: joined by '~Flagged()'
  }
  void reset() { over_ = false; }

private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!over_) {
      woken_.wait(lock); // stop: waits, wait-condition woken_; owned; asked over_ true; woken
      asleep_.wait(lock, [this] { return over_.load(); }); // stop: waits, wait-condition asleep_; owned; asked over_ true; asleep
      deaf_.wait(lock, [this] { return !items_.empty(); }); // stop: waits, wait-condition deaf_; owned; asked over_ true; deaf
      asleep_.wait_for(lock, period_); // stop: waits, wait-condition asleep_; owned; asked over_ true; 5 s by default; asleep
    }
  }
  std::mutex mutex_;
  std::condition_variable woken_, asleep_, deaf_;
  std::deque<int> items_;
  std::chrono::seconds period_{5};
  std::atomic<bool> over_{false};
  std::thread thread_{[this] { run(); }};
};
class CalledBack {
  void run(std::stop_token token, std::condition_variable &given) {
    std::stop_callback wake(token, [this] { woken_.notify_all(); });
    std::unique_lock lock(mutex_);
    while (!token.stop_requested()) {
      woken_.wait(lock); // stop: waits, wait-condition woken_; owned; asked token true; woken
      given.wait(lock);  // stop: waits, wait-condition given; asked token true; asleep
    }
  }
  std::mutex mutex_;
  std::condition_variable woken_;
};
class EndsWithItsThread { // the end of the member waits
public:
  void stop() { over_ = true; } // stop: requested

private:
  std::atomic<bool> over_{false};
  std::jthread thread_{[this] { // stop: joined by the destructor of 'EndsWithItsThread'
    while (!over_)
      std::this_thread::sleep_for(1s); // stop: waits, sleep; asked over_ true; 1 s; slice
  }};
};
class NobodyWaits {
public:
  void stop() { over_ = true; }
  void run() {
    while (!over_)
      std::this_thread::sleep_for(1s);
  }

private:
  std::atomic<bool> over_{false};
};

// ---- input ----
struct Reader {
  int fd, other, closed;
  std::atomic<bool> over{false};
  std::thread thread{[this] { run(); }};
  void run() {
    char c;
    while (!over) {
      read(fd, &c, 1);    // stop: input
      read(other, &c, 1); // stop: input; ended from outside
      read(closed, &c, 1); // stop: input
    }
  }
  void stop() {
    over = true;
    shutdown(other, SHUT_RD);
    close(closed);
    thread.join();
    close(fd);
  }
};

// The wait has to be for the task of the loop: each thread is joined by another member.
class TwoTasks {
public:
  void start() {
    first_ = std::thread([this] { first(); });
    second_ = std::thread([this] { second(); });
  }
  void stop() {
    over_ = true;  // stop: requested
    first_.join(); // stop: joined by 'stop()'
  }

private:
  void first() {
    while (!over_)
      std::this_thread::sleep_for(2s); // stop: waits, sleep; asked over_ true; 2 s; slice
  }
  void second() {
    while (!over_)
      std::this_thread::sleep_for(2s);
  }
  std::atomic<bool> over_{false};
  std::thread first_, second_;
};
// A state ends a loop by one value, or by all but one.
class States {
public:
  enum State { On, Off, Failed };
  void start() {
    t_ = std::thread([this] {
      while (state_ == On)
        std::this_thread::sleep_for(3s); // stop: waits, sleep; asked state_ not 0; 3 s; slice
      while (state_ != Failed)
        std::this_thread::sleep_for(3s);
    });
  }
  void stop() {
    state_ = Off; // stop: requested
    t_.join();    // stop: joined by 'stop()'
  }

private:
  std::atomic<State> state_{On};
  std::thread t_;
};
