// RUN: %verify %s heddle-swallowed-task-error -- -std=c++20
// Futures that are waited for and never read; helpers that read them for a caller who wants to know.
#include <array>
#include <cstdio>
#include <exception>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

bool ready();
int quiet(int) noexcept;
void print(const char *);

int work(int i) {
  if (!ready())
    throw std::runtime_error("not ready"); // note: 'std::runtime_error' is thrown here
  return i;
}

void bad_one() {
  auto f = std::async(std::launch::async, work, 4);
  f.wait(); // warning: the task is only waited for, and nobody reads its result
}
void bad_list() {
  std::vector<std::future<int>> all;
  for (int i = 0; i != 9; ++i)
    all.push_back(std::async(std::launch::async, [i] { return work(i); })); // note: the task is started here // note: 'work' is called here
  for (auto &f : all)
    f.wait(); // warning: the task is only waited for, and nobody reads its result
}
class Generations {
public:
  int run() {
    evaluate();
    return best_;
  }

private:
  void step(int i) { best_ += work(i); }
  void evaluate() {
    std::array<std::future<void>, 4> running;
    for (int i = 0; i != 4; ++i)
      running[i] = std::async(std::launch::async, [this, i] { step(i); });
    for (auto &f : running)
      f.wait(); // warning: the task is only waited for, and nobody reads its result
  }
  int best_ = 0;
};
class Member {
public:
  void start() { task_ = std::async(std::launch::async, [] { work(1); }); }
  void bad_finish() {
    task_.wait(); // warning: the task is only waited for, and nobody reads its result
    print("done");
  }

private:
  std::future<void> task_;
};

void ok_read_afterwards() {
  std::vector<std::future<int>> all;
  for (int i = 0; i != 9; ++i)
    all.push_back(std::async(std::launch::async, work, i));
  for (auto &f : all)
    f.wait();
  for (auto &f : all)
    f.get();
}
void ok_nothing_is_thrown() {
  auto f = std::async(std::launch::async, quiet, 4);
  f.wait();
}
void ok_caught_by_the_task() {
  std::exception_ptr error;
  auto f = std::async(std::launch::async, [&] {
    try {
      work(1);
    } catch (...) {
      error = std::current_exception();
    }
  });
  f.wait();
  if (error)
    std::rethrow_exception(error);
}
std::future<int> ok_given_away() {
  auto f = std::async(std::launch::async, work, 4);
  f.wait();
  return f;
}
class ok_ReadElsewhere {
public:
  void start() { task_ = std::async(std::launch::async, [] { work(1); }); }
  void wait() { task_.wait(); }
  void finish() { task_.get(); }
  ~ok_ReadElsewhere() {
    if (task_.valid())
      task_.wait();
  }

private:
  std::future<void> task_;
};
class ok_Destructor { // nobody is there to learn of it
public:
  ok_Destructor() : task_(std::async(std::launch::async, [] { work(1); })) {}
  ~ok_Destructor() { task_.wait(); }

private:
  std::future<void> task_;
};

// ---- a helper reads them, and reports whether all went well ----
bool bad_settle(std::vector<std::future<void>> &tasks) {
  int failed = 0;
  for (auto &t : tasks) {
    try {
      t.get();
    } catch (const std::exception &e) { // warning: the error of the task is only logged here
      std::fprintf(stderr, "%s\n", e.what());
    }
  }
  return failed == 0;
}
bool ok_settle(std::vector<std::future<void>> &tasks) {
  int failed = 0;
  for (auto &t : tasks) {
    try {
      t.get();
    } catch (const std::exception &e) {
      std::fprintf(stderr, "%s\n", e.what());
      ++failed;
    }
  }
  return failed == 0;
}
void ok_drain(std::vector<std::future<void>> &tasks) { // the caller asks for no more
  for (auto &t : tasks) {
    try {
      t.get();
    } catch (const std::exception &e) {
      std::fprintf(stderr, "%s\n", e.what());
    }
  }
}
int ok_count(std::vector<std::future<void>> &tasks) {
  for (auto &t : tasks) {
    try {
      t.get();
    } catch (const std::exception &e) {
      std::fprintf(stderr, "%s\n", e.what());
    }
  }
  return int(tasks.size());
}
