// Handlers that are registered with one object are seen together.
// RUN: %verify --word handler %s heddle-dev-handlers -- -std=c++20
#include <functional>
#include <mutex>

class Connection {
public:
  void on_read(std::function<void(int)> f);
  void on_close(std::function<void()> f);
};
class Signal {
public:
  void connect(std::function<void()> f) { slot_ = std::move(f); }
  void emit() { slot_(); }

private:
  std::function<void()> slot_;
};

class Session {
public:
  Session() {
    listen();
    tick_.connect([this] { expire(); }); // handler: with tick_, one of 1
  }

private:
  void listen() {
    connection_.on_read([this](int n) { // handler: with connection_, one of 2
      read(n);
    });
    connection_.on_close(std::bind(&Session::close, this)); // handler: with connection_, one of 2
  }
  void read(int) {}
  void close() {}
  void expire() {}
  std::mutex mutex_;
  Connection connection_;
  Signal tick_;
};
