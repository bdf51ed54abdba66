// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// Callables that are stored in a member or in the caller's object, or returned.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

void use(int);
void use(const std::string &);

// ---- returned ----
std::function<int()> bad_returned() {
  int n = 3;
  return [&n] { return n * 2; }; // warning: local 'n' is captured by reference in a callable that is returned
}
std::function<void()> bad_returned_by_name(std::string text) {
  std::function<void()> f = [&] { use(text); }; // warning: local 'text' is captured by reference in a callable that is returned
  return f;
}
auto bad_returned_lambda(int n) {
  return [&] { return n * 2; }; // warning: local 'n' is captured by reference in a callable that is returned
}
auto ok_returned_copy(int n) {
  return [n] { return n * 2; };
}
std::function<void()> ok_returned_reference(const std::string &text) {
  return [&text] { use(text); };
}
std::function<void()> ok_returned_shared() {
  auto text = std::make_shared<std::string>("x");
  return [text] { use(*text); };
}
std::function<int()> ok_returned_static() {
  static int n = 3;
  return [] { return n; };
}
int ok_called_here() {
  int n = 3;
  auto twice = [&n] { return n * 2; };
  return twice();
}

// ---- kept in a member ----
class Button {
public:
  explicit Button(std::string label) : bad_(0), click_([&] { use(label); }) {} // warning: local 'label' is captured by reference in a callable that is kept in 'click_'
  void bad_member() {
    int clicks = 0;
    click_ = [&clicks] { ++clicks; }; // warning: local 'clicks' is captured by reference in a callable that is kept in 'click_'
  }
  void bad_member_list(std::string who) {
    all_.push_back([&who] { use(who); }); // warning: local 'who' is captured by reference in a callable that is kept in 'all_'
  }
  void bad_into_the_callers(std::function<void()> &out) {
    int n = 1;
    out = [&] { use(n); }; // warning: local 'n' is captured by reference in a callable that is kept in 'out'
  }

  void ok_member_copy(std::string who) {
    click_ = [who] { use(who); };
  }
  void ok_members_by_this() {
    click_ = [this] { ++bad_; };
  }
  void ok_taken_back() {
    int clicks = 0;
    click_ = [&clicks] { ++clicks; };
    fire();
    click_ = nullptr;
  }
  std::vector<int> ok_set_for_a_run() {
    std::vector<int> seen;
    item_ = [&](int i) { seen.push_back(i); };
    scan();
    return seen;
  }
  void ok_guard_takes_it_back() {
    int clicks = 0;
    struct Guard {
      std::function<void()> undo;
      ~Guard() { undo(); }
    } guard{[this] { click_ = nullptr; }};
    click_ = [&clicks] { ++clicks; };
  }
  void ok_in_a_local_list() {
    int n = 0;
    std::vector<std::function<void()>> steps;
    steps.push_back([&n] { ++n; });
    for (auto &s : steps)
      s();
  }

private:
  void fire();
  void scan();
  int bad_;
  std::function<void()> click_;
  std::function<void(int)> item_;
  std::vector<std::function<void()>> all_;
};

// ---- a parameter that hides a member ----
struct Settings {
  int key = 0;
};
class Filter {
public:
  Filter(int id, std::function<bool(int)> accepts);
};
class Sorted {
public:
  Sorted(const std::function<bool(int)> &first);
};
class BadSwitcher {
public:
  BadSwitcher(const Settings &settings) // note: the parameter is declared here
      : settings(settings),
        filter(1, [&](int key) { return key == settings.key; }) {} // warning: 'settings' names the constructor's parameter here, not the member; the callable is kept in 'filter' and may outlive the caller's object

private:
  Settings settings; // note: the member that is made from it is declared here
  Filter filter;
};
class BadSwitcherOfItsOwn {
public:
  BadSwitcherOfItsOwn(const Settings &settings)
      : settings(settings),
        accepts([&settings](int key) { return key == settings.key; }) {} // warning: 'settings' names the constructor's parameter here, not the member; the callable is kept in 'accepts' and may outlive the caller's object

private:
  Settings settings;
  std::function<bool(int)> accepts;
};
class OkSwitcher {
public:
  OkSwitcher(const Settings &settings)
      : settings(settings), filter(1, [this](int key) { return key == this->settings.key; }) {}

private:
  Settings settings;
  Filter filter;
};
class OkCopy {
public:
  OkCopy(const Settings &settings) : settings(settings), filter(1, [settings](int key) { return key == settings.key; }) {}

private:
  Settings settings;
  Filter filter;
};
class OkRefersToIt { // it holds a reference itself: that is the contract
public:
  OkRefersToIt(const Settings &settings) : settings(settings), filter(1, [&](int key) { return key == settings.key; }) {}

private:
  const Settings &settings;
  Filter filter;
};
class OkCalledAtOnce {
public:
  OkCalledAtOnce(const Settings &settings)
      : settings(settings), first([&](int key) { return key == settings.key; }), number([&] { return settings.key; }()) {}

private:
  Settings settings;
  Sorted first;
  int number;
};
