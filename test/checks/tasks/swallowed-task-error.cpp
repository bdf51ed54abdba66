// RUN: %verify %s heddle-swallowed-task-error -- -std=c++20
// The seed's row (F15), with std::async and a hand-written group whose tasks return an error.
#include "Inputs/error_group.h"
#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <iostream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

struct Item {
  std::string id;
};
void process(const Item &);
std::error_code tryProcess(const Item &);
bool send(const Item &);
void log(const std::string &);
void dropSource();

// ---- F15 ----------------------------------------------------------------------------------------------------------------
std::error_code bad_F15(const std::vector<Item> &items) {
  ErrorGroup group;
  for (const Item &item : items)
    group.go([&item]() -> std::error_code { // note: the task is started here, and waited for
      if (std::error_code ec = tryProcess(item)) { // warning: the task reports success after this error, which is at most logged
        log("process " + item.id + ": " + ec.message());
        return {};
      }
      return {};
    });
  return group.wait();
}
std::error_code ok_F15(const std::vector<Item> &items) {
  ErrorGroup group;
  for (const Item &item : items)
    group.go([&item]() -> std::error_code {
      if (std::error_code ec = tryProcess(item)) {
        log("process " + item.id + ": " + ec.message());
        return ec;
      }
      return {};
    });
  return group.wait();
}

// ---- async ----------------------------------------------------------------------------------------------------------------
void bad_async(const Item &a, const Item &b) {
  auto first = std::async(std::launch::async, [&a] {
    try {
      process(a);
    } catch (const std::exception &e) { // warning: the task reports success after this error
      std::cerr << a.id << ": " << e.what() << '\n';
    }
  });
  process(b);
  first.get();
  dropSource();
}
void bad_empty_handler(const Item &a) {
  auto done = std::async(std::launch::async, [&a] {
    try {
      process(a);
    } catch (...) { // warning: the task reports success after this error
    }
  });
  done.wait();
  dropSource();
}
bool bad_ship(const Item &item) {
  try {
    process(item);
  } catch (const std::exception &e) { // warning: the task reports success after this error
    log(e.what());
  }
  return true;
}
bool shipLater(const Item &a) {
  auto done = std::async(std::launch::async, bad_ship, std::cref(a)); // note: the task is started here, and waited for
  return done.get();
}
bool bad_false_ignored(const Item &a) {
  auto done = std::async(std::launch::async, [&a] {
    if (!send(a)) // warning: the task reports success after this error
      log("not sent");
    return true;
  });
  return done.get();
}
struct Status {
  bool ok() const;
  std::string message() const;
  static Status OK();
};
Status upload(const Item &);
Status bad_status(const Item &a) {
  auto done = std::async(std::launch::async, [&a] {
    Status s = upload(a);
    if (!s.ok()) // warning: the task reports success after this error
      log(s.message());
    return Status::OK();
  });
  return done.get();
}
Status ok_status(const Item &a) {
  auto done = std::async(std::launch::async, [&a] {
    Status s = upload(a);
    if (!s.ok())
      log(s.message());
    return s;
  });
  return done.get();
}
void bad_several(const std::vector<Item> &items) {
  std::vector<std::future<void>> all;
  for (const Item &item : items)
    all.push_back(std::async(std::launch::async, [&item] {
      try {
        process(item);
      } catch (const std::exception &e) { // warning: the task reports success after this error
        log(e.what());
      }
    }));
  for (auto &f : all)
    f.get();
}
void bad_result_dropped(std::future<void> f) {
  try {
    f.get(); // warning: the error of the task is caught and ignored here
  } catch (...) {
  }
  dropSource();
}

// ---- correct code that looks similar ----------------------------------------------------------------------------------------
void ok_rethrown(const Item &a) {
  auto done = std::async(std::launch::async, [&a] {
    try {
      process(a);
    } catch (const std::exception &e) {
      log(e.what());
      throw;
    }
  });
  done.get();
}
bool ok_returned(const Item &a) {
  auto done = std::async(std::launch::async, [&a] {
    try {
      process(a);
      return true;
    } catch (const std::exception &e) {
      log(e.what());
      return false;
    }
  });
  return done.get();
}
int ok_counted(const std::vector<Item> &items) {
  std::atomic<int> failed{0};
  std::vector<std::future<void>> all;
  for (const Item &item : items)
    all.push_back(std::async(std::launch::async, [&] {
      try {
        process(item);
      } catch (const std::exception &e) {
        log(e.what());
        ++failed;
      }
    }));
  for (auto &f : all)
    f.get();
  return failed;
}
void ok_stored(const std::vector<Item> &items, std::vector<std::exception_ptr> &errors) {
  std::vector<std::future<void>> all;
  for (std::size_t i = 0; i < items.size(); ++i)
    all.push_back(std::async(std::launch::async, [&, i] {
      try {
        process(items[i]);
      } catch (...) {
        errors[i] = std::current_exception();
      }
    }));
  for (auto &f : all)
    f.get();
}
void ok_slot(const Item &a) {
  bool good = true;
  auto done = std::async(std::launch::async, [&] {
    try {
      process(a);
    } catch (const std::exception &e) {
      log(e.what());
      good = false;
    }
  });
  done.get();
  if (good)
    dropSource();
}
void ok_handed_over(const Item &a, std::promise<void> p) {
  auto done = std::async(std::launch::async, [&a, p = std::move(p)]() mutable {
    try {
      process(a);
      p.set_value();
    } catch (...) {
      p.set_exception(std::current_exception());
    }
  });
  done.get();
}
void ok_callback(const Item &a, std::function<void(const std::exception &)> onError) {
  auto done = std::async(std::launch::async, [&] {
    try {
      process(a);
    } catch (const std::exception &e) {
      onError(e);
    }
  });
  done.get();
}
void ok_retry(const Item &a) {
  auto done = std::async(std::launch::async, [&a] {
    for (int i = 0; i < 3; ++i) {
      try {
        process(a);
        return;
      } catch (const std::exception &e) {
        log(e.what());
        continue;
      }
    }
    throw std::runtime_error("gave up");
  });
  done.get();
}
std::optional<std::string> load(const Item &);
std::optional<std::string> ok_result_tells(const Item &a) {
  auto done = std::async(std::launch::async, [&a]() -> std::optional<std::string> {
    try {
      return load(a);
    } catch (const std::exception &e) {
      log(e.what());
      return std::nullopt;
    }
  });
  return done.get();
}
/// Nobody would hear of it: the boundary of a thread is the place to log.
void ok_thread_boundary(const Item &a) {
  std::thread t([&a] {
    try {
      process(a);
    } catch (const std::exception &e) {
      log(e.what());
    }
  });
  t.join();
}
void ok_fallback(const Item &a, const Item &b) {
  auto done = std::async(std::launch::async, [&] {
    try {
      process(a);
    } catch (const std::exception &e) {
      log(e.what());
    }
    process(b);
  });
  done.get();
}
class Session {
public:
  ~Session() {
    try {
      last_.get();
    } catch (...) {
    }
  }
  void ok_logged(std::future<void> &f) {
    try {
      f.get();
    } catch (const std::exception &e) {
      log(e.what());
      failed_ = true;
    }
  }

private:
  std::future<void> last_;
  bool failed_ = false;
};
void ok_good_case(const Item &a) {
  auto done = std::async(std::launch::async, [&a]() -> std::error_code {
    std::error_code ec = tryProcess(a);
    if (!ec)
      log("done");
    return ec;
  });
  done.get();
}
void ok_nobody_waits_for_the_outcome(std::vector<std::future<void>> &background, const Item &a) {
  background.push_back(std::async(std::launch::async, [&a] {
    try {
      process(a);
    } catch (const std::exception &e) {
      log(e.what());
    }
  }));
}
void ok_async_in_main() {
  auto f = std::async(std::launch::async, [] { log("x"); });
  f.get();
}

// ---- wait() where get() was meant ----
class Loader {
public:
  bool bad_wait_of_a_member(std::size_t i) {
    try {
      loads_[i].wait(); // warning: wait() does not throw the error of the task, so these handlers never run
    } catch (const std::exception &e) { // note: this handler never runs
      log(e.what());
      return false;
    }
    return true;
  }
  bool ok_get(std::size_t i) {
    try {
      loads_[i].get();
    } catch (const std::exception &e) {
      log(e.what());
      return false;
    }
    return true;
  }

private:
  std::vector<std::future<void>> loads_;
};
int ok_waits_and_gets(std::future<int> &f) {
  try {
    f.wait();
  } catch (const std::future_error &) {
    return 0;
  }
  return f.get();
}
void ok_more_than_a_wait(std::future<void> &f, const Item &a) {
  try {
    f.wait();
    process(a);
  } catch (const std::exception &e) {
    log(e.what());
  }
}
bool ok_with_a_limit(std::future<void> &f) {
  try {
    return f.wait_for(std::chrono::seconds(1)) == std::future_status::ready;
  } catch (...) {
    return false;
  }
}

// ---- what a handler does in the functions that it calls ----
std::vector<std::string> problems;
std::mutex problemsMutex;
void remember(const std::string &text) {
  std::lock_guard lock(problemsMutex);
  problems.push_back(text);
}
void print(const std::string &text) { std::cerr << text << '\n'; }
void translate() {
  try {
    throw;
  } catch (const std::logic_error &e) {
    throw std::runtime_error(e.what());
  }
}
void bad_prints_in_a_function(const Item &a) {
  auto f = std::async(std::launch::async, [&a] { // note: the task is started here, and waited for
    try {
      process(a);
    } catch (const std::exception &e) { // warning: the task reports success after this error
      std::string line = a.id;
      line += e.what();
      print(line);
    }
  });
  f.get();
}
bool ok_remembered_in_a_function(const Item &a) {
  auto f = std::async(std::launch::async, [&a] {
    try {
      process(a);
    } catch (const std::exception &e) {
      remember(e.what());
    }
  });
  f.get();
  return problems.empty();
}
void ok_rethrown_in_a_function(const Item &a) {
  auto f = std::async(std::launch::async, [&a] {
    try {
      process(a);
    } catch (...) {
      translate();
    }
  });
  f.get();
}
void ok_rethrown_in_a_lambda(const Item &a) {
  auto fail = [](const char *where) {
    log(where);
    throw;
  };
  auto f = std::async(std::launch::async, [&a, fail] {
    try {
      process(a);
    } catch (...) {
      fail("process");
    }
  });
  f.get();
}
