// REQUIRES: boost
// RUN: %verify %s heddle-excessive-concurrency-limit -- -std=c++20
#include <boost/asio.hpp>

#include <string>
#include <vector>

void bad_pool() {
  boost::asio::thread_pool pool(10000); // warning: up to 10000 threads run at once
}
void bad_one_each(const std::vector<std::string> &files) {
  boost::asio::thread_pool pool(files.size()); // warning: as many threads are started as the input has elements
}
void ok_pool() { boost::asio::thread_pool pool(4); }
void ok_default() { boost::asio::thread_pool pool; }
