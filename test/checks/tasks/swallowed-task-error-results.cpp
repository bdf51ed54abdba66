// RUN: %verify %s heddle-swallowed-task-error -- -std=c++20
// Errors that could be reported: by the promise that is fulfilled anyway, by the result of the function that waits.
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <future>
#include <latch>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct Page {
  std::string text;
  int links = 0;
};
struct Report {
  std::vector<Page> pages;
  std::size_t bytes = 0;
};
Page render(const std::string &);
void store(const Page &);
void log(const char *);
void commit();
bool publish();

// ---- a promise that is fulfilled after the handler --------------------------------------------------------------------
void bad_fulfilled_with_a_part(std::promise<Report> done, std::vector<std::string> names) {
  Report report;
  try {
    for (const std::string &name : names)
      report.pages.push_back(render(name));
  } catch (const std::exception &e) { // warning: the task reports success after this error, which is at most logged
    log(e.what());
  }
  done.set_value(report); // note: the promise is fulfilled here as if all work was done
}
void bad_fulfilled_with_nothing(std::promise<void> done, const Page &page) {
  try {
    store(page);
  } catch (...) { // warning: the task reports success after this error, which is at most logged
    log("not stored");
  }
  log("stored");
  done.set_value(); // note: the promise is fulfilled here as if all work was done
}
void bad_fulfilled_with_true(std::promise<bool> done, const Page &page) {
  try {
    store(page);
  } catch (const std::exception &e) { // warning: the task reports success after this error, which is at most logged
    log(e.what());
  }
  done.set_value(true); // note: the promise is fulfilled here as if all work was done
}
void bad_fulfilled_behind_an_if(std::promise<void> done, const Page &page, bool cached) {
  if (!cached) {
    try {
      store(page);
    } catch (const std::exception &e) { // warning: the task reports success after this error, which is at most logged
      log(e.what());
    }
  }
  done.set_value(); // note: the promise is fulfilled here as if all work was done
}
void ok_of_those_that_can_be_rendered(std::promise<Report> done, std::vector<std::string> names) {
  Report report;
  for (const std::string &name : names) {
    try {
      report.pages.push_back(render(name));
    } catch (const std::exception &e) {
      log(e.what());
    }
  }
  done.set_value(report);
}
void ok_fulfilled_with_the_error(std::promise<Report> done, std::vector<std::string> names) {
  Report report;
  try {
    for (const std::string &name : names)
      report.pages.push_back(render(name));
  } catch (...) {
    log("not rendered");
    done.set_exception(std::current_exception());
    return;
  }
  done.set_value(report);
}
void ok_fallback(std::promise<Page> done, const std::string &name) {
  Page page{"nothing to see here"};
  try {
    page = render(name);
  } catch (const std::exception &e) {
    log(e.what());
  }
  done.set_value(page);
}
void ok_the_value_says_so(std::promise<std::optional<Page>> done, const std::string &name) {
  std::optional<Page> page;
  try {
    page = render(name);
  } catch (const std::exception &e) {
    log(e.what());
  }
  done.set_value(std::move(page));
}
void ok_false(std::promise<bool> done, const Page &page) {
  try {
    store(page);
    done.set_value(true);
    return;
  } catch (const std::exception &e) {
    log(e.what());
  }
  done.set_value(false);
}
void ok_counted(std::promise<Report> done, const std::string &name, int &failures) {
  Report report;
  try {
    report.pages.push_back(render(name));
  } catch (const std::exception &e) {
    ++failures;
  }
  done.set_value(report);
}

// ---- who waits tells that all went well ---------------------------------------------------------------------------------
bool bad_counted_down(const Page &a, const Page &b) {
  std::latch stored(2);
  auto task = [&stored](const Page &page) {
    store(page);
    stored.count_down();
  };
  std::jthread first([&stored, &a] { // note: the task is started here, and waited for
    try {
      store(a);
    } catch (const std::exception &e) { // warning: the task reports success after this error, which is at most logged
      log(e.what());
    }
    stored.count_down();
  });
  std::jthread second([task, &b] { task(b); });
  stored.wait();
  return publish();
}
bool ok_counted_with_failures(const Page &a) {
  std::latch stored(1);
  bool failed = false;
  std::jthread first([&] {
    try {
      store(a);
    } catch (const std::exception &e) {
      failed = true;
    }
    stored.count_down();
  });
  stored.wait();
  return !failed && publish();
}
void ok_nobody_is_told(const Page &a) {
  std::latch stored(1);
  std::jthread first([&] {
    try {
      store(a);
    } catch (const std::exception &e) {
      log(e.what());
    }
    stored.count_down();
  });
  stored.wait();
}

// ---- the last defence of a thread that is waited for ----------------------------------------------------------------
class Cloner {
public:
  void clone() {
    {
      std::jthread lower(&Cloner::bad_copy, this, 0); // note: the task is started here, and waited for
      std::jthread upper(&Cloner::bad_copy, this, 1);
    }
    commit();
  }
  void ok_logged_at_the_boundary() {
    std::thread both(&Cloner::copyLogged, this);
    both.join();
    commit();
  }
  void ok_part_of_its_work() {
    std::jthread cleanup([this] {
      for (Page &page : pages_) {
        try {
          store(page);
        } catch (...) {
        }
      }
    });
  }
  void ok_member_worker() { worker_ = std::jthread(&Cloner::copyLater, this); }

private:
  void bad_copy(int half) noexcept {
    try {
      store(pages_[half]);
    } catch (...) { // warning: the task reports success after this error, which is at most logged
    }
  }
  void copyLogged() noexcept {
    try {
      store(pages_[0]);
    } catch (...) {
      log("not copied");
    }
  }
  void copyLater() noexcept {
    try {
      store(pages_[0]);
    } catch (...) {
    }
  }
  Page pages_[2];
  std::jthread worker_;
};

// ---- futures whose errors are logged by who collects them ---------------------------------------------------------------
class Writer {
public:
  bool collected(const std::vector<Page> &pages) {
    std::vector<std::future<void>> writes;
    for (const Page &page : pages)
      writes.push_back(std::async(std::launch::async, [&page] { store(page); }));
    bad_settle(writes);
    return publish();
  }
  bool bad_collected_here(const std::vector<Page> &pages) {
    std::vector<std::future<void>> writes;
    for (const Page &page : pages)
      writes.push_back(std::async(std::launch::async, [&page] { store(page); }));
    for (auto &write : writes) {
      try {
        write.get();
      } catch (const std::exception &e) { // warning: the error of the task is only logged here
        log(e.what());
      }
    }
    return publish();
  }
  bool ok_collected(const std::vector<Page> &pages) {
    std::vector<std::future<void>> writes;
    for (const Page &page : pages)
      writes.push_back(std::async(std::launch::async, [&page] { store(page); }));
    bool good = true;
    for (auto &write : writes) {
      try {
        write.get();
      } catch (const std::exception &e) {
        log(e.what());
        good = false;
      }
    }
    return good && publish();
  }
  void ok_at_shutdown() {
    for (auto &write : pending_) {
      try {
        write.get();
      } catch (const std::exception &e) {
        log(e.what());
      }
    }
  }

private:
  static void bad_settle(std::vector<std::future<void>> &writes) {
    for (auto &write : writes) {
      try {
        write.get();
      } catch (const std::exception &e) { // warning: the error of the task is only logged here
        log(e.what());
      }
    }
  }
  std::vector<std::future<void>> pending_;
};
