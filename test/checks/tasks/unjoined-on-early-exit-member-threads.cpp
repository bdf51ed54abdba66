// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
// Local objects with threads in members, which a member function joins that has to be called.
#include "Inputs/thread_joiner.h"
#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

void brew();
void grind(int beans);
bool ready() noexcept;
int orders() noexcept;
int parse(const std::string &text) {
  if (text.empty())
    throw std::invalid_argument("no order"); // note: 'std::invalid_argument' is thrown here
  return 1;
}

class Brewers {
public:
  explicit Brewers(int count) {
    for (int i = 0; i != count; ++i)
      machines_.emplace_back([i] { grind(i); }); // note: 'machines_' is started here
  }
  Brewers(const Brewers &) = delete;
  void finish() {
    for (std::thread &m : machines_)
      m.join();
  }
  std::size_t size() const { return machines_.size(); }
  void later();

private:
  std::vector<std::thread> machines_;
};
class Kettle {
public:
  void heat(int degrees) {
    level_ = degrees;
    heater_ = std::thread([this] { boil(); }); // note: 'heater_' is started here
  }
  void cool() {
    off_ = true;
    heater_.join();
  }

private:
  void boil() {
    while (!off_)
      grind(level_);
  }
  int level_ = 0;
  std::atomic<bool> off_{false};
  std::thread heater_;
};
class Grinder {
public:
  Grinder() : motor_(brew), dust_(brew) {}
  void wait() {
    motor_.join();
    dust_.join();
  }

private:
  std::thread motor_, dust_;
};
class Lamp {
public:
  void off() { blinks_.join(); }

private:
  std::thread blinks_{brew}; // note: it is started here, with the object
};

int bad_constructor_starts() {
  Brewers brewers(4);
  if (!ready())
    return 1; // warning: 'brewers' may have running threads here, and 'finish' is not called on this path
  brewers.finish(); // note: 'finish' joins it here, which this path does not reach
  return 0;
}
int bad_member_starts() {
  Kettle kettle;
  if (!ready())
    return 1; // nothing runs yet
  kettle.heat(90);
  if (orders() == 0)
    return 2; // warning: 'kettle' may have running threads here, and 'cool' is not called on this path
  kettle.cool();
  return 0;
}
int bad_throws(const std::string &text) {
  Brewers brewers(4);
  int n = parse(text); // warning: 'brewers' may have running threads when this throws, and 'finish' is not called on this path
  brewers.finish();
  return n;
}
int bad_two_members() {
  Grinder grinder;
  if (!ready())
    return 1; // warning: 'grinder' may have running threads here, and 'wait' is not called on this path
  grinder.wait();
  return 0;
}
int bad_with_the_object(bool dark) {
  Lamp lamp;
  if (!dark)
    return 1; // warning: 'lamp' may have running threads here, and 'off' is not called on this path
  lamp.off();
  return 0;
}
void bad_next_turn(const std::vector<int> &cups) {
  for (int cup : cups) {
    Kettle kettle;
    kettle.heat(cup);
    if (!ready())
      continue; // warning: 'kettle' may have running threads here, and 'cool' is not called on this path
    kettle.cool();
  }
}

// ---- silent -----------------------------------------------------------------------------------------------------------

class Joins {
public:
  Joins() : t_(brew) {}
  ~Joins() {
    if (t_.joinable())
      t_.join();
  }
  void wait() { t_.join(); }

private:
  std::thread t_;
};
class JoinsInMember {
public:
  JoinsInMember() : t_(brew) {}
  ~JoinsInMember() { stop(); }
  void stop() {
    if (t_.joinable())
      t_.join();
  }

private:
  std::thread t_;
};
class Unseen {
public:
  Unseen() : t_(brew) {}
  ~Unseen();
  void wait() { t_.join(); }

private:
  std::thread t_;
};
class ByThemselves {
public:
  ByThemselves() : t_(brew) {}
  void wait() { t_.join(); }

private:
  std::jthread t_;
};

class HasJoiner {
public:
  HasJoiner() { threads_.emplace_back(brew); }
  void wait() {
    for (std::thread &t : threads_)
      t.join();
    threads_.clear();
  }

private:
  std::vector<std::thread> threads_;
  ThreadJoiner joiner_{threads_};
};
struct AtEnd {
  std::function<void()> f;
  ~AtEnd() { f(); }
};
class HasGuard {
public:
  HasGuard() : t_(brew) {}
  void wait() { t_.join(); }

private:
  std::thread t_;
  AtEnd end_{[this] { wait(); }};
};
class LetsGo {
public:
  LetsGo() : t_(brew) { t_.detach(); }
  void wait() {
    if (t_.joinable())
      t_.join();
  }

private:
  std::thread t_;
};
class MayStart {
public:
  explicit MayStart(bool at_once) {
    if (at_once)
      t_ = std::thread(brew);
  }
  void wait() {
    if (t_.joinable())
      t_.join();
  }

private:
  std::thread t_;
};
class KnowsItself {
public:
  KnowsItself() : t_(brew) {}
  void wait() {
    if (running_) {
      running_ = false;
      t_.join();
    }
  }
  void waitOrThrow() {
    t_.join();
    if (failed_)
      throw std::runtime_error("brew failed");
  }

private:
  bool running_ = true, failed_ = false;
  std::thread t_;
};
int ok_joins() {
  Joins j;
  if (!ready())
    return 1;
  j.wait();
  return 0;
}
int ok_joins_in_member() {
  JoinsInMember j;
  if (!ready())
    return 1;
  j.stop();
  return 0;
}
int ok_unseen_destructor() {
  Unseen j;
  if (!ready())
    return 1;
  j.wait();
  return 0;
}
int ok_jthread() {
  ByThemselves j;
  if (!ready())
    return 1;
  j.wait();
  return 0;
}
int ok_joiner() {
  HasJoiner j;
  if (!ready())
    return 1;
  j.wait();
  return 0;
}
int ok_guard_in_the_class() {
  HasGuard j;
  if (!ready())
    return 1;
  j.wait();
  return 0;
}
int ok_let_go() {
  LetsGo j;
  if (!ready())
    return 1;
  j.wait();
  return 0;
}
int ok_may_not_have_started(bool at_once) {
  MayStart j(at_once);
  if (!at_once)
    return 1;
  j.wait();
  return 0;
}
int ok_on_every_way() {
  Brewers brewers(2);
  if (!ready()) {
    brewers.finish();
    return 1;
  }
  brewers.finish();
  return 0;
}
int ok_the_class_asks() {
  KnowsItself k;
  k.wait();
  if (!ready())
    return 1;
  k.wait();
  return 0;
}
void ok_throws_when_it_is_joined() {
  KnowsItself k;
  k.waitOrThrow();
}
int ok_scope_guard() {
  Brewers brewers(2);
  AtEnd end{[&] { brewers.finish(); }};
  if (!ready())
    return 1;
  return 0;
}
int ok_member_that_nobody_sees() {
  Brewers brewers(2);
  brewers.later();
  if (!ready())
    return 1;
  brewers.finish();
  return 0;
}
void waitFor(Brewers &);
int ok_given_to_others() {
  Brewers brewers(2);
  waitFor(brewers);
  if (!ready())
    return 1;
  brewers.finish();
  return 0;
}
int ok_not_started_yet() {
  Kettle kettle;
  if (!ready())
    return 1;
  kettle.heat(80);
  kettle.cool();
  return 0;
}
int ok_caught(const std::string &text) {
  Brewers brewers(2);
  int n = 0;
  try {
    n = parse(text);
  } catch (const std::exception &) {
    brewers.finish();
    return 1;
  }
  brewers.finish();
  return n;
}
int ok_flag(bool hot) {
  Kettle kettle;
  if (hot)
    kettle.heat(90);
  int n = orders();
  if (!hot)
    return n;
  kettle.cool();
  return n;
}
int ok_never_dies() {
  static Brewers brewers(2);
  if (!ready())
    return 1;
  brewers.finish();
  return 0;
}
std::unique_ptr<Brewers> ok_moved_on() {
  auto brewers = std::make_unique<Brewers>(2);
  if (!ready())
    return brewers;
  brewers->finish();
  return nullptr;
}
[[noreturn]] void giveUp();
int ok_ends_the_program() {
  Brewers brewers(2);
  if (!ready())
    giveUp();
  brewers.finish();
  return 0;
}
int ok_asked_for_size() {
  Brewers brewers(2);
  std::size_t n = brewers.size();
  brewers.finish();
  return n > 1 ? 0 : 1;
}

// Both are joined by the one member that no destructor calls: one defect.
class bad_TwoWorkers {
public:
  void start() {
    reads_ = std::thread([] { brew(); }); // note: it is started here
    writes_ = std::thread([] { brew(); });
  }
  void stop() {
    reads_.join(); // note: it is joined only if this is called
    writes_.join();
  }

private:
  std::thread reads_; // warning: 'reads_' is joined only in 'stop', and 'bad_TwoWorkers' has no destructor that joins it
  std::thread writes_;
};
std::unique_ptr<bad_TwoWorkers> makeTwoWorkers() {
  auto both = std::make_unique<bad_TwoWorkers>();
  both->start();
  return both;
}
// The one object is made for good: no destructor runs.
class ok_singleton {
public:
  static ok_singleton &instance() {
    static std::atomic<ok_singleton *> one{nullptr};
    if (!one.load())
      one.store(new ok_singleton);
    return *one.load();
  }

private:
  ok_singleton() : thread_([] {}) {}
  std::thread thread_;
};
