// A range-based for over a channel of Boost.Fiber ends when the channel is closed.
// REQUIRES: boost-fiber
// RUN: %verify %s heddle-never-closed-channel -- -std=c++20
#include <boost/fiber/all.hpp>
#include <istream>
#include <string>
#include <thread>

void store(const std::string &);
using Lines = boost::fibers::buffered_channel<std::string>;

void storeAll(Lines &lines) {
  for (const std::string &line : lines) // warning: the loop ends when 'lines' is closed, but it is never closed; the task that receives waits forever
    store(line);
}
void import(std::istream &in) {
  Lines lines(16);
  std::thread writer([&lines] { storeAll(lines); });
  for (std::string line; std::getline(in, line);)
    lines.push(line);
  writer.join();
}
void ok_storeAll(Lines &lines) {
  for (const std::string &line : lines)
    store(line);
}
void ok_import(std::istream &in) {
  Lines lines(16);
  std::thread writer([&lines] { ok_storeAll(lines); });
  for (std::string line; std::getline(in, line);)
    lines.push(line);
  lines.close();
  writer.join();
}
void ok_sentinel(std::istream &in) {
  Lines lines(16);
  std::thread writer([&lines] {
    for (const std::string &line : lines) {
      if (line.empty())
        break;
      store(line);
    }
  });
  for (std::string line; std::getline(in, line);)
    lines.push(line);
  lines.push("");
  writer.join();
}
