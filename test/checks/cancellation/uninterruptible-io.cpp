// RUN: %verify %s heddle-uninterruptible-io -- -std=c++20
// The seed's row (L19: a tailer that asks its context between reads).
#include <atomic>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stop_token>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

void process(const char *data, long n);

// ---- L19 ---------------------------------------------------------------------------------------------------------------
std::jthread bad_tailer(const char *path) {
  int fd = open(path, O_RDONLY);
  return std::jthread([fd](std::stop_token stop) {
    char buffer[4096];
    while (!stop.stop_requested()) { // note: the loop asks for the stop here
      ssize_t n = read(fd, buffer, sizeof buffer); // warning: 'read' does not notice a stop request on 'stop'; the task goes on until input arrives, which may be never; wait for input with 'poll' and a timeout, or shut the descriptor down on the stop
      if (n <= 0)
        break;
      process(buffer, n);
    }
    close(fd);
  });
}
std::jthread ok_tailer(const char *path) {
  int fd = open(path, O_RDONLY);
  return std::jthread([fd](std::stop_token stop) {
    char buffer[4096];
    while (!stop.stop_requested()) {
      pollfd waits{fd, POLLIN, 0};
      if (poll(&waits, 1, 100) <= 0)
        continue;
      ssize_t n = read(fd, buffer, sizeof buffer);
      if (n <= 0)
        break;
      process(buffer, n);
    }
    close(fd);
  });
}

// ---- other dresses -----------------------------------------------------------------------------------------------------
struct bad_flag {
  class Receiver {
  public:
    Receiver() : socket_(socket(AF_INET, SOCK_DGRAM, 0)), thread_([this] { run(); }) {}
    ~Receiver() {
      running_ = false; // note: the stop is requested here
      thread_.join(); // note: and the task is waited for here
      close(socket_);
    }

  private:
    void run() {
      char buffer[1500];
      while (running_) { // note: the loop asks for the stop here
        ssize_t n = recv(socket_, buffer, sizeof buffer, 0); // warning: 'recv' does not notice a stop request on 'running_'; '~Receiver()' waits for this thread until input arrives, which may be never
        if (n > 0)
          process(buffer, n);
      }
    }
    int socket_;
    std::atomic<bool> running_{true};
    std::thread thread_;
  };
};
struct bad_acceptor {
  class Server {
  public:
    explicit Server(int port) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
      thread_ = std::jthread([this](std::stop_token stop) { serve(stop); });
    }

  private:
    void serve(std::stop_token stop) {
      while (!stop.stop_requested()) {
        int client = nextClient();
        if (client >= 0)
          close(client);
      }
    }
    int nextClient() {
      return accept(listener_, nullptr, nullptr); // warning: 'accept' does not notice a stop request on 'stop'
    }
    int listener_;
    std::jthread thread_;
  };
};
struct bad_console {
  std::jthread thread{[](std::stop_token stop) {
    std::string line;
    while (!stop.stop_requested() && std::getline(std::cin, line)) // warning: 'getline' does not notice a stop request on 'stop'; the task goes on until input arrives, which may be never; wait for input with 'poll' and a timeout
      process(line.data(), long(line.size()));
  }};
};
struct Reader {
  int fd;
  std::atomic<bool> quit{false};
  pthread_t thread;
};
static void *bad_entry(void *arg) {
  auto *self = static_cast<Reader *>(arg);
  char byte;
  for (;;) {
    if (self->quit.load())
      break;
    if (read(self->fd, &byte, 1) == 1) // warning: 'read' does not notice a stop request on 'quit'; 'stop()' waits for this thread until input arrives
      process(&byte, 1);
  }
  return nullptr;
}
void start(Reader &r) { pthread_create(&r.thread, nullptr, bad_entry, &r); }
void stop(Reader &r) {
  r.quit.store(true);
  pthread_join(r.thread, nullptr);
  close(r.fd);
}

// A descriptor that is closed under a thread that waits for it wakes nobody.
struct bad_closed {
class Closed {
public:
  Closed() : socket_(socket(AF_INET, SOCK_STREAM, 0)), thread_([this] { run(); }) {}
  void stop() {
    if (!running_.exchange(false))
      return;
    close(socket_);
    thread_.join();
  }

private:
  void run() {
    while (running_) {
      int client = accept(socket_, nullptr, nullptr); // warning: 'accept' does not notice a stop request on 'running_'; 'stop()' waits for this thread until input arrives
      if (client >= 0)
        serve(client);
    }
  }
  void serve(int client) {
    char buffer[512];
    while (running_) {
      ssize_t n = recv(client, buffer, sizeof buffer, 0); // warning: 'recv' does not notice a stop request on 'running_'
      if (n <= 0)
        break;
      process(buffer, n);
    }
    close(client);
  }
  int socket_;
  std::atomic<bool> running_{true};
  std::thread thread_;
};
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
class ok_shut_down {
public:
  ok_shut_down() : socket_(socket(AF_INET, SOCK_DGRAM, 0)), thread_([this] { run(); }) {}
  ~ok_shut_down() {
    running_ = false;
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }

private:
  void run() {
    char buffer[1500];
    while (running_) {
      ssize_t n = recv(socket_, buffer, sizeof buffer, 0);
      if (n > 0)
        process(buffer, n);
    }
  }
  int socket_;
  std::atomic<bool> running_{true};
  std::thread thread_;
};
class ok_connects { // the stop wakes it by a connection of its own
public:
  explicit ok_connects(const sockaddr *address) : address_(address), socket_(socket(AF_INET, SOCK_STREAM, 0)) {}
  void stop() {
    running_ = false;
    int self = socket(AF_INET, SOCK_STREAM, 0);
    connect(self, address_, sizeof *address_);
    close(self);
    close(socket_);
    thread_.join();
  }

private:
  void run() {
    while (running_)
      close(accept(socket_, nullptr, nullptr));
  }
  const sockaddr *address_;
  int socket_;
  std::atomic<bool> running_{true};
  std::thread thread_{[this] { run(); }};
};
class ok_signals { // a signal ends the call with EINTR
public:
  void stop() {
    running_ = false;
    pthread_kill(thread_.native_handle(), SIGUSR1);
    close(socket_);
    thread_.join();
  }

private:
  void run() {
    while (running_)
      close(accept(socket_, nullptr, nullptr));
  }
  int socket_ = socket(AF_INET, SOCK_STREAM, 0);
  std::atomic<bool> running_{true};
  std::thread thread_{[this] { run(); }};
};
class ok_shut_down_by_helper {
public:
  ok_shut_down_by_helper() : socket_(socket(AF_INET, SOCK_DGRAM, 0)), thread_([this] { run(); }) {}
  void stop() {
    running_ = false;
    wake();
    thread_.join();
  }

private:
  void wake() { shutdown(socket_, SHUT_RD); }
  void run() {
    char buffer[1500];
    while (running_)
      if (ssize_t n = recv(socket_, buffer, sizeof buffer, 0); n > 0)
        process(buffer, n);
  }
  int socket_;
  std::atomic<bool> running_{true};
  std::thread thread_;
};
std::jthread ok_on_stop(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  return std::jthread([fd](std::stop_token stop) {
    std::stop_callback end(stop, [fd] { shutdown(fd, SHUT_RDWR); });
    while (!stop.stop_requested()) {
      int client = accept(fd, nullptr, nullptr);
      if (client >= 0)
        close(client);
    }
  });
}
std::jthread ok_does_not_wait() {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  return std::jthread([fd](std::stop_token stop) {
    char buffer[1500];
    while (!stop.stop_requested()) {
      ssize_t n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0)
        process(buffer, n);
      else
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
}
class ok_polls_around_a_helper {
public:
  explicit ok_polls_around_a_helper(const char *device)
      : fd_(open(device, O_RDONLY)), thread_([this](std::stop_token stop) { listen(stop); }) {}

private:
  void listen(std::stop_token stop) {
    char c;
    while (!stop.stop_requested()) {
      pollfd line{fd_, POLLIN, 0};
      if (poll(&line, 1, 200) <= 0)
        continue;
      if (!readByte(c))
        break;
    }
  }
  bool readByte(char &c) const { return read(fd_, &c, 1) == 1; }
  const int fd_;
  std::jthread thread_;
};
static bool readable(int fd, std::chrono::milliseconds most);
std::jthread ok_helper_waits(const char *path) {
  int fd = open(path, O_RDONLY);
  return std::jthread([fd](std::stop_token stop) {
    char buffer[512];
    while (!stop.stop_requested())
      if (readable(fd, std::chrono::milliseconds(50)))
        process(buffer, read(fd, buffer, sizeof buffer));
  });
}
std::jthread ok_file(std::ifstream file) {
  return std::jthread([file = std::move(file)](std::stop_token stop) mutable {
    std::string line;
    while (!stop.stop_requested() && std::getline(file, line))
      process(line.data(), long(line.size()));
  });
}
std::jthread ok_writes() {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  return std::jthread([fd](std::stop_token stop) {
    while (!stop.stop_requested())
      if (send(fd, "x", 1, 0) < 0)
        break;
  });
}
// The caller keeps the descriptor, and may shut it down.
void ok_borrowed(int fd, std::stop_token stop) {
  char buffer[512];
  while (!stop.stop_requested())
    process(buffer, read(fd, buffer, sizeof buffer));
}
// Nobody waits for it.
static std::atomic<bool> over{false};
void onSignal(int) { over = true; }
int main() {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  char buffer[512];
  while (!over)
    process(buffer, recv(fd, buffer, sizeof buffer, 0));
}
void ok_no_stop() {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  char buffer[512];
  std::jthread thread([&] {
    while (recv(fd, buffer, sizeof buffer, 0) > 0)
      process(buffer, 1);
  });
  shutdown(fd, SHUT_RD);
}
#include <sys/timerfd.h>
class Ticks { // the timer ends its reads, and nothing those of the other descriptor
public:
  void open() {
    timer_ = timerfd_create(CLOCK_MONOTONIC, 0);
    itimerspec every{{1, 0}, {1, 0}};
    timerfd_settime(timer_, 0, &every, nullptr);
    input_ = socket(AF_INET, SOCK_DGRAM, 0);
    ticker_ = std::thread([this] { ok_tick(); });
    reader_ = std::thread([this] { bad_read(); });
  }
  void stop() {
    over_ = true; // note: the stop is requested here
    ticker_.join();
    reader_.join(); // note: and the task is waited for here
  }

private:
  void ok_tick() {
    while (!over_) {
      unsigned long long missed;
      process("", read(timer_, &missed, sizeof missed));
    }
  }
  void bad_read() {
    char buffer[512];
    while (!over_) // note: the loop asks for the stop here
      process(buffer, recv(input_, buffer, sizeof buffer, 0)); // warning: 'recv' does not notice a stop request on 'over_'
  }
  std::atomic<bool> over_{false};
  int timer_ = -1, input_ = -1;
  std::thread ticker_, reader_;
};
