// RUN: %verify %s heddle-dangling-coroutine-capture -- -std=c++20
// Coroutine lambdas that are handed to code which calls them: the closure is destroyed after the call.
#include "Inputs/task.h"
#include "Inputs/thread_pool.h"
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

void use(const std::string &);
void use(int);

template <class F> void withConnection(F f) { f(1); }
void twice(const std::function<void()> &f) {
  f();
  f();
}

struct bad_called_by_a_template {
  std::string name;
  void start() {
    withConnection([this](int) -> Job { // note: 'this' is captured here
      co_await later();
      use(name); // warning: the closure of this coroutine is destroyed before its task ends, and 'this' is kept in it; the resumed coroutine accesses a dead object (use after free); pass it as a parameter by value
    });
  }
};
void bad_called_by_a_function(std::string name) {
  twice([name]() -> Job { // note: the closure is called from here, and destroyed after the call
    use(name);
    co_await later();
    use(name); // warning: the closure of this coroutine is destroyed before its task ends, and 'name' is kept in it
  });
}
void bad_pool(ThreadPool &pool, std::string name) {
  pool.submit([name]() -> Job {
    co_await later();
    use(name); // warning: the closure of this coroutine is destroyed before its task ends
  });
}
void bad_thread(std::string name) {
  std::thread worker([&name]() -> Job {
    co_await later();
    use(name); // warning: the closure of this coroutine is destroyed before its task ends
  });
  worker.join();
}
void bad_async(std::shared_ptr<std::string> name) {
  auto done = std::async(std::launch::async, [name]() -> Job {
    co_await later();
    use(*name); // warning: the closure of this coroutine is destroyed before its task ends
  });
  done.get();
}

// ---- the callee keeps the task, not the closure ----
class Background {
public:
  template <class F> void run(F &&f) { tasks_.push_back(f()); }
  void add(std::function<Task<>()> f) { tasks_.emplace_back(f()); }
  template <class F> void replace(F f) { last_ = std::forward<F>(f)(); }
  template <class F> void keep(F f) {
    tasks_.push_back(f());
    kept_.push_back(std::move(f));
  }
  template <class F> Task<> wait(F f) {
    auto task = f();
    co_await std::move(task);
  }

private:
  std::vector<Task<>> tasks_;
  std::vector<std::function<Task<>()>> kept_;
  Task<> last_ = later();
};
struct bad_kept_by_a_template {
  Background &background;
  std::string name;
  void start() {
    background.run([this]() -> Task<> { // note: 'this' is captured here // note: the closure is called from here, and destroyed after the call
      use(name); // warning: the closure of this coroutine is destroyed before its task ends, and 'this' is kept in it
      co_await later();
    });
  }
};
void bad_kept_by_a_member(Background &background, std::string name) {
  background.add([name]() -> Task<> {
    co_await later();
    use(name); // warning: the closure of this coroutine is destroyed before its task ends, and 'name' is kept in it
  });
}
void bad_assigned(Background &background, std::string name) {
  background.replace([name]() -> Task<> {
    co_await later();
    use(name); // warning: the closure of this coroutine is destroyed before its task ends, and 'name' is kept in it
  });
}
template <class F> void addTo(std::vector<Task<>> &all, F f) { all.push_back(f()); }
void bad_kept_by_a_function(std::vector<Task<>> &all, std::string name) {
  addTo(all, [name]() -> Task<> {
    co_await later();
    use(name); // warning: the closure of this coroutine is destroyed before its task ends, and 'name' is kept in it
  });
}
void ok_closure_kept(Background &background, std::string name) {
  background.keep([name]() -> Task<> {
    co_await later();
    use(name);
  });
}
void ok_awaited_by_the_callee(Background &background, std::string name) {
  syncWait(background.wait([name]() -> Task<> {
    co_await later();
    use(name);
  }));
}
template <class F> void allHere(F f) {
  std::vector<Task<>> all;
  all.push_back(f());
  for (auto &task : all)
    syncWait(std::move(task));
}
void ok_kept_while_the_closure_lives(std::string name) {
  allHere([name]() -> Task<> {
    co_await later();
    use(name);
  });
}
void ok_given_to_the_coroutine(Background &background, std::string name) {
  background.run([name] {
    return [](std::string mine) -> Task<> {
      co_await later();
      use(mine);
    }(name);
  });
}

// ---- silent ----
void ok_used_before(std::string name) {
  withConnection([name](int) -> Job {
    use(name);
    co_await later();
  });
}
void ok_copied_into_the_coroutine(std::string name) {
  withConnection([name](int) -> Job {
    std::string mine = name;
    co_await later();
    use(mine);
  });
}
void ok_parameter(ThreadPool &pool, std::string name) {
  pool.submit([name] {
    [](std::string mine) -> Job {
      co_await later();
      use(mine);
    }(name);
  });
}
void ok_no_coroutine(ThreadPool &pool, std::string name) {
  pool.submit([name] { use(name); });
}
template <class F> void awaits(F f) { syncWait(f()); }
void ok_lazy_task(std::string name) { // its caller awaits it while the closure lives
  awaits([name]() -> Task<> {
    co_await later();
    use(name);
  });
}
class Button {
public:
  void onClick(std::function<void()> f) { handlers_.push_back(std::move(f)); }
  void click() {
    for (auto &f : handlers_)
      f();
  }

private:
  std::vector<std::function<void()>> handlers_;
};
void ok_kept_by_the_sender(Button &button, std::string name) {
  button.onClick([name]() -> Job {
    co_await later();
    use(name);
  });
}
void subscribe(std::function<void()> f);
void ok_not_seen(std::string name) {
  subscribe([name]() -> Job {
    co_await later();
    use(name);
  });
}
void ok_named_elsewhere(ThreadPool &pool, int n) {
  static auto work = [](int n) -> Job {
    co_await later();
    use(n);
  };
  pool.submit([n] { work(n); });
}
