// RUN: %verify --word flag %s heddle-dev-state-flags -- -std=c++20
#include <atomic>
#include <mutex>

void refuse();

// Nobody closes it, or asks for more than the flag.
class Queue {
public:
  Queue(int limit) : limit_(limit) {}
  void push(int n) {
    if (closed_) // flag: closed_ set, which never happens
      refuse();
    if (isOpen() == false)
      refuse();
    if (!isOpen()) // flag: closed_ set, which never happens
      refuse();
    if (!tryPush(n)) // flag: closed_ set, which never happens
      refuse();
    if (closed_ || n > limit_)
      refuse();
    if (!ready_) // flag: ready_ cleared
      refuse();
  }
  bool tryPush(int n) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) // flag: closed_ set, which never happens
      return false;
    last_ = n;
    return true;
  }
  bool isOpen() const { return !closed_; }
  void close() { closed_ = true; }
  void reset() { close(); }
  ~Queue() { close(); }

private:
  std::mutex mutex_;
  bool closed_ = false;
  bool ready_ = false;
  int last_ = 0, limit_;
};
void use(Queue &queue) { queue.push(1); }

// Somebody does.
class Service {
public:
  explicit Service(bool quiet) : quiet_(quiet) {}
  void call() {
    if (stopped_.load()) // flag: stopped_ set
      refuse();
    if (quiet_) // flag: quiet_ set
      refuse();
    if (!running_) // flag: running_ cleared, which never happens
      refuse();
    if (failed_) // flag: failed_ set
      refuse();
  }
  void stop() { stopped_ = true; }
  void on() { running_ = true; }
  bool *failure() { return &failed_; }

private:
  std::atomic<bool> stopped_{false};
  std::atomic<bool> running_{true};
  bool quiet_, failed_{};
};
void end(Service &service) { service.stop(); }
void start(Service &service) { service.on(); }
bool *hand(Service &service) { return service.failure(); }
