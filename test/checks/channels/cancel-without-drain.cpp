// RUN: %verify %s heddle-cancel-without-drain -- -std=c++20
// The seed's row (L18: the consumer returns on the stop and drops what is queued).
#include "Inputs/channel.h"
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <queue>
#include <stop_token>
#include <string>
#include <thread>

void write(const std::string &);

// ---- the seed ----
class bad_Logger {
public:
  void open() {
    worker_ = std::jthread([this](std::stop_token stop) { run(stop); });
  }
  void submit(std::string line) {
    {
      std::lock_guard lock(mutex_);
      lines_.push_back(std::move(line)); // note: 'submit' puts items into 'lines_' here
    }
    wake_.notify_one();
  }
  void close() { worker_.request_stop(); }

private:
  void run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) { // warning: the task ends here on a stop, although items may be left in 'lines_'; they are dropped
      wake_.wait(lock, stop, [this] { return !lines_.empty(); });
      if (lines_.empty())
        continue;
      std::string line = std::move(lines_.front());
      lines_.pop_front();
      lock.unlock();
      write(line);
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::string> lines_;
  std::jthread worker_;
};
class ok_Logger {
public:
  void open() {
    worker_ = std::jthread([this](std::stop_token stop) { run(stop); });
  }
  void submit(std::string line) {
    {
      std::lock_guard lock(mutex_);
      lines_.push_back(std::move(line));
    }
    wake_.notify_one();
  }
  void close() { worker_.request_stop(); }

private:
  void run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (wake_.wait(lock, stop, [this] { return !lines_.empty(); })) {
      std::string line = std::move(lines_.front());
      lines_.pop_front();
      lock.unlock();
      write(line);
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::string> lines_;
  std::jthread worker_;
};

// ---- other shapes ----
struct bad_flag {
  class Writer {
  public:
    Writer() : worker_(&Writer::run, this) {}
    ~Writer() {
      {
        std::lock_guard lock(mutex_);
        stop_ = true; // note: the stop is requested here
      }
      wake_.notify_all();
      worker_.join();
    }
    void add(std::string line) {
      std::lock_guard lock(mutex_);
      lines_.push(std::move(line));
      wake_.notify_one();
    }

  private:
    void run() {
      for (;;) {
        std::string line;
        {
          std::unique_lock lock(mutex_);
          wake_.wait(lock, [this] { return stop_ || !lines_.empty(); });
          if (stop_)
            return; // warning: the task ends here on a stop, although items may be left in 'lines_'
          line = std::move(lines_.front());
          lines_.pop();
        }
        write(line);
      }
    }
    std::mutex mutex_;
    std::condition_variable wake_;
    std::queue<std::string> lines_;
    bool stop_ = false;
    std::thread worker_;
  };
};
class bad_Channel {
public:
  void start() {
    worker_ = std::thread([this] {
      while (running_) { // warning: the task ends here on a stop, although items may be left in 'lines_'
        if (auto line = lines_.receive())
          write(*line);
      }
    });
  }
  void add(std::string line) { lines_.send(std::move(line)); }
  void stop() {
    running_ = false;
    lines_.send("");
    worker_.join();
  }

private:
  std::atomic<bool> running_{true};
  Channel<std::string> lines_;
  std::thread worker_;
};

// ---- silent ----
class ok_AsksBoth {
public:
  void start() { worker_ = std::thread(&ok_AsksBoth::run, this); }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    worker_.join();
  }
  void add(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push(std::move(line));
    wake_.notify_one();
  }

private:
  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || !lines_.empty(); });
      if (stop_ && lines_.empty())
        return;
      std::string line = std::move(lines_.front());
      lines_.pop();
      lock.unlock();
      write(line);
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::queue<std::string> lines_;
  bool stop_ = false;
  std::thread worker_;
};
class ok_DrainsAfter {
public:
  void start() { worker_ = std::thread(&ok_DrainsAfter::run, this); }
  void stop() {
    stop_ = true;
    wake_.notify_all();
    worker_.join();
  }
  void add(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push(std::move(line));
    wake_.notify_one();
  }

private:
  void writeFirst() {
    std::string line = std::move(lines_.front());
    lines_.pop();
    write(line);
  }
  void run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      wake_.wait(lock, [this] { return stop_ || !lines_.empty(); });
      if (!lines_.empty())
        writeFirst();
    }
    while (!lines_.empty())
      writeFirst();
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::queue<std::string> lines_;
  std::atomic<bool> stop_{false};
  std::thread worker_;
};
class ok_Clears {
public:
  void start() { worker_ = std::thread(&ok_Clears::run, this); }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
      lines_.clear(); // they are not wanted any more
    }
    wake_.notify_all();
    worker_.join();
  }
  void add(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    wake_.notify_one();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      wake_.wait(lock, [this] { return stop_ || !lines_.empty(); });
      if (lines_.empty())
        continue;
      std::string line = std::move(lines_.front());
      lines_.pop_front();
      write(line);
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> lines_;
  bool stop_ = false;
  std::thread worker_;
};
class ok_OwnerFlushes {
public:
  void start() { worker_ = std::thread(&ok_OwnerFlushes::run, this); }
  void stop() {
    stop_ = true;
    wake_.notify_all();
    worker_.join();
    for (const std::string &line : lines_)
      write(line);
  }
  void add(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    wake_.notify_one();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      wake_.wait(lock, [this] { return stop_ || !lines_.empty(); });
      if (lines_.empty())
        continue;
      std::string line = std::move(lines_.front());
      lines_.pop_front();
      write(line);
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> lines_;
  std::atomic<bool> stop_{false};
  std::thread worker_;
};
class ok_Sentinel {
public:
  void start() {
    worker_ = std::thread([this] {
      while (auto line = lines_.receive()) {
        if (line->empty())
          break;
        write(*line);
      }
    });
  }
  void add(std::string line) { lines_.send(std::move(line)); }
  void stop() {
    lines_.send("");
    worker_.join();
  }

private:
  Channel<std::string> lines_;
  std::thread worker_;
};

// ---- jobs that a pool has not begun when it is destroyed ----
class ok_Pool {
public:
  ok_Pool() : worker_([this] { run(); }) {}
  ~ok_Pool() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    worker_.join();
  }
  void add(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    wake_.notify_one();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (jobs_.empty()) {
        wake_.wait(lock);
        continue;
      }
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread worker_;
};
struct bad_pool_of_a_function {
class Pool {
public:
  explicit Pool(int workers) {
    for (int i = 0; i != workers; ++i)
      workers_.emplace_back([this] { run(); });
  }
  ~Pool() { end(); }
  void add(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job)); // note: 'add' puts items into 'jobs_' here
    wake_.notify_one();
  }
  std::size_t size() const { return workers_.size(); }

private:
  void end() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true; // note: the stop is requested here
    }
    wake_.notify_all();
    for (auto &worker : workers_)
      worker.join();
  }
  void run() {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (stopping_)
          return; // warning: the task ends here on a stop, although items may be left in 'jobs_'; they are dropped; drain it before the task ends, or clear it explicitly
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      job();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};
void loadAll(std::vector<std::string> &paths) { // expects its destructor to finish what it was given
  Pool pool(4);
  for (auto &path : paths)
    pool.add([&path] { path += std::to_string(path.size()); });
}
};
class ok_PoolThatIsWaitedFor {
public:
  ok_PoolThatIsWaitedFor() : worker_([this] { run(); }) {}
  ~ok_PoolThatIsWaitedFor() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    worker_.join();
  }
  void add(std::function<void()> job) {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    wake_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return jobs_.empty(); });
  }

private:
  void run() {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (stopping_)
          return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
        idle_.notify_all();
      }
      job();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread worker_;
};
void loadAndWait(std::vector<std::string> &paths) {
  ok_PoolThatIsWaitedFor pool;
  for (auto &path : paths)
    pool.add([&path] { path += std::to_string(path.size()); });
  pool.wait();
}
// ---- nobody waits for the task: the items are the least that is lost ----
class ok_NeverJoined {
public:
  void start() { worker_ = new std::thread([this] { run(); }); }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
  }
  void receive(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    wake_.notify_one();
  }

private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (lines_.empty()) {
        wake_.wait(lock);
        continue;
      }
      write(lines_.front());
      lines_.pop_front();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> lines_;
  bool stopping_ = false;
  std::thread *worker_ = nullptr;
};

class ok_Recurring { // what the task puts back itself is never done
public:
  void start() { worker_ = std::thread(&ok_Recurring::run, this); }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    worker_.join();
  }
  void add(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push(std::move(line));
    wake_.notify_one();
  }

private:
  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || !lines_.empty(); });
      if (stop_)
        return;
      std::string line = std::move(lines_.front());
      lines_.pop();
      write(line);
      lines_.push(std::move(line));
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::queue<std::string> lines_;
  bool stop_ = false;
  std::thread worker_;
};

// ---- the taking and the test stand in a helper ----
struct bad_in_a_helper {
  class Journal {
  public:
    Journal() : thread_(&Journal::run, this) {}
    ~Journal() { shutdown(); }
    void append(std::string line) {
      std::lock_guard lock(mutex_);
      lines_.push_back(std::move(line)); // note: 'append' puts items into 'lines_' here
      wake_.notify_one();
    }
    void shutdown() {
      {
        std::lock_guard lock(mutex_);
        closing_ = true;
      }
      wake_.notify_all();
      if (thread_.joinable())
        thread_.join();
    }

  private:
    std::optional<std::string> next() {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || !lines_.empty(); });
      if (closing_)
        return std::nullopt; // warning: the task ends here on a stop, although items may be left in 'lines_'
      std::string line = std::move(lines_.front());
      lines_.pop_front();
      return line;
    }
    void run() {
      while (auto line = next())
        write(*line);
    }
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::string> lines_;
    bool closing_ = false;
    std::thread thread_;
  };
};
class ok_Journal {
public:
  ok_Journal() : thread_(&ok_Journal::run, this) {}
  ~ok_Journal() { shutdown(); }
  void append(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    wake_.notify_one();
  }
  void shutdown() {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable())
      thread_.join();
  }

private:
  bool next(std::string &line) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return closing_ || !lines_.empty(); });
    if (lines_.empty())
      return false;
    line = std::move(lines_.front());
    lines_.pop_front();
    return true;
  }
  void run() {
    for (;;) {
      std::string line;
      if (!next(line))
        break;
      write(line);
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> lines_;
  bool closing_ = false;
  std::thread thread_;
};
// ---- all at once ----
struct bad_at_once {
  class Batches {
  public:
    Batches() : thread_([this] { run(); }) {}
    ~Batches() { stop(); }
    void add(std::string line) {
      std::lock_guard lock(mutex_);
      lines_.push_back(std::move(line));
      wake_.notify_one();
    }
    void stop() {
      {
        std::lock_guard lock(mutex_);
        stop_ = true;
      }
      wake_.notify_all();
      if (thread_.joinable())
        thread_.join();
    }

  private:
    void run() {
      std::deque<std::string> batch;
      for (;;) {
        {
          std::unique_lock lock(mutex_);
          wake_.wait(lock, [this] { return stop_ || !lines_.empty(); });
          if (stop_)
            return; // warning: the task ends here on a stop, although items may be left in 'lines_'
          batch.swap(lines_);
        }
        for (const std::string &line : batch)
          write(line);
        batch.clear();
      }
    }
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::string> lines_;
    bool stop_ = false;
    std::thread thread_;
  };
};
class ok_Batches {
public:
  ok_Batches() : thread_([this] { run(); }) {}
  ~ok_Batches() { stop(); }
  void add(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    wake_.notify_one();
  }
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable())
      thread_.join();
  }

private:
  void run() {
    for (;;) {
      std::deque<std::string> batch;
      bool last = false;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stop_ || !lines_.empty(); });
        batch.swap(lines_);
        last = stop_;
      }
      for (const std::string &line : batch)
        write(line);
      if (last)
        return;
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> lines_;
  bool stop_ = false;
  std::thread thread_;
};
// ---- a task that gives up by itself: what is left came in too late ----
class ok_Connection {
public:
  ok_Connection() : thread_([this] { run(); }) {}
  ~ok_Connection() {
    drop();
    thread_.join();
  }
  void received(std::string packet) {
    std::lock_guard lock(mutex_);
    packets_.push(std::move(packet));
    wake_.notify_one();
  }

private:
  bool handle(const std::string &packet);
  void drop() {
    std::lock_guard lock(mutex_);
    up_ = false;
    wake_.notify_all();
  }
  void run() {
    while (up_) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !up_ || !packets_.empty(); });
      if (packets_.empty())
        continue;
      std::string packet = std::move(packets_.front());
      packets_.pop();
      lock.unlock();
      if (!handle(packet))
        drop();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::queue<std::string> packets_;
  std::atomic<bool> up_{true};
  std::thread thread_;
};

// ---- queues that lose items anyway: what finds no room is left out without a word ----
class ok_LeavesOutWhenFull {
public:
  ok_LeavesOutWhenFull() : thread_(&ok_LeavesOutWhenFull::run, this) {}
  ~ok_LeavesOutWhenFull() { shutdown(); }
  void append(std::string line) {
    std::lock_guard lock(mutex_);
    if (lines_.size() >= 100) {
      dropped_.fetch_add(1);
      return;
    }
    lines_.push_back(std::move(line));
    wake_.notify_one();
  }
  void shutdown() {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable())
      thread_.join();
  }

private:
  void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || !lines_.empty(); });
      if (closing_)
        return;
      write(lines_.front());
      lines_.pop_front();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> lines_;
  std::atomic<int> dropped_{0};
  bool closing_ = false;
  std::thread thread_;
};
class ok_TakesWhatFits {
public:
  void start() { thread_ = std::jthread([this](std::stop_token stop) { run(stop); }); }
  void add(const std::string &line) {
    std::lock_guard lock(mutex_);
    if (lines_.size() < 100)
      lines_.push_back(line);
    wake_.notify_one();
  }

private:
  void run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wake_.wait(lock, stop, [this] { return !lines_.empty(); });
      if (lines_.empty())
        continue;
      write(lines_.front());
      lines_.pop_front();
    }
  }
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::string> lines_;
  std::jthread thread_;
};
class bad_TellsWhenFull { // the caller knows what was taken
public:
  void start() { thread_ = std::jthread([this](std::stop_token stop) { run(stop); }); }
  bool add(const std::string &line) {
    std::lock_guard lock(mutex_);
    if (lines_.size() >= 100)
      return false;
    lines_.push_back(line);
    wake_.notify_one();
    return true;
  }

private:
  void run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) { // warning: the task ends here on a stop, although items may be left in 'lines_'
      wake_.wait(lock, stop, [this] { return !lines_.empty(); });
      if (lines_.empty())
        continue;
      write(lines_.front());
      lines_.pop_front();
    }
  }
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::string> lines_;
  std::jthread thread_;
};
class bad_ThrowsWhenFull {
public:
  void start() { thread_ = std::jthread([this](std::stop_token stop) { run(stop); }); }
  void add(const std::string &line) {
    std::lock_guard lock(mutex_);
    if (lines_.size() >= 100)
      throw line;
    lines_.push_back(line);
    wake_.notify_one();
  }

private:
  void run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) { // warning: the task ends here on a stop, although items may be left in 'lines_'
      wake_.wait(lock, stop, [this] { return !lines_.empty(); });
      if (lines_.empty())
        continue;
      write(lines_.front());
      lines_.pop_front();
    }
  }
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::string> lines_;
  std::jthread thread_;
};
