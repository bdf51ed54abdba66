// RUN: %verify %s heddle-blocking-under-lock -- -std=c++20
// The seed's row, what waits, and how a lock is held when it does.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <semaphore>
#include <shared_mutex>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>
using namespace std::chrono_literals;

std::string render(const std::string &);
int connectTo(const std::string &);

// ---- the seed: the map and the request under one mutex ----
class bad_P13_cache {
public:
  std::string get(const std::string &key) {
    std::lock_guard<std::mutex> lock(mutex_); // note: 'mutex_' is locked here
    if (auto it = known_.find(key); it != known_.end())
      return it->second;
    char answer[512];
    auto n = recv(connectTo(key), answer, sizeof answer, 0); // warning: this waits for the outside while 'mutex_' is held; every thread that needs 'mutex_' waits as long; do it after the lock is released
    return known_[key] = std::string(answer, n > 0 ? n : 0);
  }
  void forget(const std::string &key) {
    std::lock_guard<std::mutex> lock(mutex_);
    known_.erase(key);
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::string> known_;
};

class ok_P13_cache {
public:
  std::string get(const std::string &key) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (auto it = known_.find(key); it != known_.end())
        return it->second;
    }
    char answer[512];
    auto n = recv(connectTo(key), answer, sizeof answer, 0);
    std::lock_guard<std::mutex> lock(mutex_);
    return known_[key] = std::string(answer, n > 0 ? n : 0);
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::string> known_;
};

// ---- sleeps, in helpers, with every kind of guard ----
class bad_registry {
public:
  void retry() {
    std::scoped_lock lock(names_lock_, index_lock_);
    names_.push_back("again");
    std::this_thread::sleep_for(50ms); // warning: this sleeps while 'names_lock_' is held
  }
  void shared() const {
    std::shared_lock lock(table_lock_); // note: 'table_lock_' is locked here
    usleep(1000); // warning: this sleeps while 'table_lock_' is held
  }
  void write() {
    std::unique_lock lock(table_lock_);
    names_.clear();
  }
  void relocked() {
    std::unique_lock lock(names_lock_);
    lock.unlock();
    std::this_thread::sleep_for(1ms);
    lock.lock(); // note: 'names_lock_' is locked here
    names_.clear();
    std::this_thread::sleep_for(1ms); // warning: this sleeps while 'names_lock_' is held
  }
  void manual() {
    names_lock_.lock();
    backOff(); // note: 'backOff' is called here
    names_lock_.unlock();
  }
  bool tried() {
    if (!names_lock_.try_lock())
      return false;
    std::this_thread::sleep_for(1ms); // warning: this sleeps while 'names_lock_' is held
    names_lock_.unlock();
    return true;
  }
  void adopted() {
    std::lock(names_lock_, index_lock_);
    std::lock_guard a(names_lock_, std::adopt_lock);
    std::lock_guard b(index_lock_, std::adopt_lock);
    sleep(1); // warning: this sleeps while 'names_lock_' is held
  }

private:
  void backOff() {
    std::this_thread::sleep_for(1s); // warning: this sleeps while 'names_lock_' is held
  }
  std::mutex names_lock_, index_lock_;
  mutable std::shared_mutex table_lock_;
  std::vector<std::string> names_;
};

class ok_registry {
public:
  void retry() {
    {
      std::scoped_lock lock(names_lock_, index_lock_);
      names_.push_back("again");
    }
    std::this_thread::sleep_for(50ms);
  }
  void unlocked() {
    std::unique_lock lock(names_lock_);
    names_.clear();
    lock.unlock();
    std::this_thread::sleep_for(1ms);
  }
  void unlocked_in_helper() {
    std::unique_lock lock(names_lock_);
    names_.clear();
    pause(lock);
    names_.clear();
  }
  void not_taken() {
    if (!names_lock_.try_lock()) {
      std::this_thread::sleep_for(1ms);
      return;
    }
    names_lock_.unlock();
  }
  void deferred() {
    std::unique_lock lock(names_lock_, std::defer_lock);
    std::this_thread::sleep_for(1ms);
    lock.lock();
    names_.clear();
  }
  void given_back() {
    std::unique_lock lock(names_lock_);
    names_.clear();
    lock = {};
    std::this_thread::sleep_for(1ms);
  }
  void elsewhere() {
    std::lock_guard lock(names_lock_);
    std::thread([] { std::this_thread::sleep_for(1ms); }).detach();
  }

private:
  void pause(std::unique_lock<std::mutex> &lock) {
    lock.unlock();
    std::this_thread::sleep_for(1s);
    lock.lock();
  }
  std::mutex names_lock_, index_lock_;
  std::vector<std::string> names_;
};

// ---- joins: the task needs the lock, or it does not ----
class bad_sampler {
public:
  void start() {
    thread_ = std::thread([this] { run(); }); // note: the task is started here
  }
  void stop() {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
    stopping_ = true;
    thread_.join(); // warning: this joins a thread while 'mutex_' is held, and the task needs 'mutex_' to end; neither goes on (a deadlock); join it after the lock is released
  }

private:
  void run() {
    while (!stopping_)
      sample(); // note: 'sample' is called here
  }
  void sample() {
    std::lock_guard lock(mutex_); // note: it locks 'mutex_' here
    ++samples_;
  }
  std::mutex mutex_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  int samples_ = 0;
};

class bad_pool {
public:
  void start() {
    for (int i = 0; i < 4; ++i)
      workers_.emplace_back(&bad_pool::run, this);
  }
  void resize() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    for (auto &w : workers_)
      w.join(); // warning: this joins a thread while 'mutex_' is held, and the task needs 'mutex_' to end
    workers_.clear();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_; });
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> workers_;
  bool stopping_ = false;
};

class ok_sampler {
public:
  void start() {
    std::lock_guard lock(control_);
    if (!thread_.joinable())
      thread_ = std::thread([this] { run(); });
  }
  void stop() {
    std::lock_guard lock(control_); // only who starts and stops needs it
    stopping_ = true;
    if (thread_.joinable())
      thread_.join();
  }

private:
  void run() {
    while (!stopping_) {
      std::unique_lock lock(data_, std::try_to_lock);
      if (lock)
        ++samples_;
    }
  }
  std::mutex control_, data_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  int samples_ = 0;
};

class ok_moved_out {
public:
  void start() {
    std::lock_guard lock(mutex_);
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    std::thread t;
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      t = std::move(thread_);
    }
    t.join();
  }

private:
  void run() {
    std::lock_guard lock(mutex_);
    ++runs_;
  }
  std::mutex mutex_;
  std::thread thread_;
  bool stopping_ = false;
  int runs_ = 0;
};

// ---- results ----
class bad_results {
public:
  int total() {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
    auto part = std::async(std::launch::async, [this] { // note: the task is started here
      std::lock_guard inner(mutex_); // note: it locks 'mutex_' here
      return count_;
    });
    return count_ + part.get(); // warning: this waits for a result while 'mutex_' is held, and the task needs 'mutex_' to end
  }
  int ask(std::future<int> answer) {
    std::lock_guard lock(mutex_);
    return count_ = answer.get(); // warning: this waits for a result while 'mutex_' is held; every thread that needs 'mutex_' waits as long; wait for it after the lock is released
  }

private:
  std::mutex mutex_;
  int count_ = 0;
};

class ok_results {
public:
  int total() {
    std::lock_guard lock(mutex_);
    auto part = std::async(std::launch::async, [this] { return other_.load(); });
    return count_ + part.get();
  }
  int ask(std::future<int> answer) {
    int n = answer.get();
    std::lock_guard lock(mutex_);
    return count_ = n;
  }
  void prune() {
    std::lock_guard lock(mutex_);
    std::erase_if(pending_, [](std::future<int> &f) { return f.wait_for(0s) == std::future_status::ready; });
    for (auto &f : pending_)
      if (f.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
        count_ += f.get();
  }

private:
  std::mutex mutex_;
  std::vector<std::future<int>> pending_;
  std::atomic<int> other_;
  int count_ = 0;
};

// ---- conditions, items, permits ----
class bad_conditions {
public:
  void wait_with_two() {
    std::lock_guard outer(config_); // note: 'config_' is locked here
    std::unique_lock lock(mutex_);
    ready_cv_.wait(lock, [this] { return ready_; }); // warning: this waits for a notification while 'config_' is held
  }
  void through() {
    std::lock_guard outer(config_);
    wait_ready(); // warning: this waits for a notification while 'config_' is held
  }
  void wait_ready() {
    std::unique_lock lock(mutex_);
    while (!ready_)
      ready_cv_.wait(lock); // note: it waits for a notification here
  }
  void on_atomic() {
    std::lock_guard lock(mutex_);
    state_.wait(0); // warning: this waits for a notification while 'mutex_' is held
  }
  void permit() {
    std::lock_guard lock(mutex_);
    slots_.acquire(); // warning: this waits for a permit while 'mutex_' is held
  }

private:
  std::mutex config_, mutex_;
  std::condition_variable ready_cv_;
  bool ready_ = false;
  std::atomic<int> state_;
  std::counting_semaphore<8> slots_{8};
};

class ok_conditions {
public:
  void own() {
    std::unique_lock lock(mutex_);
    ready_cv_.wait(lock, [this] { return ready_; });
  }
  void handed_down() {
    std::unique_lock lock(mutex_);
    wait(lock);
  }
  void handed_down_by_pointer() {
    std::unique_lock<std::mutex> lock(mutex_);
    waitFor(&lock, 5);
  }
  void looks() {
    std::unique_lock lock(mutex_);
    ready_cv_.wait_for(lock, 10ms);
    if (slots_.try_acquire())
      slots_.release();
  }

private:
  void wait(std::unique_lock<std::mutex> &held) {
    while (!ready_)
      ready_cv_.wait(held);
  }
  void waitFor(std::unique_lock<std::mutex> *held, int turns) {
    while (!ready_ && turns--)
      ready_cv_.wait(*held);
  }
  std::mutex mutex_;
  std::condition_variable ready_cv_;
  bool ready_ = false;
  std::counting_semaphore<8> slots_{8};
};

template <class T> class Inbox {
public:
  void push(T v) {
    {
      std::lock_guard l(m_);
      items_.push_back(std::move(v));
    }
    cv_.notify_one();
  }
  T pop() {
    std::unique_lock l(m_);
    cv_.wait(l, [this] { return !items_.empty(); });
    T v = std::move(items_.front());
    items_.pop_front();
    return v;
  }

private:
  std::mutex m_;
  std::condition_variable cv_;
  std::deque<T> items_;
};

class bad_receiver {
public:
  void next() {
    std::lock_guard lock(mutex_);
    last_ = inbox_.pop(); // warning: this waits for an item while 'mutex_' is held
  }

private:
  std::mutex mutex_;
  Inbox<int> inbox_;
  int last_ = 0;
};

class ok_receiver {
public:
  void next() {
    int n = inbox_.pop();
    std::lock_guard lock(mutex_);
    last_ = n;
  }
  void give(int n) {
    std::lock_guard lock(mutex_);
    inbox_.push(n);
  }

private:
  std::mutex mutex_;
  Inbox<int> inbox_;
  int last_ = 0;
};

// ---- the outside ----
struct bad_session {
  void run(const char *command) {
    pthread_mutex_lock(&lock); // note: 'lock' is locked here
    jobs.push_back(command);
    system(command); // warning: this waits for the outside while 'lock' is held
    pthread_mutex_unlock(&lock);
  }
  void drop() {
    pthread_mutex_lock(&lock);
    jobs.clear();
    pthread_mutex_unlock(&lock);
  }
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  std::vector<std::string> jobs;
};

struct ok_session {
  int drain(int fd, char *to, pollfd *all, int n) {
    pthread_mutex_lock(&lock);
    jobs.clear();
    int status, ready = poll(all, n, 0);
    waitpid(-1, &status, WNOHANG);
    auto got = recv(fd, to, 10, MSG_DONTWAIT);
    pthread_mutex_unlock(&lock);
    return ready + static_cast<int>(got);
  }
  void log(int fd, const char *text) {
    pthread_mutex_lock(&lock);
    jobs.push_back(text);
    [[maybe_unused]] auto n = write(fd, text, 1); // a file: risk at most
    pthread_mutex_unlock(&lock);
  }
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  std::vector<std::string> jobs;
};

/// The mutex only lets one at a time use the connection.
class ok_connection {
public:
  void request(const char *text, char *answer) {
    std::lock_guard lock(io_);
    send(fd_, text, 1, 0);
    recv(fd_, answer, 1, 0);
  }
  void ping() {
    std::lock_guard lock(io_);
    send(fd_, "p", 1, 0);
  }
  void end() {
    std::lock_guard lock(io_);
    close(fd_);
  }

private:
  std::mutex io_;
  int fd_ = -1;
};

/// What the only section guards is handed out: who needs a token that is there waits for one that is not.
class bad_tokens {
public:
  std::string token() {
    std::lock_guard lock(mutex_);
    if (token_.empty()) {
      char answer[64];
      auto n = recv(fd_, answer, sizeof answer, 0); // warning: this waits for the outside while 'mutex_' is held
      token_ = std::string(answer, n > 0 ? n : 0);
    }
    return token_;
  }

private:
  std::mutex mutex_;
  std::string token_;
  int fd_ = -1;
};

class ok_limiter {
public:
  void pass() {
    std::lock_guard lock(mutex_); // one after the other is what it is for
    std::this_thread::sleep_until(next_);
    next_ += 10ms;
  }

private:
  std::mutex mutex_;
  std::chrono::steady_clock::time_point next_;
};

// ---- callbacks under the lock that wait, and chains over classes ----
class Peer {
public:
  void disconnect() {
    std::promise<void> done;
    auto closed = done.get_future();
    post([&done] { done.set_value(); });
    closed.get(); // note: it waits for a result here
  }
  void post(std::function<void()>);
};
class bad_hub {
public:
  void closeAll() {
    std::lock_guard<std::mutex> lock(mutex_); // note: 'mutex_' is locked here
    for (auto &p : peers_)
      p->disconnect(); // warning: this waits for a result while 'mutex_' is held
    peers_.clear();
  }

private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Peer>> peers_;
};
class ok_hub {
public:
  void closeAll() {
    std::vector<std::shared_ptr<Peer>> gone;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      gone.swap(peers_);
    }
    for (auto &p : gone)
      p->disconnect();
  }

private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Peer>> peers_;
};

/// A lock written by hand, and its guard.
class Spin {
public:
  void lock() {
    while (flag_.exchange(true))
      std::this_thread::yield();
  }
  void unlock() { flag_ = false; }

private:
  std::atomic<bool> flag_ = false;
};
class SpinGuard {
public:
  explicit SpinGuard(Spin &s) : spin_(s) { spin_.lock(); }
  ~SpinGuard() { spin_.unlock(); }

private:
  Spin &spin_;
};
class bad_by_hand {
public:
  void add(int n) {
    SpinGuard hold(spin_); // note: 'spin_' is locked here
    all_.push_back(n);
    std::this_thread::sleep_for(1ms); // warning: this sleeps while 'spin_' is held
  }

private:
  Spin spin_;
  std::vector<int> all_;
};
class ok_by_hand {
public:
  void add(int n) {
    {
      SpinGuard hold(spin_);
      all_.push_back(n);
    }
    std::this_thread::sleep_for(1ms);
  }

private:
  Spin spin_;
  std::vector<int> all_;
};
// A back-off of microseconds.
class ok_short_sleep {
public:
  void drain() {
    std::lock_guard lock(mutex_);
    std::this_thread::sleep_for(std::chrono::microseconds(1));
    usleep(100);
  }

private:
  std::mutex mutex_;
};

// ---- a lock that only the wait needs -----------------------------------------------------------------------------------
bool probe();
void pauseFor(std::chrono::seconds time) {
  std::mutex m;
  std::condition_variable never;
  std::unique_lock lock(m);
  never.wait_for(lock, time, [] { return false; });
}
void ok_local_mutexes() {
  std::mutex m;
  std::condition_variable tick;
  std::unique_lock lock(m);
  while (!probe()) {
    pauseFor(std::chrono::seconds(30));
    tick.wait_for(lock, std::chrono::hours(1), [] { return false; });
  }
}
