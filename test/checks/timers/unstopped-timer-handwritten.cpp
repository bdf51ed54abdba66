// RUN: %verify %s heddle-unstopped-timer -- -std=c++20
// Schedulers and loops that projects write themselves, and that outlive the objects whose handlers they keep.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>
#include <vector>

void publish(const std::string &);

class Scheduler {
public:
  using Id = std::uint64_t;
  Id every(std::chrono::milliseconds period, std::function<void()> f) {
    std::lock_guard lock(mutex_);
    entries_[++next_] = {period, std::move(f)};
    return next_;
  }
  void cancel(Id id) {
    std::lock_guard lock(mutex_);
    entries_.erase(id);
  }
  std::size_t size() const { return entries_.size(); }
  void turn();

private:
  struct Entry {
    std::chrono::milliseconds period;
    std::function<void()> run;
  };
  std::mutex mutex_;
  std::map<Id, Entry> entries_;
  Id next_ = 0;
};

struct bad_heartbeat {
class Heartbeat {
public:
  Heartbeat(Scheduler &scheduler, std::string name) : scheduler_(scheduler), name_(std::move(name)) {
    id_ = scheduler_.every(std::chrono::seconds(1), [this] { publish(name_); }); // warning: the handler holds a raw pointer to the object and stays with 'scheduler_' when the object is destroyed; it then uses 'name_' of a dead object; take the handler back in the destructor // note: the handler uses 'name_' here
  }
  ~Heartbeat() { publish("bye"); }

private:
  Scheduler &scheduler_;
  std::string name_;
  Scheduler::Id id_ = 0;
};
};
struct bad_bound {
class Refresh {
public:
  explicit Refresh(Scheduler *s) : scheduler_(s) {}
  void start() {
    scheduler_->every(std::chrono::milliseconds(50), std::bind(&Refresh::refresh, this)); // warning: the handler holds a raw pointer to the object and stays with 'scheduler_' when the object is destroyed
  }

private:
  void refresh() { publish(name_); }
  Scheduler *scheduler_;
  std::string name_;
};
std::shared_ptr<Refresh> make(Scheduler &s) { return std::make_shared<Refresh>(&s); }
};

class Poller {
public:
  void add(int fd, std::function<void()> f) { handlers_[fd] = std::move(f); }
  void remove(int fd) { handlers_.erase(fd); }

private:
  std::map<int, std::function<void()>> handlers_;
};
struct bad_descriptor { // the close ends the timer; the handler stays
class Tick {
public:
  explicit Tick(Poller &poller) : poller_(poller) {}
  ~Tick() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  void arm() {
    fd_ = timerfd_create(CLOCK_MONOTONIC, 0);
    poller_.add(fd_, [this] { ++turns_; }); // warning: the handler holds a raw pointer to the object and stays with 'poller_' when the object is destroyed
  }

private:
  Poller &poller_;
  int fd_ = -1;
  unsigned turns_ = 0;
};
};

// ---- correct code that looks similar -----------------------------------------------------------------------------------
struct ok_cancels {
class Heartbeat {
public:
  explicit Heartbeat(Scheduler &scheduler) : scheduler_(scheduler) {
    id_ = scheduler_.every(std::chrono::seconds(1), [this] { publish(name_); });
  }
  ~Heartbeat() { scheduler_.cancel(id_); }

private:
  Scheduler &scheduler_;
  std::string name_;
  Scheduler::Id id_ = 0;
};
};
struct ok_stopped_by_its_user {
class Heartbeat {
public:
  explicit Heartbeat(Scheduler &scheduler) : scheduler_(scheduler) {
    id_ = scheduler_.every(std::chrono::seconds(1), [this] { publish(name_); });
  }
  ~Heartbeat() = default;
  void stop() { scheduler_.cancel(id_); }

private:
  Scheduler &scheduler_;
  std::string name_;
  Scheduler::Id id_ = 0;
};
};
struct ok_own_scheduler {
class Heartbeat {
public:
  Heartbeat() {
    scheduler_.every(std::chrono::seconds(1), [this] { publish(name_); });
  }
  ~Heartbeat() = default;

private:
  std::string name_;
  Scheduler scheduler_;
};
};
struct ok_weak {
class Heartbeat : public std::enable_shared_from_this<Heartbeat> {
public:
  explicit Heartbeat(Scheduler &scheduler) : scheduler_(scheduler) {}
  void start() {
    scheduler_.every(std::chrono::seconds(1), [weak = weak_from_this()] {
      if (auto self = weak.lock())
        publish(self->name_);
    });
  }

private:
  Scheduler &scheduler_;
  std::string name_;
};
};
struct ok_never_ends {
class Service {
public:
  explicit Service(Scheduler &scheduler) : scheduler_(scheduler) {
    scheduler_.every(std::chrono::seconds(1), [this] { publish(name_); });
  }

private:
  Scheduler &scheduler_;
  std::string name_;
};
};
class Tokens { // the registration ends with its token
public:
  class Token {
  public:
    ~Token();
  };
  std::unique_ptr<Token> every(std::chrono::milliseconds, std::function<void()> f) {
    all_.push_back(std::move(f));
    return std::make_unique<Token>();
  }

private:
  std::vector<std::function<void()>> all_;
};
struct ok_token {
class Heartbeat {
public:
  explicit Heartbeat(Tokens &tokens) : tokens_(tokens) {
    token_ = tokens_.every(std::chrono::seconds(1), [this] { publish(name_); });
  }
  ~Heartbeat() = default;

private:
  Tokens &tokens_;
  std::string name_;
  std::unique_ptr<Tokens::Token> token_;
};
};
struct ok_remover {
class Tick {
public:
  explicit Tick(Poller &poller) : poller_(poller) {}
  ~Tick() {
    poller_.remove(fd_);
    ::close(fd_);
  }
  void arm() {
    fd_ = timerfd_create(CLOCK_MONOTONIC, 0);
    poller_.add(fd_, [this] { ++turns_; });
  }

private:
  Poller &poller_;
  int fd_ = -1;
  unsigned turns_ = 0;
};
};
class ok_defined_elsewhere {
public:
  explicit ok_defined_elsewhere(Scheduler &scheduler);
  ~ok_defined_elsewhere();
  void start() {
    scheduler_.every(std::chrono::seconds(1), [this] { publish(name_); });
  }

private:
  Scheduler &scheduler_;
  std::string name_;
};
