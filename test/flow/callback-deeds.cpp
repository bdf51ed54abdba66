// What stored callables do about the lock under which they are called.
// RUN: %verify --word deed %s heddle-dev-callback-deeds -- -std=c++20
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

void unseen(int);

class Own {
public:
  Own() : count_([this](int n) { sum_ += n; }), ask_([](int n) { unseen(n); }) {
    twice_ = [this](int n) { add(n); };
  }
  void run(int n) {
    std::lock_guard lock(mutex_);
    count_(n); // deed: harmless
    ask_(n);   // deed: unknown
    twice_(n); // deed: comes back
  }
  void add(int n) {
    std::lock_guard lock(mutex_);
    sum_ += n;
  }

private:
  std::mutex mutex_;
  std::function<void(int)> count_, ask_, twice_;
  int sum_ = 0;
};

class Others {
public:
  void on(std::function<void(int)> f) { all_.push_back(std::move(f)); }
  void run(int n) {
    std::lock_guard lock(mutex_);
    for (auto &f : all_)
      f(n); // deed: unknown
  }

private:
  std::mutex mutex_;
  std::vector<std::function<void(int)>> all_;
};
void listen(Others &o, int &sum) {
  o.on([&sum](int n) { sum += n; });
}
