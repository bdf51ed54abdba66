// Local containers that collect handles in a loop.
// RUN: %verify --word keeps %s heddle-dev-accumulation -- -std=c++20
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

void use(std::istream &);
void use();
void files(const std::vector<std::string> &names) {
  std::vector<std::ifstream> all;
  for (auto &n : names) {
    all.emplace_back(n); // keeps: all handles
    use(all.back());
  }
}
void locks(std::vector<std::mutex> &mutexes) {
  std::vector<std::unique_lock<std::mutex>> all;
  for (auto &m : mutexes) {
    all.emplace_back(m); // keeps: all locks
    use();
  }
}
void only_collects(std::vector<std::mutex> &mutexes) {
  std::vector<std::unique_lock<std::mutex>> all;
  for (auto &m : mutexes)
    all.emplace_back(m);
  use();
}
