// RUN: %verify %s heddle-spawn-after-wait -- -std=c++20
// Known misses: the limits that the page names.
#include <thread>
#include <utility>
#include <vector>

void work(int);

// Its wait takes away all slots, and its spawn ignores a task without a slot.
class Slots {
public:
  template <class F> void run(F task) {
    if (left_ > 0) {
      --left_;
      threads_.emplace_back(std::move(task));
    }
  }
  void wait() {
    for (std::thread &t : threads_)
      t.join();
    threads_.clear();
    left_ -= left_;
  }

private:
  int left_ = 8;
  std::vector<std::thread> threads_;
};
void FN_closed_by_a_count() {
  Slots slots;
  slots.run([] { work(1); });
  slots.wait();
  slots.run([] { work(2); });
  slots.wait();
}
