// RUN: %verify %s heddle-copied-sync-object -- -std=c++20
// Known misses: the limits that the page names.
#include <mutex>

// Its copies lock mutexes of their own.
class Guarded {
public:
  Guarded() = default;
  Guarded(const Guarded &other) : n_(other.n_) {}
  void add() {
    std::lock_guard lock(mutex_);
    ++n_;
  }

private:
  std::mutex mutex_;
  int n_ = 0;
};
void FN_copy_constructor_by_hand(Guarded copy) { copy.add(); }
