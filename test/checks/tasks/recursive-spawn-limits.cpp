// RUN: %verify %s heddle-recursive-spawn -- -std=c++20
// Known misses: the limits that the page names.
#include <string>
#include <thread>
#include <vector>

struct Folder {
  std::string name;
  std::vector<Folder> children;
};
void log(const std::string &);

// The comparison bounds nothing.
void FN_any_comparison_counts_as_a_bound(const Folder &f) {
  if (f.name.size() > 100)
    log(f.name);
  std::vector<std::jthread> threads;
  for (const Folder &c : f.children)
    threads.emplace_back([&c] { FN_any_comparison_counts_as_a_bound(c); });
}
