// RUN: %verify %s heddle-lock-held-across-send -- -std=c++20
// Primitives whose handles share their state, ends that are classes of their own, and locks that a helper takes around
// what it is given.
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore.h>
#include <string>
#include <utility>
#include <vector>

// ---- the two ends of a bounded pipe ----
struct Pipe {
  std::mutex mutex;
  std::condition_variable room, filled;
  std::deque<std::string> lines;
  std::size_t limit = 16;
};
class Writer {
public:
  explicit Writer(std::shared_ptr<Pipe> p) : pipe_(std::move(p)) {}
  void write(std::string line) {
    std::unique_lock lock(pipe_->mutex);
    pipe_->room.wait(lock, [this] { return pipe_->lines.size() < pipe_->limit; });
    pipe_->lines.push_back(std::move(line));
    pipe_->filled.notify_one();
  }

private:
  std::shared_ptr<Pipe> pipe_;
};
class Reader {
public:
  explicit Reader(std::shared_ptr<Pipe> p) : pipe_(std::move(p)) {}
  std::string read() {
    std::unique_lock lock(pipe_->mutex);
    pipe_->filled.wait(lock, [this] { return !pipe_->lines.empty(); });
    std::string line = std::move(pipe_->lines.front());
    pipe_->lines.pop_front();
    pipe_->room.notify_one();
    return line;
  }

private:
  std::shared_ptr<Pipe> pipe_;
};

// The same without a limit: a write never waits.
struct Tape {
  std::mutex mutex;
  std::condition_variable filled;
  std::deque<std::string> lines;
};
class Appender {
public:
  void append(std::string line) {
    std::lock_guard lock(tape_->mutex);
    tape_->lines.push_back(std::move(line));
    tape_->filled.notify_one();
  }
  std::string take() {
    std::unique_lock lock(tape_->mutex);
    tape_->filled.wait(lock, [this] { return !tape_->lines.empty(); });
    std::string line = std::move(tape_->lines.front());
    tape_->lines.pop_front();
    return line;
  }

private:
  std::shared_ptr<Tape> tape_ = std::make_shared<Tape>();
};

class Journal {
public:
  void bad_shared_state(const std::string &line) {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
    ++count_;
    out_.write(line); // warning: this send can block while 'mutex_' is held
  }
  void ok_released_first(const std::string &line) {
    {
      std::lock_guard lock(mutex_);
      ++count_;
    }
    out_.write(line);
  }
  void ok_unbounded(const std::string &line) {
    std::lock_guard lock(mutex_);
    ++count_;
    tape_.append(line);
  }

private:
  std::mutex mutex_;
  int count_ = 0;
  Writer out_;
  Appender tape_;
};

// ---- a promise whose callbacks run where it is settled; promise and future share the state ----
template <class T> class Eventual {
public:
  using Callback = std::function<void(const T &)>;
  void then(Callback f) const {
    std::unique_lock lock(state_->mutex);
    if (!state_->value) {
      state_->callbacks.push_back(std::move(f));
      return;
    }
    lock.unlock();
    f(*state_->value);
  }

protected:
  struct State {
    std::mutex mutex;
    std::optional<T> value;
    std::vector<Callback> callbacks;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};
template <class T> class Resolver : public Eventual<T> {
public:
  void resolve(T value) {
    std::vector<typename Eventual<T>::Callback> run;
    {
      std::lock_guard lock(this->state_->mutex);
      this->state_->value = std::move(value);
      run.swap(this->state_->callbacks);
    }
    for (auto &f : run)
      f(*this->state_->value);
  }
};

class Lookup {
public:
  Eventual<int> ask(const std::string &name) {
    std::lock_guard lock(mutex_);
    return open_[name];
  }
  void bad_settled_under_the_lock(const std::string &name, int value) {
    std::lock_guard lock(mutex_);
    open_[name].resolve(value); // warning: the promise is fulfilled while 'mutex_' is held, and its continuations run in this thread
    open_.erase(name);
  }
  void ok_taken_out_first(const std::string &name, int value) {
    Resolver<int> r;
    {
      std::lock_guard lock(mutex_);
      auto entry = open_.extract(name);
      if (entry.empty())
        return;
      r = std::move(entry.mapped());
    }
    r.resolve(value);
  }

private:
  std::mutex mutex_;
  std::map<std::string, Resolver<int>> open_;
};
void chain(Lookup &l) {
  l.ask("a").then([&l](const int &) { l.ask("b"); });
}

// A setting with observers is no promise: its value comes again and again.
class Setting {
public:
  void observe(std::function<void(int)> f) {
    std::lock_guard lock(state_->mutex);
    state_->observers.push_back(std::move(f));
  }
  void set(int v) {
    std::vector<std::function<void(int)>> all;
    {
      std::lock_guard lock(state_->mutex);
      state_->value = v;
      all = state_->observers;
    }
    for (auto &f : all)
      f(v);
  }

private:
  struct State {
    std::mutex mutex;
    int value = 0;
    std::vector<std::function<void(int)>> observers;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};
class Panel {
public:
  void ok_observers_are_no_continuations(int v) {
    std::lock_guard lock(mutex_);
    brightness_.set(v);
  }

private:
  std::mutex mutex_;
  Setting brightness_;
};

// ---- a ring whose semaphores are taken by a helper ----
class Ring {
public:
  void put(int v) {
    take(&free_);
    pthread_mutex_lock(&ends_);
    slots_[head_++ % 8] = v;
    pthread_mutex_unlock(&ends_);
    sem_post(&used_);
  }
  int get() {
    take(&used_);
    pthread_mutex_lock(&ends_);
    int v = slots_[tail_++ % 8];
    pthread_mutex_unlock(&ends_);
    sem_post(&free_);
    return v;
  }

private:
  static void take(sem_t *s) {
    while (sem_wait(s) != 0) {
    }
  }
  int slots_[8] = {};
  unsigned head_ = 0, tail_ = 0;
  pthread_mutex_t ends_ = PTHREAD_MUTEX_INITIALIZER;
  sem_t free_, used_;
};

// ---- the lock of a helper that runs what it is given ----
template <class T> class Locked {
public:
  template <class F> auto with(F &&f) {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
    return std::forward<F>(f)(value_); // note: the callable is called here, with the lock held
  }

private:
  std::mutex mutex_;
  T value_;
};
class Totals {
public:
  int bad_sends_inside(int v) {
    return sum_.with([&](int &sum) {
      sum += v;
      ring_.put(sum); // warning: this send can block while 'mutex_' is held
      return sum;
    });
  }
  void ok_sends_after(int v) {
    int now = sum_.with([v](int &sum) { return sum += v; });
    ring_.put(now);
  }

private:
  Locked<int> sum_;
  Ring ring_;
};
