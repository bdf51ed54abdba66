// RUN: %verify %s heddle-exception-escapes-task -- -std=c++20
// Known misses: the limits that the page names.
#include <cstddef>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

void use(std::vector<int> &);
void FN_memory_runs_out(std::size_t n) {
  std::thread([n] {
    std::vector<int> all(n);
    use(all);
  }).detach();
}

int parse(const std::string &line) {
  if (line.empty())
    throw std::invalid_argument("empty line");
  return 1;
}
// The program is terminated in show(), before the exception reaches the entry function.
void show(const std::string &line) noexcept { (void)parse(line); }
void FN_noexcept_function_on_the_way(std::string line) {
  std::thread([line] { show(line); }).detach();
}
