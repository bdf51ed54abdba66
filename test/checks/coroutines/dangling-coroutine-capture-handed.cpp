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
