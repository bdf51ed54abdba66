// RUN: %verify %s heddle-callback-under-lock -- -std=c++20
// Known misses: the limits that the page names.
#include <mutex>
#include <vector>

struct Listener {
  virtual ~Listener() = default;
  virtual void changed(int value) = 0;
};

class Model {
public:
  void add(Listener *l) {
    std::lock_guard lock(mutex_);
    listeners_.push_back(l);
  }
  void FN_listener_that_nobody_removes(int value) {
    std::lock_guard lock(mutex_);
    for (Listener *l : listeners_)
      l->changed(value);
  }

private:
  std::mutex mutex_;
  std::vector<Listener *> listeners_;
};
