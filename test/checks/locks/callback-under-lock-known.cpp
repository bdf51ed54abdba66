// RUN: %verify %s heddle-callback-under-lock -- -std=c++20
// What the callbacks do is seen.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// ---- one comes back: the lock guards nothing but the callback, and that takes it ----

class Observer {
public:
  explicit Observer(std::function<void(int)> call) : call_(std::move(call)) {}
  void bad_notify(int what) {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked here
    if (call_)
      call_(what); // warning: a callback runs while 'mutex_' is held
  }
  void disable() {
    std::lock_guard lock(mutex_); // note: 'mutex_' is locked again here
    call_ = nullptr;
  }

private:
  std::mutex mutex_;
  std::function<void(int)> call_;
};
class Session {
public:
  Session() {
    observer_ = std::make_shared<Observer>([this](int what) { on(what); }); // note: this is one of them // note: 'on' is called here
  }
  void send(int what) { observer_->bad_notify(what); }

private:
  void on(int what) {
    if (what == 0)
      observer_->disable(); // note: 'disable' is called here
  }
  std::shared_ptr<Observer> observer_;
};

class Button {
public:
  void onClick(std::function<void()> f) {
    std::lock_guard lock(mutex_);
    click_ = std::move(f);
  }
  void clear() {
    std::lock_guard lock(mutex_);
    click_ = nullptr;
  }
  void bad_click() {
    std::lock_guard lock(mutex_);
    if (click_)
      click_(); // warning: a callback runs while 'mutex_' is held
  }

private:
  std::mutex mutex_;
  std::function<void()> click_;
};
void once(Button &b) {
  b.onClick([&b] { b.clear(); });
}

// ---- silent: the lock guards nothing but the callback, and none comes back ----

class ok_Button {
public:
  void onClick(std::function<void()> f) {
    std::lock_guard lock(mutex_);
    click_ = std::move(f);
  }
  void click() {
    std::lock_guard lock(mutex_);
    if (click_)
      click_();
  }

private:
  std::mutex mutex_;
  std::function<void()> click_;
};
void count(ok_Button &b, int &n) {
  b.onClick([&n] { ++n; });
}

// ---- silent: the object itself has bound all of them, and they take no lock and call nothing unknown ----

class ok_Bus {
public:
  ok_Bus() {
    remember_ = [this](const std::string &key, int id) { ids_[key] = id; };
  }
  int send(const std::string &key) {
    std::lock_guard lock(mutex_);
    int id = ++last_;
    remember_(key, id);
    return id;
  }
  int last() {
    std::lock_guard lock(mutex_);
    return last_;
  }

private:
  std::mutex mutex_;
  std::function<void(const std::string &, int)> remember_;
  std::map<std::string, int> ids_;
  int last_ = 0;
};
class ok_BoundMember {
public:
  ok_BoundMember() : remember_(std::bind(&ok_BoundMember::remember, this, std::placeholders::_1)) {}
  int send() {
    std::lock_guard lock(mutex_);
    remember_(++last_);
    return last_;
  }
  int last() {
    std::lock_guard lock(mutex_);
    return last_;
  }

private:
  void remember(int id) { ids_.push_back(id); }
  std::mutex mutex_;
  std::function<void(int)> remember_;
  std::vector<int> ids_;
  int last_ = 0;
};
/// By the constructor, from the owner, which is seen.
class ok_Line {
public:
  explicit ok_Line(std::function<void(int)> remember) : remember_(std::move(remember)) {}
  int send() {
    std::lock_guard lock(mutex_);
    remember_(++last_);
    return last_;
  }
  int last() {
    std::lock_guard lock(mutex_);
    return last_;
  }

private:
  std::mutex mutex_;
  std::function<void(int)> remember_;
  int last_ = 0;
};
class Arm {
public:
  Arm() : line_([this](int id) { ids_.push_back(id); }) {}
  int move() { return line_.send(); }

private:
  std::vector<int> ids_;
  ok_Line line_;
};

// ---- loud: it waits, calls what is not seen, or is not known ----

void unknown(int);
class Slow {
public:
  Slow() {
    tell_ = [](int) { std::this_thread::sleep_for(std::chrono::seconds(1)); };
  }
  void bad_set(int v) {
    std::lock_guard lock(mutex_);
    value_ = v;
    tell_(v); // warning: a callback runs while 'mutex_' is held
  }
  int value() {
    std::lock_guard lock(mutex_);
    return value_;
  }

private:
  std::mutex mutex_;
  std::function<void(int)> tell_;
  int value_ = 0;
};
class Unseen {
public:
  Unseen() {
    tell_ = [](int v) { unknown(v); };
  }
  void bad_set(int v) {
    std::lock_guard lock(mutex_);
    value_ = v;
    tell_(v); // warning: a callback runs while 'mutex_' is held
  }
  int value() {
    std::lock_guard lock(mutex_);
    return value_;
  }

private:
  std::mutex mutex_;
  std::function<void(int)> tell_;
  int value_ = 0;
};
/// Others may register others.
class bad_Registered {
public:
  void onSet(std::function<void(int)> f) { tell_ = std::move(f); }
  void set(int v) {
    std::lock_guard lock(mutex_);
    value_ = v;
    tell_(v); // warning: a callback runs while 'mutex_' is held
  }
  int value() {
    std::lock_guard lock(mutex_);
    return value_;
  }

private:
  std::mutex mutex_;
  std::function<void(int)> tell_;
  int value_ = 0;
};
void listen(bad_Registered &r, int &sum) {
  r.onSet([&sum](int v) { sum += v; });
}
