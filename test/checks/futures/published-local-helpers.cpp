// RUN: %verify %s heddle-published-local -- -std=c++20
// A helper hands over the reference: the caller alone sees that its own local changes or dies.
#include "Inputs/blocking_queue.h"
#include <condition_variable>
#include <cstdarg>
#include <cstdio>
#include <deque>
#include <future>
#include <istream>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

struct Limits {
  int depth = 4;
  bool strict = false;
};
void walk(const Limits &);
int sum(std::span<const int>);
void wait(std::vector<std::jthread> &);

// ---- tasks that a helper starts ----------------------------------------------------------------------------------------
class Walker {
public:
  void bad_changes_for_the_next() {
    std::vector<std::jthread> walks;
    Limits limits;
    start(walks, limits); // note: the task is started here
    limits.depth *= 2; // warning: 'limits.depth' is modified while a task that holds a reference to it may still read it
    start(walks, limits);
  }
  void ok_copies() {
    std::vector<std::jthread> walks;
    Limits limits;
    startCopy(walks, limits);
    limits.depth *= 2;
    startCopy(walks, limits);
  }
  void ok_another_one() {
    std::vector<std::jthread> walks;
    Limits near, far;
    far.depth = 8;
    start(walks, near);
    far.depth *= 2;
    start(walks, far);
  }
  void ok_waits_between() {
    std::vector<std::jthread> walks;
    Limits limits;
    start(walks, limits);
    walks.clear();
    limits.depth *= 2;
    start(walks, limits);
  }
  void ok_helper_waits() {
    Limits limits;
    startAndWait(limits);
    limits.depth *= 2;
    startAndWait(limits);
  }
  void bad_future_of_a_helper() {
    Limits limits;
    auto f = begin(limits);
    limits.strict = true;
    limits.depth = 1; // warning: 'limits.depth' is modified while a task that holds a reference to it may still read it
    f.get();
    limits.depth = 2;
  }
  void ok_future_of_a_helper() {
    Limits limits;
    auto f = begin(limits);
    f.get();
    limits.depth = 2;
  }

private:
  static void start(std::vector<std::jthread> &to, const Limits &limits) {
    to.emplace_back([&limits] { walk(limits); });
  }
  static void startCopy(std::vector<std::jthread> &to, const Limits &limits) {
    to.emplace_back([limits] { walk(limits); });
  }
  static void startAndWait(const Limits &limits) {
    std::jthread t([&limits] { walk(limits); });
    t.join();
  }
  static std::future<void> begin(const Limits &limits) {
    return std::async(std::launch::async, [&limits] { walk(limits); });
  }
};

// ---- views -------------------------------------------------------------------------------------------------------------------
void bad_fills_again(std::istream &in) {
  std::vector<char> block(4096);
  std::vector<std::future<int>> sums;
  while (in.read(block.data(), 4096)) { // warning: 'block' is modified while a task that holds a reference to it may still read it
    std::span<const char> bytes(block);
    sums.push_back(std::async(std::launch::async, [bytes] { return static_cast<int>(bytes.size()) + bytes[0]; }));
  }
}
void ok_fills_a_new_one(std::istream &in) {
  std::vector<std::future<int>> sums;
  for (;;) {
    std::vector<char> block(4096);
    if (!in.read(block.data(), 4096))
      break;
    sums.push_back(std::async(std::launch::async, [block] { return static_cast<int>(block.size()); }));
  }
}
void ok_asked_before_the_next(std::istream &in) {
  std::vector<char> block(4096);
  while (in.read(block.data(), 4096)) {
    std::span<const char> bytes(block);
    auto sum = std::async(std::launch::async, [bytes] { return static_cast<int>(bytes[0]); });
    sum.get();
  }
}

// ---- promises that a helper fulfils --------------------------------------------------------------------------------------------
void publish(std::promise<const Limits *> &p, const Limits &limits) {
  p.set_value(&limits); // note: it is passed on here
}
void bad_published_by_a_helper(std::promise<const Limits *> &p) {
  Limits limits;
  publish(p, limits);
  limits.depth = 9; // warning: 'limits' is modified after it was shared by reference with another task as the value of a future
}
void tell(std::promise<std::string_view> &p, std::string_view text) { p.set_value(text); }
void bad_view_by_a_helper(std::promise<std::string_view> &p, int n) {
  std::string text = std::to_string(n);
  tell(p, text); // warning: a reference to local 'text' is handed to another task as the value of a future
}
void ok_the_callers(std::promise<const Limits *> &p, const Limits &limits) { publish(p, limits); }
void publishCopy(std::promise<Limits> &p, const Limits &limits) { p.set_value(limits); }
void ok_copy_by_a_helper(std::promise<Limits> &p) {
  Limits limits;
  publishCopy(p, limits);
  limits.depth = 9;
}

// ---- a queue that a thread of its own empties -----------------------------------------------------------------------------------
struct Line {
  int level;
  const char *text;
};
struct OwnLine {
  int level;
  std::string text;
};
template <class T> class Printer {
public:
  ~Printer() {
    {
      std::lock_guard<std::mutex> lock(m_);
      closing_ = true;
    }
    cv_.notify_all();
    thread_.join();
  }
  void print(T line) {
    {
      std::lock_guard<std::mutex> lock(m_);
      lines_.push_back(std::move(line));
    }
    cv_.notify_one();
  }
  void flush();

private:
  void run() {
    std::unique_lock<std::mutex> lock(m_);
    for (;;) {
      while (lines_.empty() && !closing_)
        cv_.wait(lock);
      if (lines_.empty())
        return;
      T line = std::move(lines_.front());
      lines_.pop_front();
      lock.unlock();
      show(line);
      lock.lock();
    }
  }
  static void show(const T &);
  std::mutex m_;
  std::condition_variable cv_;
  bool closing_ = false;
  std::deque<T> lines_;
  std::thread thread_{[this] { run(); }};
};
void bad_local_text(Printer<Line> &to, int n) {
  char text[32];
  std::snprintf(text, sizeof text, "%d", n);
  to.print({1, text}); // warning: a reference to local 'text' is handed to another task through a
}
void ok_own_text(Printer<OwnLine> &to, int n) {
  char text[32];
  std::snprintf(text, sizeof text, "%d", n);
  to.print({1, text});
}
void ok_literal(Printer<Line> &to) { to.print({1, "ready"}); }
void ok_flushed(Printer<Line> &to, int n) {
  char text[32];
  std::snprintf(text, sizeof text, "%d", n);
  to.print({1, text});
  to.flush();
}
void ok_printer_dies_first(int n) {
  char text[32];
  std::snprintf(text, sizeof text, "%d", n);
  Printer<Line> to;
  to.print({1, text});
}
// What a function of ours finds by a name does not lead into that name.
const char *hostOf(const std::string &name);
void ok_found_by_name(Printer<Line> &to, int n) {
  std::string name = "server-" + std::to_string(n);
  to.print({1, hostOf(name)});
}
void bad_found_in_text(Printer<Line> &to, int n) {
  std::string name = "server-" + std::to_string(n);
  to.print({1, name.c_str()}); // warning: a reference to local 'name' is handed to another task through a
}

// ---- the next turn of the loop changes what the last one lent ----
void bad_one_buffer_for_all_turns(Printer<Line> &to) {
  char text[32];
  while (std::fgets(text, sizeof text, stdin)) // note: the next iteration modifies it here
    to.print({1, text});              // warning: 'text' is shared by reference with another task through a channel, and the next iteration modifies it
}
void ok_own_text_each_turn(Printer<OwnLine> &to) {
  char text[32];
  while (std::fgets(text, sizeof text, stdin))
    to.print({1, text});
}

// ---- filled for each turn by what can not be seen ----------------------------------------------------------------------
struct Sample {
  unsigned number = 0;
  float volts[8] = {};
};
class Adc {
public:
  bool next(Sample &);
  bool peek(const Sample &) const;
};

class Scope {
public:
  void bad_one_for_all_turns() {
    std::jthread painter([this] { paint(); });
    Sample sample;
    while (adc_.next(sample)) // note: the next iteration modifies it here
      pass(sample); // warning: 'sample' is shared by reference with another task through a channel, and the next iteration modifies it
    out_.push(nullptr);
    painter.join();
  }
  void ok_waits_each_turn(BlockingQueue<int> &painted) {
    Sample sample;
    while (adc_.next(sample)) {
      pass(sample);
      painted.pop();
    }
  }
  void ok_copies(BlockingQueue<Sample> &copies) {
    Sample sample;
    while (adc_.next(sample))
      copies.push(sample);
  }

private:
  void pass(const Sample &s) {
    if (s.volts[0] > 0)
      out_.push(&s);
  }
  void paint() {
    while (const Sample *s = out_.pop())
      std::printf("%u", s->number);
  }
  Adc adc_;
  BlockingQueue<const Sample *> out_;
};

// A message that is formatted before it is queued.
class Logger {
public:
  void log(const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    std::lock_guard lock(mutex_);
    lines_.push_back(text);
    ready_.notify_one();
  }
  std::string next() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return !lines_.empty(); });
    std::string line = lines_.front();
    lines_.pop_front();
    return line;
  }

private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::string> lines_;
};
void ok_formatted(Logger &logger) {
  char buffer[64];
  for (int i = 0; i < 3; ++i) {
    snprintf(buffer, sizeof buffer, "turn %d", i);
    logger.log("%s", buffer);
  }
}
