// Where something is made by the first who needs it.
// RUN: %verify --word lazy %s heddle-dev-lazy-inits -- -std=c++20
#include <memory>
#include <mutex>

class Config {
public:
  int *value() {
    if (!known()) {
      std::lock_guard lock(mutex);
      if (!known())
        made = std::make_unique<int>(1); // lazy: made is made under mutex
    }
    return made.get();
  }
  int *other() const {
    if (!cached) // lazy: cached is tested
      cached = new int(2); // lazy: cached is made
    return cached;
  }
  int *locked() {
    std::lock_guard lock(mutex);
    if (!last)
      last = new int(3);
    return last;
  }

private:
  bool known() const { return made != nullptr; } // lazy: made is tested
  std::mutex mutex;
  std::unique_ptr<int> made;
  mutable int *cached = nullptr;
  int *last = nullptr;
};
