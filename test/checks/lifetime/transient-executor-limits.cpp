// RUN: %verify %s heddle-transient-executor -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/thread_pool.h"
#include <string>
#include <thread>
#include <vector>

void work(const std::string &);

class Client {
public:
  Client() : reader_([] { work("read"); }) {}

private:
  std::jthread reader_;
};
// One thread is often meant.
void FN_one_thread(const std::vector<std::string> &hosts) {
  for (const auto &host : hosts) {
    Client client;
    work(host);
  }
}
// How often a free function is called is not known.
void FN_free_function(const std::string &file) {
  ThreadPool pool(4);
  pool.submit([file] { work(file); });
}
