// REQUIRES: boost
// RUN: %verify %s heddle-unsynchronized-task-write -- -std=c++20
// Fibers of one thread take turns: only one of them runs at a time.
#include <boost/fiber/all.hpp>

#include <string>
#include <thread>
#include <vector>

std::string fetch(const std::string &url);

class Import {
public:
  void ok_fibers(const std::vector<std::string> &urls) {
    std::vector<boost::fibers::fiber> fetchers;
    for (const std::string &url : urls)
      fetchers.emplace_back([this, url] { take(url); });
    for (auto &fetcher : fetchers)
      fetcher.join();
  }
  void bad_threads(const std::vector<std::string> &urls) {
    std::vector<std::thread> fetchers;
    for (const std::string &url : urls)
      fetchers.emplace_back([this, url] { all_.push_back(fetch(url)); }); // warning: 'all_' is written by several tasks without a common lock
    for (auto &fetcher : fetchers)
      fetcher.join();
  }

private:
  void take(const std::string &url) { articles_.push_back(fetch(url)); }
  std::vector<std::string> articles_, all_;
};

// A scheduler that moves fibers between threads is not seen.
void FN_fibers_that_change_threads(const std::vector<std::string> &urls, std::vector<std::string> &out) {
  boost::fibers::use_scheduling_algorithm<boost::fibers::algo::shared_work>();
  std::vector<boost::fibers::fiber> fetchers;
  for (const std::string &url : urls)
    fetchers.emplace_back([&out, url] { out.push_back(fetch(url)); });
  for (auto &fetcher : fetchers)
    fetcher.join();
}
