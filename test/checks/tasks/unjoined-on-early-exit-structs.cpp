// RUN: %verify %s heddle-unjoined-on-early-exit -- -std=c++20
// Threads inside of structs, in containers and in hand-written groups.
#include <string>
#include <thread>
#include <utility>
#include <vector>

void work();
bool ready();
struct Helper {
  std::string name;
  std::thread thread;
};
struct Own {
  explicit Own(void (*fn)()) : thread(fn) {}
  Own(Own &&) = default;
  ~Own() {
    if (thread.joinable())
      thread.join();
  }
  std::thread thread;
};

void bad_records() {
  std::vector<Helper> helpers;
  helpers.push_back({"first", std::thread(work)});
  if (!ready())
    return; // warning: 'helpers' may still run here, and is not joined on this path
  for (Helper &h : helpers)
    h.thread.join();
}
void ok_records() {
  std::vector<Helper> helpers;
  helpers.push_back({"first", std::thread(work)});
  for (Helper &h : helpers)
    h.thread.join();
}
void ok_records_that_may_be_over() {
  std::vector<Helper> helpers;
  helpers.push_back({"first", std::thread(work)});
  for (auto &h : helpers)
    if (h.thread.joinable())
      h.thread.join();
}
void ok_let_go() {
  std::vector<Helper> helpers;
  helpers.push_back({"first", std::thread(work)});
  for (auto &h : helpers)
    h.thread.detach();
}
void ok_record_that_joins() {
  std::vector<Own> helpers;
  helpers.emplace_back(work);
  if (!ready())
    return;
}
void ok_taken_out() {
  std::vector<Helper> helpers;
  helpers.push_back({"first", std::thread(work)});
  while (!helpers.empty()) {
    Helper last = std::move(helpers.back());
    helpers.pop_back();
    last.thread.join();
  }
}

class Crew {
public:
  template <class Fn, class... Args> void start(std::string name, Fn fn, Args... args) {
    helpers_.push_back({std::move(name), std::thread(fn, args...)});
  }
  void joinAll() {
    for (Helper &h : helpers_)
      h.thread.join();
    helpers_.clear();
  }

private:
  std::vector<Helper> helpers_;
};
class JoiningCrew {
public:
  ~JoiningCrew() {
    for (Helper &h : helpers_)
      h.thread.join();
  }
  void start(std::string name, void (*fn)()) { helpers_.push_back({std::move(name), std::thread(fn)}); }

private:
  std::vector<Helper> helpers_;
};
class Index {
public:
  bool bad_busy() {
    Crew crew;
    crew.start("hot", &Index::rebuild, this, 1);
    if (!ready())
      return false; // warning: 'crew' may have running tasks here, and is not waited for on this path
    crew.joinAll();
    return true;
  }
  bool ok_joined() {
    Crew crew;
    crew.start("hot", &Index::rebuild, this, 1);
    bool is = ready();
    crew.joinAll();
    return is;
  }
  bool ok_joins_by_itself() {
    JoiningCrew crew;
    crew.start("hot", work);
    return ready();
  }

private:
  void rebuild(int);
};
