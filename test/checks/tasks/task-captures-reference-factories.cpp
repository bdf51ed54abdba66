// RUN: %verify %s heddle-task-captures-reference -- -std=c++20
// Callables that a function of the program creates and returns.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Style {
  unsigned edge = 0;
  std::string mark;
};
Style styleFor(const std::string &picture);
void render(const std::string &picture, const Style &style);
void touch(int *counter);

class Workshop {
public:
  Workshop() {
    for (int i = 0; i < 2; ++i)
      hands_.emplace_back([this](std::stop_token stop) { work(stop); });
  }
  void hand(std::function<void()> job) {
    {
      std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
  }

private:
  void work(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (wake_.wait(lock, stop, [this] { return !jobs_.empty(); })) {
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::jthread> hands_;
};

std::function<void()> rendering(const std::string &picture, const Style &style) {
  return [picture, &style] { render(picture, style); };
}
auto counting(int *counter) {
  return [counter] { touch(counter); };
}
std::function<void()> copying(const std::string &picture, const Style &style) {
  return [picture, style] { render(picture, style); };
}
std::function<void()> either(const Style &style, bool plain) {
  if (plain)
    return [] {};
  return [&style] { render("", style); };
}

class Thumbnails {
public:
  void bad_uploaded(const std::string &picture) {
    const Style style = styleFor(picture);  // note: 'style' lives until its scope ends
    workshop_.hand(rendering(picture, style)); // warning: local 'style' is passed by reference to a task that may outlive it
  }
  void bad_of_two(const std::string &picture) {
    const Style style = styleFor(picture);
    workshop_.hand(either(style, picture.empty())); // warning: local 'style' is passed by reference to a task that may outlive it
  }
  void bad_pointer() {
    int counter = 0;
    workshop_.hand(counting(&counter)); // warning: local 'counter' is passed by reference to a task that may outlive it
  }
  void bad_member() {
    Style style = styleFor("");
    workshop_.hand(drawing(style)); // warning: local 'style' is passed by reference to a task that may outlive it
  }
  void bad_detached() {
    Style style = styleFor("");
    std::thread(rendering("", style)).detach(); // warning: local 'style' is passed by reference to a task that may outlive it
  }

  void ok_copies(const std::string &picture) {
    const Style style = styleFor(picture);
    workshop_.hand(copying(picture, style));
  }
  void ok_joined() {
    Style style = styleFor("");
    std::jthread worker(rendering("", style));
  }
  void ok_called_here() {
    Style style = styleFor("");
    rendering("", style)();
    auto draw = rendering("", style);
    draw();
  }
  void ok_of_the_object() { workshop_.hand(rendering("", style_)); }
  void ok_of_the_caller(const Style &style) { workshop_.hand(rendering("", style)); }
  void ok_named_before_it_is_copied() {
    Style style = styleFor("");
    workshop_.hand(drawingOwn(style));
  }

private:
  std::function<void()> drawing(Style &style) {
    return [this, &style] { render(name_, style); };
  }
  std::function<void()> drawingOwn(Style &style) {
    name_ = style.mark;
    return [this] { render(name_, style_); };
  }
  std::string name_;
  Style style_;
  Workshop workshop_;
};
