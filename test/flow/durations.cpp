// How long timed calls and sleeps last.
// RUN: %verify --word lasts %s heddle-dev-durations -- -std=c++20
#include <chrono>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

void constants() {
  std::this_thread::sleep_for(2s);                          // lasts: 2 s in s
  std::this_thread::sleep_for(std::chrono::milliseconds(5)); // lasts: 5 ms in ms
  std::this_thread::sleep_until(std::chrono::steady_clock::now() + 100ms); // lasts: 100 ms
  ::sleep(3);                                                              // lasts: 3 s
  usleep(1500);                                                            // lasts: 1.5 ms
}
struct Pause {
  std::chrono::milliseconds rest = 20ms;
  std::chrono::microseconds back_off{};
  void wait() {
    std::this_thread::sleep_for(rest); // lasts: 20 ms by default in ms
    std::this_thread::sleep_for(back_off); // lasts: unknown in us
  }
};
static void pause(int ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms)); // lasts: 30 ms in ms; by ms
}
void calls() {
  pause(10);
  pause(30);
}
void what_is_left(std::chrono::milliseconds spent) {
  std::this_thread::sleep_for(50ms - spent); // lasts: 50 ms by default in ms; by spent
}
void paced(int rate) {
  auto next = std::chrono::steady_clock::now();
  for (;;) {
    next += 40ms;
    std::this_thread::sleep_until(next); // lasts: 40 ms by default
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1000 / rate)); // lasts: 1 s by default in ms; by rate
}
