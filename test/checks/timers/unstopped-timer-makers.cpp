// RUN: %verify %s heddle-unstopped-timer -- -std=c++20
// Timers that a function of the project makes and returns.
#include <cstdint>
#include <ctime>
#include <poll.h>
#include <stdexcept>
#include <sys/timerfd.h>
#include <unistd.h>

void publish();

static int ticker(long seconds) {
  const int fd = timerfd_create(CLOCK_MONOTONIC, 0);
  if (fd < 0)
    throw std::runtime_error("timerfd");
  itimerspec every{{seconds, 0}, {seconds, 0}};
  timerfd_settime(fd, 0, &every, nullptr);
  return fd;
}

struct bad_in_the_initialiser {
  class Watch {
  public:
    explicit Watch(long seconds) : tick_(ticker(seconds)) {} // warning: no member stops the timer 'tick_'; it keeps firing, and leaks, after its owner is destroyed; delete or close it in the destructor
    bool wait() {
      pollfd p{tick_, POLLIN, 0};
      std::uint64_t n = 0;
      return poll(&p, 1, -1) > 0 && read(tick_, &n, sizeof n) == sizeof n;
    }

  private:
    const int tick_; // note: it belongs to the object
  };
};
class bad_Assigned {
public:
  void start() {
    fd_ = make(5); // warning: no member stops the timer 'fd_'
  }

private:
  static int make(long seconds) { return ticker(seconds); }
  int fd_ = -1;
};
void bad_local() {
  int fd = ticker(1); // warning: nothing stops the timer 'fd'
  std::uint64_t n;
  while (read(fd, &n, sizeof n) > 0)
    publish();
}

class ok_Closed {
public:
  ok_Closed() : fd_(ticker(1)) {}
  ~ok_Closed() { close(fd_); }

private:
  int fd_;
};
class Descriptor {
public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(fd_); }

private:
  int fd_;
};
class ok_Owned {
public:
  ok_Owned() : fd_(ticker(1)) {}

private:
  Descriptor fd_;
};
void ok_local() {
  int fd = ticker(1);
  std::uint64_t n;
  if (read(fd, &n, sizeof n) > 0)
    publish();
  close(fd);
}
int ok_handed_on() {
  int fd = ticker(1);
  return fd;
}
