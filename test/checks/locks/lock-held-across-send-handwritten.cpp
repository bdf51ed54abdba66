// RUN: %verify %s heddle-lock-held-across-send -- -std=c++20
// Hand-written queues and locks, recognised by what their members do.
#include <condition_variable>
#include <functional>
#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <queue>
#include <semaphore.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>
#include <mqueue.h>

/// Waits for room in a loop; tells when it was closed.
class PacketRing {
public:
  explicit PacketRing(unsigned slots) : slots_(slots) {}
  bool Enqueue(const std::string &packet) {
    std::unique_lock<std::mutex> guard(lock_);
    while (!closed_ && packets_.size() >= slots_)
      notFull_.wait(guard);
    if (closed_)
      return false;
    packets_.push(packet);
    notEmpty_.notify_one();
    return true;
  }
  bool EnqueueFor(const std::string &packet, std::chrono::milliseconds limit) {
    std::unique_lock<std::mutex> guard(lock_);
    if (!notFull_.wait_for(guard, limit, [this] { return packets_.size() < slots_; }))
      return false;
    packets_.push(packet);
    notEmpty_.notify_one();
    return true;
  }
  bool Dequeue(std::string &packet) {
    std::unique_lock<std::mutex> guard(lock_);
    while (packets_.empty() && !closed_)
      notEmpty_.wait(guard);
    if (packets_.empty())
      return false;
    packet = packets_.front();
    packets_.pop();
    notFull_.notify_one();
    return true;
  }
  void Close() {
    std::lock_guard<std::mutex> guard(lock_);
    closed_ = true;
    notFull_.notify_all();
    notEmpty_.notify_all();
  }

private:
  const unsigned slots_;
  bool closed_ = false;
  std::mutex lock_;
  std::condition_variable notFull_, notEmpty_;
  std::queue<std::string> packets_;
};

/// A lock around the one of POSIX, and its guard.
class Lock {
public:
  Lock() { pthread_mutex_init(&m_, nullptr); }
  ~Lock() { pthread_mutex_destroy(&m_); }
  void Enter() { pthread_mutex_lock(&m_); }
  void Leave() { pthread_mutex_unlock(&m_); }

private:
  pthread_mutex_t m_;
};
class Locked {
public:
  explicit Locked(Lock &lock) : lock_(lock) { lock_.Enter(); }
  ~Locked() { lock_.Leave(); }
  Locked(const Locked &) = delete;

private:
  Lock &lock_;
};

class Router {
public:
  void bad_own_guard(const std::string &packet) {
    Locked here(lock_); // note: 'lock_' is locked here
    ++routed_;
    ring_.Enqueue(packet); // warning: this send can block while 'lock_' is held
  }
  void bad_own_lock(const std::string &packet) {
    lock_.Enter();
    ring_.Enqueue(packet); // warning: this send can block while 'lock_' is held
    lock_.Leave();
  }
  bool bad_result_used(const std::string &packet) {
    std::lock_guard<std::mutex> guard(stats_);
    if (!ring_.Enqueue(packet)) { // warning: this send can block while 'stats_' is held
      ++lost_;
      return false;
    }
    return true;
  }

  void ok_own_guard(const std::string &packet) {
    {
      Locked here(lock_);
      ++routed_;
    }
    ring_.Enqueue(packet);
  }
  void ok_own_lock(const std::string &packet) {
    lock_.Enter();
    ++routed_;
    lock_.Leave();
    ring_.Enqueue(packet);
  }
  void ok_bounded_wait(const std::string &packet) {
    Locked here(lock_);
    if (!ring_.EnqueueFor(packet, std::chrono::milliseconds(5)))
      ++lost_;
  }
  void ok_closed_under_the_lock() {
    Locked here(lock_);
    ring_.Close();
  }

private:
  Lock lock_;
  std::mutex stats_;
  int routed_ = 0, lost_ = 0;
  PacketRing ring_{32};
};

// ---- the queue's own mutex: it is given back while it waits --------------------------------------------------------------

class ok_monitor {
public:
  void add(int job) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return jobs_.size() < 10; });
    jobs_.push_back(job);
    changed_.notify_all();
  }
  void addAll(const std::vector<int> &jobs) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (int job : jobs) {
      changed_.wait(lock, [this] { return jobs_.size() < 10; });
      jobs_.push_back(job);
    }
    changed_.notify_all();
  }
  int next() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !jobs_.empty(); });
    int job = jobs_.front();
    jobs_.pop_front();
    changed_.notify_all();
    return job;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<int> jobs_;
};

/// Not bounded: a producer never waits.
class EventLog {
public:
  void append(std::string line) {
    std::lock_guard<std::mutex> lock(mutex_);
    lines_.push(std::move(line));
    filled_.notify_one();
  }
  std::string next() {
    std::unique_lock<std::mutex> lock(mutex_);
    filled_.wait(lock, [this] { return !lines_.empty(); });
    std::string line = std::move(lines_.front());
    lines_.pop();
    return line;
  }

private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::queue<std::string> lines_;
};

class ok_logs_under_its_lock {
public:
  void set(int value) {
    std::lock_guard<std::mutex> lock(mutex_);
    value_ = value;
    log_.append("value " + std::to_string(value));
  }

private:
  std::mutex mutex_;
  int value_ = 0;
  EventLog log_;
};

// ---- POSIX ------------------------------------------------------------------------------------------------------------

struct Station {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
  mqd_t outbox = -1;
  long sent = 0;
};

void bad_posix(Station &s, const std::string &text) {
  pthread_mutex_lock(&s.mutex); // note: 's.mutex' is locked here
  ++s.sent;
  mq_send(s.outbox, text.data(), text.size(), 0); // warning: this send can block while 's.mutex' is held
  pthread_mutex_unlock(&s.mutex);
}

int bad_posix_reader(Station *s, const std::string &text) {
  pthread_rwlock_rdlock(&s->table);
  int error = mq_send(s->outbox, text.data(), text.size(), 0); // warning: this send can block while
  pthread_rwlock_unlock(&s->table);
  return error;
}

void bad_posix_tried(Station &s, const std::string &text) {
  if (pthread_mutex_trylock(&s.mutex) != 0)
    return;
  mq_send(s.outbox, text.data(), text.size(), 0); // warning: this send can block while 's.mutex' is held
  pthread_mutex_unlock(&s.mutex);
}

void ok_posix(Station &s, const std::string &text) {
  pthread_mutex_lock(&s.mutex);
  ++s.sent;
  pthread_mutex_unlock(&s.mutex);
  mq_send(s.outbox, text.data(), text.size(), 0);
}

void ok_posix_busy(Station &s, const std::string &text) {
  if (pthread_mutex_trylock(&s.mutex) == 0) {
    ++s.sent;
    pthread_mutex_unlock(&s.mutex);
    return;
  }
  mq_send(s.outbox, text.data(), text.size(), 0);
}

void ok_posix_early_return(Station &s, const std::string &text) {
  pthread_mutex_lock(&s.mutex);
  if (text.empty()) {
    pthread_mutex_unlock(&s.mutex);
    return;
  }
  ++s.sent;
  pthread_mutex_unlock(&s.mutex);
  mq_send(s.outbox, text.data(), text.size(), 0);
}

// ---- a ring whose slots are assigned -----------------------------------------------------------------------------------
struct Frame {
  std::string text;
  int number = 0;
};
class FrameRing {
public:
  explicit FrameRing(std::size_t n) : frames_(n) {}
  void store(Frame f) {
    std::unique_lock<std::mutex> guard(lock_);
    while (held_ == frames_.size())
      room_.wait(guard);
    frames_[(at_ + held_++) % frames_.size()] = std::move(f);
    some_.notify_one();
  }
  void load(Frame &f) {
    std::unique_lock<std::mutex> guard(lock_);
    while (held_ == 0)
      some_.wait(guard);
    f = std::move(frames_[at_]);
    at_ = (at_ + 1) % frames_.size();
    --held_;
    room_.notify_one();
  }
  /// Nobody is woken and nothing moves on: only a look.
  Frame newest() {
    std::unique_lock<std::mutex> guard(lock_);
    Frame f;
    f = frames_[(at_ + held_) % frames_.size()];
    return f;
  }

private:
  std::mutex lock_;
  std::condition_variable room_, some_;
  std::vector<Frame> frames_;
  std::size_t at_ = 0, held_ = 0;
};
class Camera {
public:
  void bad_under_the_lock(Frame f) {
    std::lock_guard<std::mutex> guard(state_);
    f.number = next_++;
    ring_.store(std::move(f)); // warning: this send can block while 'state_' is held
  }
  void ok_lock_released(Frame f) {
    {
      std::lock_guard<std::mutex> guard(state_);
      f.number = next_++;
    }
    ring_.store(std::move(f));
  }
  Frame ok_looks_under_the_lock() {
    std::lock_guard<std::mutex> guard(state_);
    return ring_.newest();
  }

private:
  std::mutex state_;
  int next_ = 0;
  FrameRing ring_{16};
};

// ---- a value and a callable that meet ------------------------------------------------------------------------------------
/// Whoever comes second runs the callable.
template <class T> class Ticket {
public:
  void whenCalled(std::function<void(T)> f) {
    std::optional<T> now;
    {
      std::lock_guard<std::mutex> guard(lock_);
      if (!value_) {
        then_ = std::move(f);
        return;
      }
      now = std::exchange(value_, std::nullopt);
    }
    f(std::move(*now));
  }
  void call(T value) {
    std::function<void(T)> f;
    {
      std::lock_guard<std::mutex> guard(lock_);
      if (!then_) {
        value_ = std::move(value);
        return;
      }
      f = std::exchange(then_, nullptr);
    }
    f(std::move(value));
  }

private:
  std::mutex lock_;
  std::optional<T> value_;
  std::function<void(T)> then_;
};
/// The last value is kept until somebody asks; nobody is called.
template <class T> class Board {
public:
  void post(T value) {
    std::lock_guard<std::mutex> guard(lock_);
    value_ = std::move(value);
  }
  std::optional<T> read() {
    std::lock_guard<std::mutex> guard(lock_);
    return std::exchange(value_, std::nullopt);
  }

private:
  std::mutex lock_;
  std::optional<T> value_;
};
class Desk {
public:
  void bad_calls_under_the_lock(int window) {
    std::lock_guard<std::mutex> guard(queue_);
    if (tickets_.empty()) {
      free_.push_back(window);
      return;
    }
    auto first = tickets_.front();
    tickets_.pop_front();
    first->call(window); // warning: the promise is fulfilled while 'queue_' is held, and its continuations run in this thread
  }
  void ok_calls_after_it(int window) {
    std::shared_ptr<Ticket<int>> first;
    {
      std::lock_guard<std::mutex> guard(queue_);
      if (tickets_.empty()) {
        free_.push_back(window);
        return;
      }
      first = tickets_.front();
      tickets_.pop_front();
    }
    first->call(window);
  }
  void ok_posts_under_the_lock(int window) {
    std::lock_guard<std::mutex> guard(queue_);
    board_.post(window);
  }

private:
  std::mutex queue_;
  std::list<std::shared_ptr<Ticket<int>>> tickets_;
  std::vector<int> free_;
  Board<int> board_;
};
