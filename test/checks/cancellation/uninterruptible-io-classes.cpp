// RUN: %verify %s heddle-uninterruptible-io -- -std=c++20
// Descriptors that belong to a class of their own, and timeouts of other descriptors.
#include <atomic>
#include <cstddef>
#include <poll.h>
#include <stop_token>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
#include <vector>

void process(const std::vector<char> &bytes);

// ---- the descriptor of another object ----------------------------------------------------------------------------------
class Socket {
public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() { ::close(fd_); }
  bool receive(std::vector<char> &bytes) {
    bytes.resize(1024);
    ssize_t n = ::recv(fd_, bytes.data(), bytes.size(), 0); // warning: 'recv' does not notice a stop request on 'stop'
    bytes.resize(n > 0 ? n : 0);
    return n > 0;
  }

private:
  const int fd_;
};
class Manager {
public:
  explicit Manager(int fd) : socket_(fd), thread_([this](std::stop_token stop) { spin(stop); }) {}

private:
  void spin(std::stop_token stop) {
    std::vector<char> bytes;
    while (!stop.stop_requested()) { // note: the loop asks for the stop here
      if (!socket_.receive(bytes))   // note: 'receive' is called here
        return;
      process(bytes);
    }
  }
  Socket socket_;
  std::jthread thread_;
};
struct bad_pipe {
  struct Pipe {
    int fd = -1;
    ssize_t next(char *into, std::size_t size) { return ::read(fd, into, size); } // warning: 'read' does not notice a stop request on 'stop_'
  };
  class Reader {
  public:
    explicit Reader(int fd) { pipe_.fd = fd; }
    void start() { thread_ = std::thread([this] { run(); }); }
    void stop() {
      stop_ = true;
      thread_.join();
    }

  private:
    void run() {
      char buffer[512];
      while (!stop_)
        if (pipe_.next(buffer, sizeof buffer) < 0)
          break;
    }
    Pipe pipe_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
  };
};
struct ok_polls_first {
  class Input {
  public:
    explicit Input(int fd) : fd_(fd) {}
    bool ready(int timeout) {
      pollfd entry{fd_, POLLIN, 0};
      return ::poll(&entry, 1, timeout) > 0;
    }
    bool receive(std::vector<char> &bytes) { return ::recv(fd_, bytes.data(), bytes.size(), 0) > 0; }

  private:
    const int fd_;
  };
  class Manager {
  public:
    explicit Manager(int fd) : input_(fd), thread_([this](std::stop_token stop) { spin(stop); }) {}

  private:
    void spin(std::stop_token stop) {
      std::vector<char> bytes(1024);
      while (!stop.stop_requested())
        if (input_.ready(200) && input_.receive(bytes))
          process(bytes);
    }
    Input input_;
    std::jthread thread_;
  };
};
struct ok_shut_down {
  class Input {
  public:
    explicit Input(int fd) : fd_(fd) {}
    void end() { ::shutdown(fd_, SHUT_RD); }
    bool receive(std::vector<char> &bytes) { return ::recv(fd_, bytes.data(), bytes.size(), 0) > 0; }

  private:
    const int fd_;
  };
  class Manager {
  public:
    explicit Manager(int fd) : input_(fd), thread_([this](std::stop_token stop) { spin(stop); }) {}
    ~Manager() {
      thread_.request_stop();
      input_.end();
    }

  private:
    void spin(std::stop_token stop) {
      std::vector<char> bytes(1024);
      while (!stop.stop_requested())
        if (!input_.receive(bytes))
          return;
    }
    Input input_;
    std::jthread thread_;
  };
};

// ---- timeouts ----------------------------------------------------------------------------------------------------------
struct bad_timeout_of_another {
  class Listener {
  public:
    explicit Listener(int fd) : fd_(fd), thread_([this](std::stop_token stop) { serve(stop); }) {}

  private:
    void serve(std::stop_token stop) {
      while (!stop.stop_requested()) {
        int client = ::accept(fd_, nullptr, nullptr); // warning: 'accept' does not notice a stop request on 'stop'
        if (client < 0)
          continue;
        answer(client);
        ::close(client);
      }
    }
    void answer(int client) {
      timeval limit{1, 0};
      ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      char command[256];
      ::recv(client, command, sizeof command, 0);
    }
    int fd_;
    std::jthread thread_;
  };
};
struct ok_timeout {
  class Listener {
  public:
    explicit Listener(int fd) : fd_(fd), thread_([this](std::stop_token stop) { serve(stop); }) { limit(fd_); }

  private:
    static void limit(int descriptor) {
      timeval limit{1, 0};
      ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    void serve(std::stop_token stop) {
      while (!stop.stop_requested()) {
        int client = ::accept(fd_, nullptr, nullptr);
        if (client >= 0)
          ::close(client);
      }
    }
    int fd_;
    std::jthread thread_;
  };
};
