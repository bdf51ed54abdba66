// RUN: %verify %s heddle-future-read-twice -- -std=c++20
// Known misses: the limits that the page names.
#include <cstddef>
#include <future>
#include <vector>

void use(int);
bool chosen(std::size_t);

void FN_elements_that_a_condition_selects(std::vector<std::future<int>> &all) {
  for (std::size_t i = 0; i < all.size(); ++i)
    if (chosen(i))
      use(all[i].get());
  for (std::size_t i = 0; i < all.size(); ++i)
    if (chosen(i))
      use(all[i].get());
}

class FN_ReadInTwoMembers {
public:
  explicit FN_ReadInTwoMembers(std::future<int> f) : answer_(std::move(f)) {}
  int first() { return answer_.get(); }
  int second() { return answer_.get(); }

private:
  std::future<int> answer_;
};
