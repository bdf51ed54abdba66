// RUN: %verify %s heddle-swallowed-task-error -- -std=c++20
// Hand-written pools: errors that the worker catches, and those that end in a future which nobody reads.
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

void convert(int);
void check(int n) {
  if (n < 0)
    throw std::runtime_error("negative");
}
int count(int) noexcept;

// ---- the worker catches ------------------------------------------------------------------------------------------------
struct bad_logged {
  class Pool {
  public:
    explicit Pool(unsigned count) {
      for (unsigned i = 0; i < count; ++i)
        threads_.emplace_back([this] { work(); });
    }
    ~Pool() {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        stopped_ = true;
      }
      changed_.notify_all();
      for (auto &thread : threads_)
        thread.join();
    }
    void add(std::function<void()> job) {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        jobs_.push_back(std::move(job));
        ++pending_;
      }
      changed_.notify_one();
    }
    void wait() {
      std::unique_lock<std::mutex> lock(mutex_);
      idle_.wait(lock, [this] { return pending_ == 0; });
    }

  private:
    void work() {
      for (;;) {
        std::function<void()> job;
        {
          std::unique_lock<std::mutex> lock(mutex_);
          changed_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
          if (jobs_.empty())
            return;
          job = std::move(jobs_.front());
          jobs_.pop_front();
        }
        try {
          job();
        } catch (const std::exception &e) { // warning: the worker catches the error of a job, which is at most logged; who waits for all jobs continues as if all work was done; keep the error, and rethrow it from the wait
          std::fprintf(stderr, "job failed: %s\n", e.what());
        }
        std::lock_guard<std::mutex> lock(mutex_);
        if (--pending_ == 0)
          idle_.notify_all();
      }
    }
    std::mutex mutex_;
    std::condition_variable changed_, idle_;
    std::deque<std::function<void()>> jobs_;
    unsigned pending_ = 0;
    bool stopped_ = false;
    std::vector<std::thread> threads_;
  };
  static void convertAll(const std::vector<int> &pages) {
    Pool pool(4);
    for (int page : pages)
      pool.add([page] { convert(page); }); // note: a job that may throw is given to the pool here
    pool.wait();                           // note: all jobs are waited for here
    std::puts("done");
  }
};
struct bad_crew { // a thread for each job
  class Crew {
  public:
    void run(std::function<void()> job) {
      threads_.emplace_back([job] {
        try {
          job();
        } catch (...) { // warning: the worker catches the error of a job, which is at most logged
        }
      });
    }
    void join() {
      for (auto &thread : threads_)
        thread.join();
      threads_.clear();
    }

  private:
    std::vector<std::thread> threads_;
  };
  static void checkAll(const std::vector<int> &all) {
    Crew crew;
    for (int n : all)
      crew.run([n] { check(n); });
    crew.join();
  }
};
struct ok_kept { // and rethrown by the wait
  class Crew {
  public:
    void run(std::function<void()> job) {
      threads_.emplace_back([this, job] {
        try {
          job();
        } catch (...) {
          std::lock_guard<std::mutex> lock(mutex_);
          error_ = std::current_exception();
        }
      });
    }
    void join() {
      for (auto &thread : threads_)
        thread.join();
      threads_.clear();
      if (error_)
        std::rethrow_exception(error_);
    }

  private:
    std::mutex mutex_;
    std::exception_ptr error_;
    std::vector<std::thread> threads_;
  };
  static void checkAll(const std::vector<int> &all) {
    Crew crew;
    for (int n : all)
      crew.run([n] { check(n); });
    crew.join();
  }
};
struct ok_counted {
  class Crew {
  public:
    void run(std::function<void()> job) {
      threads_.emplace_back([this, job] {
        try {
          job();
        } catch (...) {
          std::lock_guard<std::mutex> lock(mutex_);
          ++failed_;
        }
      });
    }
    int join() {
      for (auto &thread : threads_)
        thread.join();
      return failed_;
    }

  private:
    std::mutex mutex_;
    int failed_ = 0;
    std::vector<std::thread> threads_;
  };
  static int checkAll(const std::vector<int> &all) {
    Crew crew;
    for (int n : all)
      crew.run([n] { check(n); });
    return crew.join();
  }
};
struct ok_nothing_throws {
  class Crew {
  public:
    void run(std::function<void()> job) {
      threads_.emplace_back([job] {
        try {
          job();
        } catch (...) {
        }
      });
    }
    void join() {
      for (auto &thread : threads_)
        thread.join();
    }

  private:
    std::vector<std::thread> threads_;
  };
  static void countAll(const std::vector<int> &all) {
    Crew crew;
    for (int n : all)
      crew.run([n]() noexcept { count(n); });
    crew.join();
  }
};
struct ok_nobody_waits { // at the boundary of a thread, to log is right
  class Crew {
  public:
    void run(std::function<void()> job) {
      threads_.emplace_back([job] {
        try {
          job();
        } catch (...) {
          std::puts("failed");
        }
      });
    }
    ~Crew() {
      for (auto &thread : threads_)
        thread.join();
    }

  private:
    std::vector<std::thread> threads_;
  };
  static void start(Crew &crew) {
    crew.run([] { check(1); });
  }
};

// ---- the future keeps it -----------------------------------------------------------------------------------------------
class Pool {
public:
  explicit Pool(unsigned count) {
    for (unsigned i = 0; i < count; ++i)
      threads_.emplace_back([this] { work(); });
  }
  ~Pool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    for (auto &thread : threads_)
      thread.join();
  }
  template <typename F> std::future<void> submit(F &&f) {
    std::packaged_task<void()> task{std::forward<F>(f)};
    auto result = task.get_future();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return result;
  }

private:
  void work() {
    for (;;) {
      std::packaged_task<void()> task;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this] { return stopped_ || !tasks_.empty(); });
        if (tasks_.empty())
          return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::packaged_task<void()>> tasks_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};
void bad_waits_only(Pool &pool, const std::vector<int> &all) {
  std::vector<std::future<void>> results;
  for (int n : all)
    results.push_back(pool.submit([n] { check(n); })); // note: the task is started here
  for (auto &result : results)
    result.wait(); // warning: the task is only waited for, and nobody reads its result
}
void bad_one(Pool &pool, int n) {
  auto result = pool.submit([n] { check(n); });
  convert(2);
  result.wait(); // warning: the task is only waited for, and nobody reads its result
}
void ok_reads(Pool &pool, const std::vector<int> &all) {
  std::vector<std::future<void>> results;
  for (int n : all)
    results.push_back(pool.submit([n] { check(n); }));
  for (auto &result : results)
    result.wait();
  for (auto &result : results)
    result.get();
}
void ok_nothing_is_thrown(Pool &pool) {
  auto result = pool.submit([] { count(1); });
  result.wait();
}
