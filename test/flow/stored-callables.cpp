// What a member of function type holds is known where the unit shows who stores it.
// RUN: %verify --word runs %s heddle-dev-stored -- -std=c++20
#include <functional>
#include <mutex>
#include <queue>
#include <string>
#include <map>
#include <thread>
#include <vector>

class Button {
public:
  void on_click(std::function<void()> f) { click_ = std::move(f); }
  template <class F> void on_key(F &&f) { key_ = std::forward<F>(f); }
  void use() {
    click_(); // runs: lambda in makes +1
    key_();   // runs: lambda in makes +2
    made_();  // runs: lambda in Button +0
    bound_(); // runs: open
    list_();  // runs: lambda in makes +5
    never_(); // runs: nothing
    given_(); // runs: nothing or others
    first_(); // runs: lambda in Button +1
  }
  void open() {}
  Button() : made_([] {}) {
    first_ = [] {};
    bound_ = std::bind(&Button::open, this);
  }
  explicit Button(std::function<void()> f) : given_(std::move(f)) {}
  void add(std::function<void()> f) { list_ = f; }

private:
  std::function<void()> click_, key_, made_, bound_, list_, never_, given_, first_;
};
void makes(Button &b) {
  b.on_click([] {});
  b.on_key([] {});

  auto local =
      [] {};
  b.add(local);
}

struct Job {
  int id;
  std::function<void()> run;
};
class Pool {
public:
  void post(std::function<void()> f) {
    std::lock_guard<std::mutex> g(m_);
    jobs_.push(std::move(f));
  }
  void work() {
    auto job = std::move(jobs_.front());
    jobs_.pop();
    job(); // runs: lambda in fills +1
    for (auto &h : handlers_)
      h(); // runs: lambda in fills +2
    named_["a"](); // runs: free_function
  }
  void each(std::function<void()> h) { handlers_.push_back(std::move(h)); }
  void name(const std::string &n, std::function<void()> h) { named_[n] = std::move(h); }

private:
  std::mutex m_;
  std::queue<std::function<void()>> jobs_;
  std::vector<std::function<void()>> handlers_;
  std::map<std::string, std::function<void()>> named_;
};
void free_function() {}
void fills(Pool &p) {
  p.post([] {});
  p.each([] {});
  p.name("a", free_function);
}
void runs(const Job &j) {
  j.run(); // runs: lambda in makes_job +1
}
void makes_job() {
  runs(Job{1, [] {}});
}
