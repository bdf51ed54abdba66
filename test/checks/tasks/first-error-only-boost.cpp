// REQUIRES: boost
// RUN: %verify %s heddle-first-error-only -- -std=c++20
#include <boost/fiber/all.hpp>

#include <exception>
#include <string>
#include <vector>

struct Price {
  double bid = 0;
};
Price quote(const std::string &venue);
void log(const std::string &);

std::vector<Price> bad_fibers(const std::vector<std::string> &venues) {
  std::vector<boost::fibers::future<Price>> quotes;
  for (const auto &venue : venues)
    quotes.push_back(boost::fibers::async([venue] { return quote(venue); }));
  std::vector<Price> all;
  for (auto &q : quotes)
    all.push_back(q.get()); // warning: the first error that is thrown here ends this loop
  return all;
}
std::vector<Price> ok_fibers(std::vector<boost::fibers::future<Price>> &quotes) {
  std::vector<Price> all;
  for (auto &q : quotes) {
    try {
      all.push_back(q.get());
    } catch (const std::exception &e) {
      log(e.what());
    }
  }
  return all;
}
