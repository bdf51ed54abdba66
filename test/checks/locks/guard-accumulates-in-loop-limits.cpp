// RUN: %verify %s heddle-guard-accumulates-in-loop -- -std=c++20
// Known misses: the limits that the page names.
#include <fstream>
#include <string>
#include <vector>

void read(std::ifstream &);

class Reader {
public:
  void FN_collected_in_a_member(const std::vector<std::string> &names) {
    for (const std::string &name : names) {
      files_.emplace_back(name);
      read(files_.back());
    }
  }

private:
  std::vector<std::ifstream> files_;
};
