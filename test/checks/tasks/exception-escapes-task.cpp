// RUN: %verify %s heddle-exception-escapes-task -- -std=c++20
#include <algorithm>
#include <any>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

struct Job {
  int kind = 0;
  std::string text;
};
struct BadJob : std::runtime_error {
  using runtime_error::runtime_error;
};
struct WorseJob : BadJob {
  using BadJob::BadJob;
};

void note(const std::string &) noexcept;
void elsewhere(const Job &);
std::vector<Job> next();

int parse(const Job &j) {
  if (j.text.empty())
    throw BadJob("empty"); // note: 'BadJob' is thrown here
  return j.kind;
}
void process(const Job &j) { parse(j); } // note: 'parse' is called here

// ---- the seeds --------------------------------------------------------------------------------------------------------

std::future<int> bad_F7_producer(std::string text) {
  std::promise<int> p;
  auto f = p.get_future();
  std::thread([p = std::move(p), text = std::move(text)]() mutable {
    p.set_value(parse({1, text})); // warning: 'BadJob' may escape the entry function of this task
  }).detach();
  return f;
}

void bad_S5_group(const std::vector<Job> &jobs) {
  std::vector<std::jthread> group;
  for (const Job &j : jobs)
    group.emplace_back([&j] { process(j); }); // warning: 'BadJob' may escape the entry function of this task // note: the task is started here // note: 'process' is called here
}

class Service {
public:
  void bad_P4_worker() {
    worker_ = std::thread([this] {
      for (const Job &j : next())
        process(j); // warning: 'BadJob' may escape the entry function of this task
    });
  }
  void ok_P4_recovers() {
    worker_ = std::thread([this] {
      for (const Job &j : next())
        try {
          process(j);
        } catch (const std::exception &e) {
          note(e.what());
        }
    });
  }
  ~Service() {
    if (worker_.joinable())
      worker_.join();
  }

private:
  std::thread worker_;
};

template <class Fn> std::vector<int> bad_P28_parallel(const std::vector<Job> &jobs, Fn fn) {
  std::vector<int> out(jobs.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i != jobs.size(); ++i)
    threads.emplace_back([&, i] { out[i] = fn(jobs[i]); }); // warning: 'BadJob' may escape the entry function of this task
  for (auto &t : threads)
    t.join();
  return out;
}
std::vector<int> useParallel(const std::vector<Job> &jobs) {
  return bad_P28_parallel(jobs, [](const Job &j) { return parse(j); });
}

std::vector<int> bad_P28_function_object(const std::vector<Job> &jobs, const std::function<int(const Job &)> &fn) {
  std::vector<int> out(jobs.size());
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i != jobs.size(); ++i)
    threads.emplace_back([&, i] { out[i] = fn(jobs[i]); }); // warning: 'BadJob' may escape the entry function of this task // note: the callable that it was given is called here
  return out;
}
std::vector<int> useFunctionObject(const std::vector<Job> &jobs) {
  return bad_P28_function_object(jobs, [](const Job &j) { return parse(j); });
}

std::vector<int> ok_P28_nobody_throws(const std::vector<Job> &jobs, const std::function<int(const Job &)> &fn) {
  std::vector<int> out(jobs.size());
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i != jobs.size(); ++i)
    threads.emplace_back([&, i] { out[i] = fn(jobs[i]); });
  return out;
}
std::vector<int> useNobodyThrows(const std::vector<Job> &jobs) {
  return ok_P28_nobody_throws(jobs, [](const Job &j) { return j.kind; });
}

// ---- how a task is started --------------------------------------------------------------------------------------------

void bad_entry(Job j) {
  if (j.kind < 0)
    throw 1; // warning: 'int' may escape the entry function of this task
}
void startsFunction(Job j) {
  std::thread t(bad_entry, std::move(j)); // note: the task is started here
  t.join();
}

void *pthreadEntry(void *arg) {
  auto *j = static_cast<Job *>(arg);
  j->kind = std::stoi(j->text); // warning: 'std::invalid_argument' may escape the entry function of this task // note: 'stoi' throws 'std::invalid_argument' on bad input here
  return nullptr;
}
void startsPthread(Job &j) {
  pthread_t t;
  pthread_create(&t, nullptr, pthreadEntry, &j); // note: the task is started here
  pthread_join(t, nullptr);
}

struct Functor {
  std::string text;
  void operator()() const { note(std::to_string(std::stod(text))); } // warning: 'std::invalid_argument' may escape the entry function of this task
};
void startsFunctor(std::string text) { std::jthread t(Functor{std::move(text)}); }

class Reader {
public:
  void start() { thread_ = std::thread(&Reader::run, this); }
  void startBound() { bound_ = std::thread(std::bind(&Reader::runBound, this, 1)); }
  ~Reader() {
    thread_.join();
    bound_.join();
  }

private:
  void run() {
    while (open_)
      step(); // warning: 'BadJob' may escape the entry function of this task
  }
  void step() {
    for (const Job &j : next())
      process(j);
  }
  void runBound(int n) {
    if (n > limit_)
      throw std::length_error("too many"); // warning: 'std::length_error' may escape the entry function of this task
  }
  std::thread thread_, bound_;
  std::atomic<bool> open_{true};
  int limit_ = 3;
};

template <class F> void spawn(F f) { std::thread(std::move(f)).detach(); }
void bad_through_a_helper(Job j) {
  spawn([j] { process(j); }); // warning: 'BadJob' may escape the entry function of this task
}

void bad_noexcept_callback(std::vector<Job> jobs) {
  std::for_each(jobs.begin(), jobs.end(), [](const Job &j) noexcept { process(j); }); // warning: 'BadJob' may escape this noexcept callback
}

// ---- what is thrown ---------------------------------------------------------------------------------------------------

void bad_at(std::map<std::string, int> &routes, std::string from) {
  std::jthread t([&routes, from] { note(std::to_string(routes.at(from))); }); // warning: 'std::out_of_range' may escape the entry function of this task
}
void bad_future(const Job &job) {
  auto f = std::async([&job] { return parse(job); });
  std::jthread t([&f] { note(std::to_string(f.get())); }); // warning: what its task threw may escape the entry function of this task
}
void bad_file(std::filesystem::path p) {
  std::jthread t([p] {
    auto size = std::filesystem::file_size(p); // warning: 'std::filesystem::filesystem_error' may escape the entry function of this task
    note(std::to_string(size));
  });
}
void bad_other_class_is_caught(Job j) {
  std::jthread t([j] {
    try {
      process(j); // warning: 'BadJob' may escape the entry function of this task
    } catch (const std::logic_error &) {
    }
  });
}
void bad_half_is_caught(std::string s) {
  std::jthread t([s] {
    try {
      note(std::to_string(std::stoi(s))); // warning: 'std::out_of_range' may escape the entry function of this task
    } catch (const std::invalid_argument &) {
    }
  });
}
void bad_rethrown(Job j) {
  std::jthread t([j] {
    try {
      process(j); // note: 'process' is called here
    } catch (const std::exception &) {
      throw; // warning: 'BadJob' may escape the entry function of this task // note: it is rethrown here
    }
  });
}
void bad_handler_throws(Job j) {
  std::jthread t([j] {
    try {
      process(j);
    } catch (const std::exception &) {
      throw std::string("failed"); // warning: 'std::basic_string' may escape the entry function of this task
    }
  });
}
struct Connection {
  explicit Connection(int port) {
    if (port < 0)
      throw std::invalid_argument("port");
  }
};
void bad_constructor(int port) {
  std::jthread t([port] { Connection c(port); }); // warning: 'std::invalid_argument' may escape the entry function of this task // note: 'Connection' is called here
}

struct Stage {
  virtual ~Stage() = default;
  virtual int run(const Job &) = 0;
};
struct ParseStage : Stage {
  int run(const Job &j) override { return parse(j); }
};
void bad_override(std::unique_ptr<Stage> stage, Job j) {
  std::jthread t([&] { stage->run(j); }); // warning: 'BadJob' may escape the entry function of this task
}

// ---- silence ---------------------------------------------------------------------------------------------------------

std::future<int> ok_async(Job j) {
  return std::async(std::launch::async, [j] { return parse(j); });
}
void ok_packaged(Job j) {
  std::packaged_task<int()> task([j] { return parse(j); });
  auto f = task.get_future();
  std::jthread t(std::move(task));
  try {
    f.get();
  } catch (const std::exception &) {
  }
}
void ok_catch_all(Job j) {
  std::jthread t([j] {
    try {
      process(j);
    } catch (...) {
      note("failed");
    }
  });
}
void ok_function_try_block_like(Job j) {
  std::exception_ptr error;
  std::thread t([&] {
    try {
      process(j);
    } catch (...) {
      error = std::current_exception();
    }
  });
  t.join();
  if (error)
    std::rethrow_exception(error);
}
void ok_exact_class(Job j) {
  std::jthread t([j] {
    try {
      process(j);
    } catch (const BadJob &) {
    }
  });
}
void ok_base_class(Job j) {
  std::jthread t([j] {
    try {
      if (j.kind == 7)
        throw WorseJob("seven");
      process(j);
    } catch (const std::runtime_error &) {
    }
  });
}
void ok_base_of_documented(std::string s) {
  std::jthread t([s] {
    try {
      note(std::to_string(std::stoi(s)));
    } catch (const std::logic_error &) {
    }
  });
}
int parseQuietly(const Job &j) {
  try {
    return parse(j);
  } catch (const std::exception &e) {
    note(e.what());
    return -1;
  }
}
void ok_caught_in_a_callee(Job j) {
  std::jthread t([j] { parseQuietly(j); });
}
void ok_caught_around_the_helper(std::vector<Job> jobs) {
  std::jthread t([jobs] {
    try {
      std::for_each(jobs.begin(), jobs.end(), [](const Job &j) { process(j); });
    } catch (const std::exception &) {
    }
  });
}
template <class F> void guarded(const F &f) {
  try {
    f();
  } catch (...) {
    note("failed");
  }
}
void ok_guarded_by_a_template(Job j) {
  std::jthread t([j] { guarded([&] { process(j); }); });
}
void logged(const std::function<void()> &f) {
  try {
    f();
  } catch (const std::exception &e) {
    note(e.what());
  }
}
void ok_guarded_by_a_function(Job j) {
  std::jthread t([j] { logged([&] { process(j); }); });
}
void twice(const std::function<void()> &f) {
  f();
  f();
}
void useTwice(const Job &j) {
  twice([&] { process(j); });
}
/// Others may give it what throws; this task does not.
void ok_given_what_does_not_throw(Job j) {
  std::jthread t([j] { twice([&] { note(j.text); }); });
}
void bad_given_what_throws(Job j) {
  std::jthread t([j] { twice([&] { process(j); }); }); // warning: 'BadJob' may escape the entry function of this task
}
void ok_unknown_callee(Job j) {
  std::jthread t([j] { elsewhere(j); });
}
void ok_error_code(std::filesystem::path p) {
  std::jthread t([p] {
    std::error_code ec;
    auto size = std::filesystem::file_size(p, ec);
    note(ec ? "unreadable" : std::to_string(size));
  });
}
void ok_constant_input() {
  std::jthread t([] { note(std::to_string(std::stoi("42"))); });
}
void ok_counted_index(std::vector<int> v) {
  std::jthread t([v] {
    for (std::size_t i = 0; i < v.size(); ++i)
      note(std::to_string(v.at(i)));
  });
}
void ok_key_is_known(std::map<std::string, int> m, std::string key) {
  std::jthread t([m, key] {
    if (m.contains(key))
      note(std::to_string(m.at(key)));
  });
}
enum class Level { low, high };
void ok_enumerated_key(const std::map<Level, std::string> &names, Level level) {
  std::jthread t([&names, level] { note(names.at(level)); });
}
void ok_variant_of_known_type(const std::variant<int, std::string> &v) { // which one it holds is the program's business
  std::jthread t([&v] { note(std::get<std::string>(v)); });
}
void ok_variant_is_asked(const std::variant<int, std::string> &v) {
  std::jthread t([&v] {
    if (std::holds_alternative<std::string>(v))
      note(std::get<std::string>(v));
  });
}
void ok_tuple(const std::tuple<int, std::string> &v) {
  std::jthread t([&v] { note(std::get<1>(v)); });
}
void ok_optional_is_asked(const std::optional<std::string> &v) {
  std::jthread t([&v] {
    if (v)
      note(v.value());
  });
}
void ok_start_signal(std::shared_future<void> start) {
  std::jthread t([start] {
    start.get();
    note("go");
  });
}
void ok_memory_is_not_counted(std::vector<int> &v) {
  std::jthread t([&v] {
    v.push_back(1);
    v.resize(100);
    note(std::string(100, 'x'));
  });
}
void ok_no_callback(std::vector<Job> jobs) {
  std::for_each(jobs.begin(), jobs.end(), [](const Job &j) { process(j); });
}
void ok_called_not_started(Job j) {
  auto f = [j] { process(j); };
  f();
}

/// A lock that can not be taken, or a null pointer: mistakes, not input.
class Gate {
public:
  void open() {
    if (pthread_mutex_lock(&mutex_) != 0)
      throw std::runtime_error("lock");
    int rc = pthread_cond_broadcast(&opened_);
    if (rc) {
      pthread_mutex_unlock(&mutex_);
      throw std::system_error(rc, std::generic_category());
    }
    pthread_mutex_unlock(&mutex_);
  }

private:
  pthread_mutex_t mutex_;
  pthread_cond_t opened_;
};
template <class T> class Ptr {
public:
  T *operator->() const {
    if (!p_)
      throw std::logic_error("null");
    return p_;
  }

private:
  T *p_ = nullptr;
};
void ok_primitives_do_not_fail(Ptr<Gate> gate) {
  std::jthread t([gate] { gate->open(); });
}

template <class T> std::string text(const T &x) {
  std::ostringstream out;
  out << x;
  if (!out)
    throw std::runtime_error("text");
  return out.str();
}
void ok_memory_for_text(int n) {
  std::jthread t([n] { note(text(n)); });
}
template <class T> T value(const std::string &s) {
  std::istringstream in(s);
  T x{};
  in >> x;
  if (!in)
    throw std::runtime_error("value");
  return x;
}
void bad_text_from_outside(std::string s) {
  std::jthread t([s] { note(std::to_string(value<int>(s))); }); // warning: 'std::runtime_error' may escape the entry function of this task
}

#define ASSERT_THAT(x)                                                                                                 \
  do {                                                                                                                 \
    if (!(x))                                                                                                          \
      throw std::logic_error(#x);                                                                                      \
  } while (false)
void ok_assertion(std::vector<int> v) {
  std::jthread t([v] {
    ASSERT_THAT(!v.empty());
    note("in order");
  });
}

// A promise that is given values alone throws nothing at its readers.
struct Thumbnail {
  std::string png;
};
void ok_values_alone(std::promise<Thumbnail> &p) {
  std::shared_future<Thumbnail> f = p.get_future().share();
  std::thread reader([f] { (void)f.get(); });
  p.set_value(Thumbnail{"x"});
  reader.join();
}
struct Page {
  std::string text;
};
void fail(std::promise<Page> &p) { p.set_exception(std::current_exception()); }
void bad_errors_too(std::promise<Page> &p) {
  std::shared_future<Page> f = p.get_future().share();
  std::thread reader([f] { (void)f.get(); }); // warning: what its task threw may escape the entry function of this task // note: is started here
  reader.join();
}

class Receiver { // the handler decides that it goes on
public:
  Receiver() : thread_([this] { run(); }) {}
  ~Receiver() { thread_.join(); }

private:
  void run() {
    try {
      process(job_);
    } catch (...) {
      note("failed");
      throw; // warning: 'BadJob' may escape the entry function of this task
    }
  }
  Job job_;
  std::thread thread_;
};

// One handler mends both.
void bad_two_throws(int n) {
  std::thread t([n] {
    if (n < 0)
      throw std::runtime_error("negative"); // warning: 'std::runtime_error' may escape the entry function of this task
    if (n > 9)
      throw std::runtime_error("large");
  });
  t.join();
}

// ---- throws that cannot happen -----------------------------------------------------------------------------------------
enum class Method { first, second };
int strictMethod(Method m) {
  switch (m) {
  case Method::first:
    return 1;
  case Method::second: {
    return 2;
  }
  }
  throw std::runtime_error("unreachable");
}
int openMethod(Method m) {
  switch (m) {
  case Method::first:
    return 1;
  case Method::second:
    break;
  }
  throw std::runtime_error("second"); // note: 'std::runtime_error' is thrown here
}
Method readMethod();
void ok_all_values_have_left() {
  std::jthread t([] { note(std::to_string(strictMethod(readMethod()))); });
}
void bad_one_value_goes_on() {
  std::jthread t([] { note(std::to_string(openMethod(readMethod()))); }); // warning: 'std::runtime_error' may escape the entry function of this task
}
int orThrow(int error, bool strict) {
  if (strict)
    throw std::runtime_error("strict"); // note: 'std::runtime_error' is thrown here
  return error;
}
void bad_told_to_throw() {
  std::jthread t([] { note(std::to_string(orThrow(1, true))); }); // warning: 'std::runtime_error' may escape the entry function of this task
}
void ok_told_not_to_throw() {
  std::jthread t([] { note(std::to_string(orThrow(1, false))); });
}
void closePort(bool silent = true) {
  try {
    if (readMethod() == Method::first)
      throw std::runtime_error("port"); // note: 'std::runtime_error' is thrown here
  } catch (...) {
    if (!silent)
      throw; // note: it is rethrown here
  }
}
void resetPort(bool silent = true) {
  try {
    if (readMethod() == Method::first)
      throw std::runtime_error("port");
  } catch (...) {
    if (silent == false)
      throw;
  }
}
void ok_silent_by_default() {
  std::jthread t([] { closePort(); });
  std::jthread u([] { resetPort(); });
}
void bad_not_silent() {
  std::jthread t([] { closePort(false); }); // warning: 'std::runtime_error' may escape the entry function of this task
}
void bad_silent_or_not(bool silent) {
  std::jthread t([silent] { closePort(silent); }); // warning: 'std::runtime_error' may escape the entry function of this task
}
class OneThreadOnly { // used on the wrong thread
public:
  void run() {
    if (!isMine())
      throw std::runtime_error("another thread");
    if (!opened())
      throw std::runtime_error("not open"); // note: 'std::runtime_error' is thrown here
  }
  void runHere() {
    if (!isMine())
      throw std::runtime_error("another thread");
  }

private:
  bool isMine() const { return owner_ == std::this_thread::get_id(); }
  bool opened();
  std::thread::id owner_;
};
void ok_on_its_own_thread() {
  std::jthread t([] { OneThreadOnly().runHere(); });
}
void bad_something_else_fails() {
  std::jthread t([] { OneThreadOnly().run(); }); // warning: 'std::runtime_error' may escape the entry function of this task
}

// ---- who knows that the index is right ----

class Powers {
public:
  double at(int exponent) const { return values_.at(exponent + 300); } // note: 'at' throws 'std::out_of_range' on bad input here
  double of(int exponent) const { return values_.at(exponent + 300); }
  double named(const std::string &name) const { return names_.at(name); } // note: 'at' throws 'std::out_of_range' on bad input here

private:
  std::vector<double> values_;
  std::map<std::string, double> names_;
};
double checkedPower(const Powers &powers, int exponent) {
  return exponent < -300 || exponent > 300 ? 0 : powers.of(exponent);
}
void ok_compared_by_callers(const Powers &powers, int exponent, double &out) {
  std::jthread t([&] { out = checkedPower(powers, exponent) + powers.of(0); });
}
void bad_compared_by_nobody(const Powers &powers, int exponent, double &out) {
  std::jthread t([&] { out = powers.at(exponent); }); // warning: 'std::out_of_range' may escape the entry function of this task
}
void bad_name_of_setting(const Powers &powers, double &out) {
  std::jthread t([&] { out = powers.named("gain"); }); // warning: 'std::out_of_range' may escape the entry function of this task
}

struct Picture {
  std::string name;
};
class Pictures {
public:
  std::shared_future<Picture> get(int id) {
    auto &entry = all_[id];
    if (!entry.valid())
      entry = std::async(std::launch::async, [id] { return decode(id); }).share();
    return entry;
  }

private:
  static Picture decode(int id) noexcept { return {id == 0 ? "first" : "other"}; }
  std::map<int, std::shared_future<Picture>> all_;
};
void ok_decoder_throws_nothing(Pictures &pictures, std::size_t &n) {
  std::jthread t([&] { n = pictures.get(0).get().name.size(); });
}

// ---- entry functions that call a member ----

class Regulator {
public:
  bool start() { return pthread_create(&thread_, nullptr, &Regulator::entry, this) == 0; } // note: the task is started here
  void stop() { running_ = false; }

private:
  static void *entry(void *self) {
    static_cast<Regulator *>(self)->bad_regulate();
    return nullptr;
  }
  void bad_regulate() {
    while (running_.load())
      step(); // warning: 'std::runtime_error' may escape the entry function of this task
  }
  void step() {
    if (!running_)
      throw std::runtime_error("step");
  }
  std::atomic<bool> running_{true};
  pthread_t thread_{};
};
class Attempts {
public:
  bool ok_argument_of_the_task() {
    std::thread t(&Attempts::attempt, this, &Attempts::save);
    t.join();
    return saved_;
  }

private:
  void attempt(void (Attempts::*part)()) noexcept {
    try {
      (this->*part)();
    } catch (const std::exception &) {
      saved_ = false;
    }
  }
  void save() { throw std::runtime_error("disk full"); }
  bool saved_ = true;
};
