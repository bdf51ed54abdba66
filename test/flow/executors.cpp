// Classes whose objects own threads, and how often declarations are evaluated.
// RUN: %verify --word executor %s heddle-dev-executors -- -std=c++20
#include <memory>
#include <string>
#include <thread>
#include <vector>

void work();
bool next();

class Pool { // executor: owns threads
public:
  Pool() {
    for (int i = 0; i < 4; ++i)
      threads_.emplace_back([] { work(); });
  }

private:
  std::vector<std::jthread> threads_;
};
class Client { // executor: owns threads
public:
  Client() {}
  void get(const std::string &) {
    int n = 0; // executor: in each call
    work();
  }

private:
  std::unique_ptr<Pool> pool_ = std::make_unique<Pool>();
};
class Shares {
public:
  Shares() {}

private:
  std::shared_ptr<Pool> pool_;
};
class One {
public:
  One() : thread_([] { work(); }) {}

private:
  std::jthread thread_;
};
static void helper() {
  int n = 0; // executor: in each iteration
}
void loops(const std::vector<int> &all) {
  for (int i : all) {
    int n = i; // executor: in each iteration
    helper();
  }
  while (next()) {
    int n = 1; // executor: in each iteration
  }
  for (int i = 0; i < 10; ++i) {
    int n = 2;
  }
  int last = 3;
}
