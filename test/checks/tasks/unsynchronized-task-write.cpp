// RUN: %verify %s heddle-unsynchronized-task-write -- -std=c++20
// The seeds' rows; a lock, an atomic, a slot per task and a join make it right.
#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <future>
#include <latch>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

struct Result {
  int value = 0;
  std::string text;
};
Result fetch(const std::string &);
int measure(int);
void use(const std::vector<Result> &);

std::vector<Result> bad_S7_push_back(const std::vector<std::string> &urls) {
  std::vector<Result> results;
  std::vector<std::thread> threads;
  for (const auto &url : urls)
    threads.emplace_back([&, url] { results.push_back(fetch(url)); }); // warning: 'results' is written by several tasks without a common lock // note: the tasks that are started here run concurrently
  for (auto &t : threads)
    t.join();
  return results;
}

int bad_P7_counter(const std::vector<int> &ids) {
  int total = 0;
  std::vector<std::future<void>> all;
  for (int id : ids)
    all.push_back(std::async(std::launch::async, [&total, id] { total += measure(id); })); // warning: 'total' is written by several tasks without a common lock // note: the tasks that are started here run concurrently
  for (auto &f : all)
    f.get();
  return total;
}

void bad_map(const std::vector<std::string> &urls) {
  std::map<std::string, Result> byUrl;
  {
    std::vector<std::jthread> threads;
    for (const auto &url : urls)
      threads.emplace_back([&byUrl, url] { byUrl[url] = fetch(url); }); // warning: 'byUrl' is written by several tasks without a common lock // note: it is written concurrently here // note: the tasks that are started here run concurrently
  }
}

int bad_two_tasks() {
  int sum = 0;
  std::thread a([&] { sum += measure(1); }); // warning: 'sum' is written by two tasks without a common lock // note: the task is started here
  std::thread b([&] { sum += measure(2); }); // note: this one is started while the first may // note: it is written concurrently here
  a.join();
  b.join();
  return sum;
}

int bad_starter_too() {
  int sum = 0;
  std::thread a([&] { sum += measure(1); }); // warning: 'sum' is written by this task and by the code that started it // note: the task is started here
  sum += measure(2); // note: it is written concurrently here
  a.join();
  return sum;
}

class Scanner {
public:
  void bad_members(const std::vector<std::string> &files) {
    std::vector<std::thread> threads;
    for (const auto &file : files)
      threads.emplace_back([this, file] { // note: the tasks that are started here run concurrently
        Result r = fetch(file);
        found_.push_back(r); // warning: 'found_' is written by several tasks without a common lock
      });
    for (auto &t : threads)
      t.join();
  }
  void through_member(const std::vector<std::string> &files) {
    std::vector<std::thread> threads;
    for (const auto &file : files)
      threads.emplace_back([this, file] { add(fetch(file)); }); // note: in the call of 'add' here // note: the tasks that are started here run concurrently
    for (auto &t : threads)
      t.join();
  }
  void bad_one_locks(int n) {
    std::thread a([this] { // note: the task is started here
      std::lock_guard lock(mutex_);
      ++count_; // warning: 'count_' is written by two tasks without a common lock
    });
    std::thread b([this] { ++count_; }); // note: this one is started while the first may // note: it is written concurrently here
    a.join();
    b.join();
  }
  void ok_locked(const std::vector<std::string> &files) {
    std::vector<std::thread> threads;
    for (const auto &file : files)
      threads.emplace_back([this, file] { addLocked(fetch(file)); });
    for (auto &t : threads)
      t.join();
  }
  void ok_caller_locks(const std::vector<std::string> &files) {
    std::vector<std::thread> threads;
    for (const auto &file : files)
      threads.emplace_back([this, file] {
        std::scoped_lock lock(mutex_);
        add(fetch(file));
      });
    for (auto &t : threads)
      t.join();
  }

private:
  void add(Result r) { found_.push_back(std::move(r)); } // warning: 'found_' is written by several tasks without a common lock
  void addLocked(Result r) {
    std::unique_lock<std::mutex> lock(mutex_);
    found_.push_back(std::move(r));
  }
  std::mutex mutex_;
  int count_ = 0;
  std::vector<Result> found_;
};

void append(std::vector<Result> &out, const std::string &url) { out.push_back(fetch(url)); } // warning: 'results' is written by several tasks without a common lock
void through_function(const std::vector<std::string> &urls) {
  std::vector<Result> results;
  std::vector<std::thread> threads;
  for (const auto &url : urls)
    threads.emplace_back(append, std::ref(results), url); // note: the tasks that are started here run concurrently
  for (auto &t : threads)
    t.join();
}

void bad_optional(const std::vector<std::string> &urls) {
  std::optional<Result> first;
  std::vector<std::jthread> threads;
  for (const auto &url : urls)
    threads.emplace_back([&first, url] { // note: the tasks that are started here run concurrently
      Result r = fetch(url);
      if (!first) // note: it is read concurrently here
        first = r; // warning: 'first' is written by several tasks without a common lock
    });
}

void bad_same_slot(int n) {
  std::array<int, 4> sums{};
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&sums, i] { sums[0] += measure(i); }); // warning: 'sums' is written by several tasks without a common lock // note: the tasks that are started here run concurrently
  for (auto &t : threads)
    t.join();
}

void bad_lock_released(const std::vector<std::string> &urls) {
  std::mutex m;
  std::vector<Result> results;
  std::vector<std::thread> threads;
  for (const auto &url : urls)
    threads.emplace_back([&, url] { // note: the tasks that are started here run concurrently
      std::unique_lock lock(m);
      lock.unlock();
      results.push_back(fetch(url)); // warning: 'results' is written by several tasks without a common lock
    });
  for (auto &t : threads)
    t.join();
}

void bad_own_mutex(const std::vector<std::string> &urls) {
  std::vector<Result> results;
  std::vector<std::thread> threads;
  for (const auto &url : urls)
    threads.emplace_back([&, url] { // note: the tasks that are started here run concurrently
      std::mutex mine;
      std::lock_guard lock(mine);
      results.push_back(fetch(url)); // warning: 'results' is written by several tasks without a common lock
    });
  for (auto &t : threads)
    t.join();
}

// ---- silent ----------------------------------------------------------------------------------------------------------

void ok_slots(const std::vector<std::string> &urls) {
  std::vector<Result> results(urls.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < urls.size(); ++i)
    threads.emplace_back([&, i] { results[i] = fetch(urls[i]); });
  for (auto &t : threads)
    t.join();
}

void ok_slot_reference(const std::vector<std::string> &urls) {
  std::vector<Result> results(urls.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    Result &slot = results[i];
    threads.emplace_back([&slot, &url = urls[i]] { slot = fetch(url); });
  }
  for (auto &t : threads)
    t.join();
}

void ok_range(std::vector<int> &data) {
  const std::size_t half = data.size() / 2;
  auto fill = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
      data[i] = measure(static_cast<int>(i));
  };
  std::thread t(fill, 0, half);
  fill(half, data.size());
  t.join();
}

void ok_locked(const std::vector<std::string> &urls) {
  std::mutex m;
  std::vector<Result> results;
  std::vector<std::thread> threads;
  for (const auto &url : urls)
    threads.emplace_back([&, url] {
      Result r = fetch(url);
      std::lock_guard lock(m);
      results.push_back(std::move(r));
    });
  for (auto &t : threads)
    t.join();
}

int ok_atomic(const std::vector<int> &ids) {
  std::atomic<int> total{0};
  std::vector<std::thread> threads;
  for (int id : ids)
    threads.emplace_back([&total, id] { total += measure(id); });
  for (auto &t : threads)
    t.join();
  return total;
}

int ok_joined_between() {
  int sum = 0;
  std::thread a([&] { sum += measure(1); });
  a.join();
  std::thread b([&] { sum += measure(2); });
  b.join();
  sum += measure(3);
  return sum;
}

int ok_each_turn(const std::vector<int> &ids) {
  int sum = 0;
  for (int id : ids) {
    std::thread t([&sum, id] { sum += measure(id); });
    t.join();
  }
  return sum;
}

int ok_different_variables() {
  int a = 0, b = 0;
  std::thread first([&] { a = measure(1); });
  std::thread second([&] { b = measure(2); });
  first.join();
  second.join();
  return a + b;
}

struct Pair {
  int left = 0, right = 0;
};
int ok_different_fields() {
  Pair p;
  std::thread first([&] { p.left = measure(1); });
  std::thread second([&] { p.right = measure(2); });
  first.join();
  second.join();
  return p.left + p.right;
}

void ok_local_of_turn(const std::vector<std::string> &urls) {
  for (const auto &url : urls) {
    Result r;
    std::thread t([&r, &url] { r = fetch(url); });
    t.join();
    if (r.value)
      return;
  }
}

void ok_elements_by_reference(std::vector<Result> &all) {
  std::vector<std::thread> threads;
  for (Result &r : all)
    threads.emplace_back([&r] { r.value = measure(r.value); });
  for (auto &t : threads)
    t.join();
}

void ok_only_read(const std::vector<int> &ids) {
  std::vector<int> limits{1, 2, 3};
  std::vector<std::thread> threads;
  for (int id : ids)
    threads.emplace_back([&limits, id] { measure(limits[0] + id); });
  for (auto &t : threads)
    t.join();
}

void ok_barrier(int n) {
  std::vector<double> now(100), next(100);
  std::barrier sync(n, [&]() noexcept { now.swap(next); });
  std::vector<std::jthread> threads;
  for (int w = 0; w < n; ++w)
    threads.emplace_back([&, w] {
      for (int s = 0; s < 10; ++s) {
        next[w] = now[w] + 1;
        sync.arrive_and_wait();
      }
    });
}

void ok_first_one_writes(const std::vector<std::string> &urls) {
  std::atomic<bool> taken{false};
  Result winner;
  std::vector<std::jthread> threads;
  for (const auto &url : urls)
    threads.emplace_back([&, url] {
      Result r = fetch(url);
      if (!taken.exchange(true))
        winner = r;
    });
}

void ok_last_one_sums(int n) {
  std::atomic<int> left{n};
  std::vector<int> parts(n);
  int sum = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&, i] {
      parts[i] = measure(i);
      if (left.fetch_sub(1) == 1)
        sum = std::accumulate(parts.begin(), parts.end(), 0);
    });
}

int ok_waits_before(std::future<int> earlier) {
  int sum = 0;
  std::latch ready(1);
  std::thread t([&] {
    ready.wait();
    sum += 1;
  });
  sum = 5;
  ready.count_down();
  t.join();
  return sum;
}

void ok_thread_local(int n) {
  static thread_local int scratch;
  std::vector<std::jthread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([i] { scratch = i; });
}

void ok_task_locals(int n) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([i] {
      std::vector<int> mine;
      mine.push_back(i);
    });
}

void ok_copied(int n) {
  int base = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([base]() mutable { ++base; });
}

// The functor's lock is the one that its maker was given.
template <typename M> struct SumBody {
  M &mutex;
  int &sum;
  void operator()() const {
    std::lock_guard<M> lock(mutex);
    ++sum;
    ++total;
  }
  static inline int total = 0;
};
int ok_lock_behind_a_reference() {
  std::mutex m;
  int sum = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back(SumBody<std::mutex>{m, sum});
  return 0;
}

// It may be std::cerr, and several threads may write that.
extern std::ostream *log_to;
void ok_standard_stream(const std::vector<std::string> &urls) {
  std::vector<std::jthread> threads;
  for (const auto &url : urls)
    threads.emplace_back([url] { *log_to << url; });
}

void bad_string_stream(const std::vector<std::string> &urls) {
  std::ostringstream all;
  std::vector<std::jthread> threads;
  for (const auto &url : urls)
    threads.emplace_back([&all, url] { // note: the tasks that are started here run concurrently
      all << url;                      // warning: 'all' is written by several tasks without a common lock
    });
}

// Each task is given an element of its own, and works in it through members.
struct Part {
  std::vector<int> done;
  std::optional<Result> last;
  void add(int v) { done.push_back(v); }
  void run() {
    last = fetch("x");
    add(1);
  }
};
void work_on(Part *p) {
  p->run();
  p->add(2);
}
void ok_own_elements(std::vector<Part> &parts) {
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < parts.size(); ++i)
    threads.emplace_back(&work_on, &parts[i]);
  work_on(&parts[0]);
  for (auto &t : threads)
    t.join();
}
void ok_own_receivers(std::vector<Part> &parts) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < parts.size(); ++i)
    threads.emplace_back(&Part::run, &parts[i]);
  for (auto &t : threads)
    t.join();
}
void bad_one_element(std::vector<Part> &parts) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&parts] { parts.front().done.push_back(1); }); // warning: 'parts.done' is written by several tasks without a common lock // note: the tasks that are started here run concurrently
}

// A table that was filled where it is defined.
static std::map<int, std::string> names = {{0, "cold"}, {1, "hot"}};
void look_at(const std::string &);
void ok_table(int n) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([i] { look_at(names[i & 1]); });
}
void bad_table_changes(int n) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([i] { names[i] = "warm"; }); // warning: 'names' is written by several tasks without a common lock // note: the tasks that are started here run concurrently
}

// A part with members of its own is named where its owner uses it, and once.
class Packer {
public:
  void halves(const std::string &file) {
    std::jthread upper([this, &file] { bad_pack(file); });
    bad_pack(file);
  }
  void ok_halves(const std::string &file) {
    std::jthread upper([this, &file] { ok_pack(file); });
    ok_pack(file);
  }

private:
  struct Stats {
    void account(std::size_t n) {
      in += n;
      ++files;
    }
    std::size_t in = 0;
    int files = 0;
  };
  void bad_pack(const std::string &file) {
    stats_.account(file.size()); // warning: 'stats_' is written by this task and by the code that started it
  }
  void ok_pack(const std::string &file) {
    std::lock_guard lock(mutex_);
    counted_.account(file.size());
  }
  Stats stats_, counted_;
  std::mutex mutex_;
};

// A part of one's own that then got a name; what is chosen in it stays in that part.
using Row = std::vector<int>;
struct Sheet {
  Row cells;
};
void ok_named_part(std::vector<Row> &rows) {
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < rows.size(); ++i)
    threads.emplace_back([&rows, i] {
      auto &row = rows[i];
      row[0] = 1;
      for (int &cell : row)
        cell = 2;
      for (int &cell : rows[i])
        cell = 3;
    });
}
void ok_named_part_with_members(std::vector<Sheet> &sheets, std::vector<Sheet *> &others) {
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < sheets.size(); ++i)
    threads.emplace_back([&sheets, &others, i] {
      Sheet &s = sheets[i];
      s.cells[0] = 1;
      Sheet *o = others[i];
      for (int &cell : o->cells)
        cell = 2;
    });
}
void bad_named_part_of_all(std::vector<Row> &rows) {
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < rows.size(); ++i)
    threads.emplace_back([&rows] { // note: the tasks that are started here run concurrently
      auto &row = rows[0];
      row[0] = 1; // warning: 'rows' is written by several tasks without a common lock
    });
}
void bad_every_part(std::vector<int> &cells) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&cells] { // note: the tasks that are started here run concurrently
      for (int &cell : cells)
        cell = 2; // warning: 'cells' is written by several tasks without a common lock
    });
}

// Moving an iterator of one's own on changes nothing of the container.
void ok_own_iterator(int n) {
  std::map<int, Result> all{{1, {}}};
  std::vector<std::jthread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&all] {
      for (auto it = all.begin(); it != all.end(); ++it)
        look_at(it->second.text);
    });
}
void bad_through_own_iterator(int n) {
  std::vector<int> all(9);
  std::vector<std::jthread> threads;
  for (int i = 0; i < n; ++i)
    threads.emplace_back([&all] { // note: the tasks that are started here run concurrently
      for (auto it = all.begin(); it != all.end(); ++it)
        *it = 1; // warning: 'all' is written by several tasks without a common lock
    });
}

// What the arguments of the start leave out is not done by the task.
class Pump {
public:
  void ok_run(bool here) {
    if (here) {
      drain();
    } else {
      worker_ = new std::thread(&Pump::ok_run, this, true);
      worker_->join();
    }
  }
  void ok_early(int mode) {
    if (mode == 1) {
      drain();
      return;
    }
    other_ = new std::thread(&Pump::ok_early, this, 1);
    other_->join();
  }
  void bad_run(bool here) {
    if (here)
      level_ = measure(2); // warning: 'level_' is written by this task and by the code that started it
    else {
      second_ = std::thread(&Pump::bad_run, this, true); // note: the task is started here
      level_ = measure(1);                               // note: it is written concurrently here
      second_.join();
    }
  }

private:
  void drain();
  std::thread *worker_ = nullptr, *other_ = nullptr, second_;
  int level_ = 0;
};

// A lambda of one's own starts one task for each of what it is given.
void ok_each_its_own(Result a, Result b) {
  std::vector<std::jthread> threads;
  auto start = [&threads](Result &one) { threads.emplace_back([&one] { one.value = measure(one.value); }); };
  start(a);
  start(b);
}

// ---- elements that constants choose ------------------------------------------------------------------------------------
int half(int first);
int ok_two_halves() {
  std::array<int, 2> done{};
  std::thread other([&] { done[0] = half(0); });
  done[1] = half(1);
  other.join();
  return done[0] + done[1];
}
int bad_one_half() {
  std::array<int, 2> done{};
  std::thread other([&] { done[0] = half(0); }); // warning: 'done' is written by this task
  done[0] = half(1);
  other.join();
  return done[0];
}
