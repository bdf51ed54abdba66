// RUN: %verify %s heddle-result-read-before-wait -- -std=c++20
// One member starts the task, another reads what it writes, and only then waits for it.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

int fetch(int);
void print(const std::string &, long);

class Sums {
public:
  ~Sums() { settle(); }
  void begin() {
    settle();
    worker_ = std::thread([this] { compute(); }); // note: the task is started here
  }
  void bad_write() {
    print("sum", sum()); // warning: 'sum_' is read while the task that writes it may still run
    settle();            // note: the task is waited for only here
    print("values", long(values_.size()));
  }

private:
  void compute() {
    for (int i = 0; i != 100; ++i) {
      values_.push_back(fetch(i));
      sum_ += values_.back(); // note: the task writes it here
    }
  }
  long sum() const { return sum_; } // note: it is read here
  void settle() {
    if (worker_.joinable())
      worker_.join();
  }
  std::vector<int> values_;
  long sum_ = 0;
  std::thread worker_;
};
class Report {
public:
  explicit Report(int n) {
    loading_ = std::async(std::launch::async, [this, n] { text_ = std::to_string(fetch(n)); });
  }
  std::string bad_take() {
    std::string head = text_.substr(0, 10); // warning: 'text_' is read while the task that writes it may still run
    loading_.get();
    return head + text_;
  }

private:
  std::string text_;
  std::future<void> loading_;
};
class List {
public:
  void start() { thread_ = std::jthread(&List::fill, this); }
  long bad_total() {
    long all = 0;
    for (int v : values_) // warning: 'values_' is read while the task that writes it may still run
      all += v;
    thread_.join();
    return all;
  }

private:
  void fill() { values_.push_back(fetch(1)); }
  std::vector<int> values_;
  std::jthread thread_;
};

class ok_WaitsFirst {
public:
  void start() { thread_ = std::thread([this] { fill(); }); }
  long total() {
    thread_.join();
    return std::accumulate(values_.begin(), values_.end(), 0L);
  }

private:
  void fill() { values_.push_back(fetch(1)); }
  std::vector<int> values_;
  std::thread thread_;
};
class ok_CallersWait { // they may call wait() first
public:
  void start() { thread_ = std::thread([this] { fill(); }); }
  void wait() {
    if (thread_.joinable())
      thread_.join();
  }
  std::size_t finish() {
    std::size_t n = values_.size();
    wait();
    return n;
  }

private:
  void fill() { values_.push_back(fetch(1)); }
  std::vector<int> values_;
  std::thread thread_;
};
class ok_Locked {
public:
  void start() { thread_ = std::thread([this] { fill(); }); }
  std::size_t stop() {
    std::size_t n = size();
    thread_.join();
    return n;
  }

private:
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return values_.size();
  }
  void fill() {
    std::lock_guard lock(mutex_);
    values_.push_back(fetch(1));
  }
  std::mutex mutex_;
  std::vector<int> values_;
  std::thread thread_;
};
class ok_Tells { // open() returns when the port is known
public:
  void open() {
    std::promise<void> ready;
    auto known = ready.get_future();
    thread_ = std::thread([this, &ready] {
      port_ = fetch(1);
      ready.set_value();
      fetch(2);
    });
    known.get();
  }
  void close() {
    print("closed", port_);
    thread_.join();
  }

private:
  int port_ = 0;
  std::thread thread_;
};
class ok_CallsBack {
public:
  explicit ok_CallsBack(std::function<void()> done) : done_(std::move(done)) {}
  void start() {
    thread_ = std::thread([this] {
      sum_ = fetch(1);
      done_();
    });
  }
  long stop() {
    long sum = sum_;
    thread_.join();
    return sum;
  }

private:
  std::function<void()> done_;
  long sum_ = 0;
  std::thread thread_;
};
class ok_Asks {
public:
  void start() { loading_ = std::async(std::launch::async, [this] { sum_ = fetch(1); }); }
  long sum() {
    if (loading_.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
      print("there", sum_);
    loading_.get();
    return sum_;
  }

private:
  long sum_ = 0;
  std::future<void> loading_;
};
class ok_Flags {
public:
  void start() {
    thread_ = std::thread([this] {
      open_ = true;
      sum_ = fetch(1);
      done_ = true;
    });
  }
  long stop() {
    if (open_)
      print("open", 1);
    long sum = done_ ? sum_ : 0;
    thread_.join();
    return sum;
  }

private:
  bool open_ = false;
  long sum_ = 0;
  std::atomic<bool> done_{false};
  std::thread thread_;
};
class ok_ReadsWhatStays {
public:
  explicit ok_ReadsWhatStays(std::vector<int> in) : in_(std::move(in)) {}
  void start() { thread_ = std::thread([this] { fill(); }); }
  std::size_t finish() {
    std::size_t n = in_.size();
    thread_.join();
    return n + out_.size();
  }

private:
  void fill() {
    for (int i : in_)
      out_.push_back(fetch(i));
  }
  std::vector<int> in_, out_;
  std::thread thread_;
};
