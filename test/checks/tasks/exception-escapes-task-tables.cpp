// RUN: %verify %s heddle-exception-escapes-task -- -std=c++20
// Handlers that are kept in a table by name or number, and called by a thread; members that only the thread runs.
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

struct Signal {
  int kind = 0;
  std::string text;
};
bool nextSignal(Signal &);
void show(int) noexcept;
void complain(const char *) noexcept;

// ---- tables ------------------------------------------------------------------------------------------------------------
class SignalBox {
public:
  SignalBox() {
    rules_[1] = [this](const std::string &t) { track(t); }; // note: 'track' is called here
    rules_[2] = [](const std::string &) {};
    thread_ = std::thread(&SignalBox::bad_watch, this); // note: the task is started here
  }
  ~SignalBox() { thread_.join(); }

private:
  void bad_watch() {
    Signal s;
    while (nextSignal(s))
      if (auto rule = rules_.find(s.kind); rule != rules_.end())
        rule->second(s.text); // warning: 'std::invalid_argument' may escape the entry function of this task // note: the lambda is called here
  }
  void track(const std::string &t) { show(std::stoi(t)); } // note: 'stoi' throws
  std::unordered_map<int, std::function<void(const std::string &)>> rules_;
  std::thread thread_;
};

class BySubscript {
public:
  void listen() {
    rules_["speed"] = [](const Signal &s) { show(std::stoi(s.text)); };
    thread_ = std::thread([this] { bad_watch(); });
  }
  ~BySubscript() { thread_.join(); }

private:
  void bad_watch() {
    Signal s;
    while (nextSignal(s))
      rules_[s.text](s); // warning: 'std::invalid_argument' may escape the entry function of this task
  }
  std::map<std::string, std::function<void(const Signal &)>> rules_;
  std::thread thread_;
};

class EachInTurn {
public:
  EachInTurn() : thread_([this] { bad_watch(); }) {}
  ~EachInTurn() { thread_.join(); }
  void add(int kind, bool strict) {
    rules_[kind] = [strict](const Signal &s) {
      if (strict && s.text.empty())
        throw std::runtime_error("no text");
    };
  }

private:
  void bad_watch() {
    Signal s;
    while (nextSignal(s))
      for (const auto &[kind, rule] : rules_)
        rule(s); // warning: 'std::runtime_error' may escape the entry function of this task
  }
  std::map<int, std::function<void(const Signal &)>> rules_;
  std::thread thread_;
};

class ok_Caught {
public:
  ok_Caught() {
    rules_[1] = [](const std::string &t) { show(std::stoi(t)); };
    thread_ = std::thread(&ok_Caught::watch, this);
  }
  ~ok_Caught() { thread_.join(); }

private:
  void watch() {
    Signal s;
    while (nextSignal(s))
      if (auto rule = rules_.find(s.kind); rule != rules_.end()) {
        try {
          rule->second(s.text);
        } catch (const std::exception &e) {
          complain(e.what());
        }
      }
  }
  std::unordered_map<int, std::function<void(const std::string &)>> rules_;
  std::thread thread_;
};
class ok_TwoTables { // the one that throws is called by whoever asks
public:
  ok_TwoTables() {
    questions_[1] = [](const std::string &t) { show(std::stoi(t)); };
    rules_[1] = [](const std::string &) noexcept {};
    thread_ = std::thread(&ok_TwoTables::watch, this);
  }
  ~ok_TwoTables() { thread_.join(); }
  void ask(int kind, const std::string &text) {
    if (auto q = questions_.find(kind); q != questions_.end())
      q->second(text);
  }

private:
  void watch() {
    Signal s;
    while (nextSignal(s))
      if (auto rule = rules_.find(s.kind); rule != rules_.end())
        rule->second(s.text);
  }
  std::map<int, std::function<void(const std::string &)>> questions_, rules_;
  std::thread thread_;
};
class ok_FilledByOthers {
public:
  ok_FilledByOthers() : thread_([this] { watch(); }) {}
  ~ok_FilledByOthers() { thread_.join(); }
  void add(int kind, std::function<void(const Signal &)> rule) { rules_[kind] = std::move(rule); }

private:
  void watch() {
    Signal s;
    while (nextSignal(s))
      for (auto &[kind, rule] : rules_)
        rule(s);
  }
  std::map<int, std::function<void(const Signal &)>> rules_;
  std::thread thread_;
};

// ---- the member is the task, where nobody else calls it ----------------------------------------------------------------
class Archive {
public:
  Archive() : thread_([this] { bad_pack(); }) {} // note: the task is started here
  ~Archive() { thread_.join(); }

private:
  void bad_pack() {
    Signal s;
    while (nextSignal(s))
      if (s.text.size() > 80)
        throw std::length_error("text"); // warning: 'std::length_error' may escape the entry function of this task
  }
  std::thread thread_;
};
class SharedMember {
public:
  void bad_later() {
    std::jthread thread([this] { pack(); }); // warning: 'std::length_error' may escape the entry function of this task
  }
  void now() { pack(); }

private:
  void pack() {
    Signal s;
    while (nextSignal(s))
      if (s.text.size() > 80)
        throw std::length_error("text");
  }
};
