// RUN: %verify %s heddle-exception-escapes-task -- -std=c++20
// What an author has to reckon with comes from outside. Exceptions that tell of a mistake in the program do not count, nor
// those that the pool's worker catches.
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

const char *readLine();
void use(int);

// ---- handles that are empty ---------------------------------------------------------------------------------------------
struct EmptyResult : std::runtime_error {
  using std::runtime_error::runtime_error;
};
class Result {
public:
  int get() const {
    needState();
    return *state_;
  }
  void fail(std::exception_ptr error) {
    if (!static_cast<bool>(error))
      throw std::invalid_argument("no error");
    error_ = error;
  }

private:
  void needState() const {
    if (!state_)
      throw EmptyResult("moved from");
  }
  std::shared_ptr<int> state_ = std::make_shared<int>(0);
  std::exception_ptr error_;
};
void ok_has_its_state(Result r) {
  std::jthread t([r] { use(r.get()); });
}
void ok_gives_an_error(Result r) {
  std::jthread t([r]() mutable { r.fail(std::make_exception_ptr(EmptyResult("x"))); });
}
class Connection {
public:
  void open() { // what was opened here may be missing
    socket_ = connect();
    if (!socket_)
      throw std::runtime_error("refused");
  }
  void bad_start() {
    std::jthread t([this] { open(); }); // warning: 'std::runtime_error' may escape the entry function of this task
  }

private:
  static std::unique_ptr<int> connect();
  std::unique_ptr<int> socket_;
};

// ---- the wrong state ----------------------------------------------------------------------------------------------------
class Loop {
public:
  void bind() { owner_ = std::this_thread::get_id(); }
  void run() {
    if (owner_ != std::this_thread::get_id())
      throw std::logic_error("not the thread of the loop");
  }

private:
  std::thread::id owner_;
};
void ok_own_loop(std::shared_ptr<Loop> loop) {
  std::jthread t([loop] {
    loop->bind();
    loop->run();
  });
}

// ---- constants that are right -------------------------------------------------------------------------------------------
class Pool {
public:
  explicit Pool(std::size_t threads) {
    if (threads == 0)
      throw std::invalid_argument("no threads");
  }
};
class Server {
public:
  void route(const std::string &pattern) {
    if (pattern.empty() || pattern.front() != '/')
      throw std::runtime_error("bad pattern " + pattern);
    patterns_.push_back(pattern);
  }
  void load(const std::string &file) {
    std::ifstream in(file);
    if (!in)
      throw std::runtime_error("cannot read " + file);
  }

private:
  std::vector<std::string> patterns_;
};
struct Options {
  std::size_t size = 16;
  std::string name;
};
void check(const Options &options) {
  if (options.size == 0)
    throw std::runtime_error("no size");
}
std::string askForName();
bool askForOptions(Options &);

void ok_literals() {
  std::jthread t([] {
    Pool pool(4);
    Server server;
    server.route("/hi");
  });
}
void ok_default_options() {
  std::jthread t([] {
    Options options;
    options.size = 32;
    check(options);
  });
}
void ok_constant_argument_of_the_task() {
  std::jthread t([](std::string pattern) { Server().route(pattern); }, "/there");
}
void bad_pattern_from_outside() {
  std::jthread t([] { Server().route(askForName()); }); // warning: 'std::runtime_error' may escape the entry function of this task
}
void bad_options_from_outside() {
  std::jthread t([] {
    Options options;
    if (askForOptions(options))
      check(options); // warning: 'std::runtime_error' may escape the entry function of this task
  });
}
void bad_file_may_be_missing() {
  std::jthread t([] { Server().load("/etc/served"); }); // warning: 'std::runtime_error' may escape the entry function of this task
}

// ---- as large as can be, as the regular expression says, as somebody has looked ----------------------------------------
class Table {
public:
  int &operator[](int key) {
    for (auto &e : all_)
      if (e.first == key)
        return e.second;
    if (all_.size() == all_.max_size())
      throw std::overflow_error("full");
    all_.push_back({key, 0});
    return all_.back().second;
  }

private:
  std::vector<std::pair<int, int>> all_;
};
void ok_never_full(Table &table) {
  std::jthread t([&table] { table[3] = 4; });
}
void ok_matched() {
  std::jthread t([] {
    static const std::regex form("([0-9]{3}) .*");
    std::cmatch m;
    if (std::regex_match(readLine(), m, form))
      use(std::stoi(m[1].str()));
  });
}
void bad_unmatched() {
  std::jthread t([] { use(std::stoi(readLine())); }); // warning: 'std::invalid_argument' may escape the entry function of this task
}
struct Nodes {
  bool knows(std::size_t cpu) const { return byCpu.count(cpu) == 1; }
  std::map<std::size_t, int> byCpu;
};
std::size_t currentCpu();
void ok_asked(const Nodes &nodes) {
  std::jthread t([&nodes] {
    std::size_t cpu = currentCpu();
    use(nodes.knows(cpu) ? nodes.byCpu.at(cpu) : 0);
  });
}

// ---- coroutines ---------------------------------------------------------------------------------------------------------
struct Task {
  struct promise_type {
    std::exception_ptr error;
    Task get_return_object() { return {}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { error = std::current_exception(); }
  };
};
bool broken();
Task accept() {
  co_await std::suspend_always{};
  if (broken())
    throw std::runtime_error("accept");
}
void spawn(Task);
void ok_coroutine() {
  std::jthread t([] { spawn(accept()); });
}

// ---- a worker that catches some -------------------------------------------------------------------------------------------
struct Cancelled {};
class Workers {
public:
  explicit Workers(unsigned n) {
    for (unsigned i = 0; i < n; ++i)
      crew_.emplace_back([this] { serve(); });
  }
  ~Workers() {
    {
      std::lock_guard lock(mutex_);
      open_ = false;
    }
    wake_.notify_all();
    for (std::thread &t : crew_)
      t.join();
  }
  void assign(std::function<void()> work) {
    {
      std::lock_guard lock(mutex_);
      todo_.push_back(std::move(work));
    }
    wake_.notify_one();
  }

private:
  bool next(std::function<void()> &work) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !open_ || !todo_.empty(); });
    if (todo_.empty())
      return false;
    work = std::move(todo_.front());
    todo_.pop_front();
    return true;
  }
  void serve() {
    std::function<void()> work;
    while (next(work)) {
      try {
        work();
      } catch (const std::exception &) {
      }
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> todo_;
  bool open_ = true;
  std::vector<std::thread> crew_;
};
void ok_worker_catches(Workers &workers) {
  workers.assign([] {
    if (broken())
      throw std::runtime_error("order");
  });
}
void bad_worker_does_not_catch(Workers &workers) {
  workers.assign([] {
    if (broken())
      throw Cancelled(); // warning: 'Cancelled' may escape the entry function of this task
  });
}

// ---- objects that nobody closes ------------------------------------------------------------------------------------------
template <class T> class Pipe {
public:
  bool write(T value) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closed_)
      return false;
    items_.push_back(value);
    return true;
  }
  void push(T value) {
    if (!write(value))
      throw std::runtime_error("the pipe is closed");
  }
  void close() {
    std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
  }

private:
  std::mutex mutex_;
  std::deque<T> items_;
  bool closed_{};
};
void ok_never_closed() {
  Pipe<int> pipe;
  std::thread worker([&pipe] { pipe.push(1); });
  worker.join();
}
void bad_closed_meanwhile(Pipe<long> &pipe) {
  std::thread worker([&pipe] {
    pipe.push(1); // warning: 'std::runtime_error' may escape the entry function of this task
  });
  pipe.close();
  worker.join();
}
