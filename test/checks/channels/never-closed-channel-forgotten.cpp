// RUN: %verify %s heddle-never-closed-channel -- -std=c++20
// The task that sends closes the channel, but not on every path.
#include "Inputs/closable_queue.h"
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

void use(const std::string &);

static void readLines(const std::string &path, ClosableQueue<std::string> &lines) {
  std::ifstream in(path);
  if (!in)
    return; // note: it returns here, and leaves the channel open
  for (std::string line; std::getline(in, line);)
    lines.push(line);
  lines.close(); // note: on the other paths it is closed here
}
void bad_function(const std::string &path) {
  ClosableQueue<std::string> lines;
  std::jthread reader([&] { readLines(path, lines); }); // note: the task that closes it is started here
  while (auto line = lines.pop()) // warning: the loop ends when 'lines' is closed, but the task that closes it also returns without that; who receives then waits forever; close it on every path
    use(*line);
}
void bad_lambda(const std::vector<std::string> &all) {
  ClosableQueue<std::string> lines;
  std::thread producer([&] {
    for (const std::string &line : all) {
      if (line.empty()) {
        std::puts("empty line");
        return;
      }
      lines.push(line);
    }
    lines.close();
  });
  while (auto line = lines.pop()) // warning: the loop ends when 'lines' is closed, but the task that closes it also returns without that
    use(*line);
  producer.join();
}
void bad_other_task(const std::string &path) {
  ClosableQueue<std::string> lines;
  std::jthread printer([&] {
    while (auto line = lines.pop()) // warning: the loop ends when 'lines' is closed, but the task that closes it also returns without that
      use(*line);
  });
  std::jthread reader([&] {
    std::FILE *file = std::fopen(path.c_str(), "r");
    if (!file)
      return;
    char line[80];
    while (std::fgets(line, sizeof line, file))
      lines.push(line);
    std::fclose(file);
    lines.close();
  });
}

void ok_closed_on_both(const std::string &path) {
  ClosableQueue<std::string> lines;
  std::jthread reader([&] {
    std::ifstream in(path);
    if (!in) {
      lines.close();
      return;
    }
    for (std::string line; std::getline(in, line);)
      lines.push(line);
    lines.close();
  });
  while (auto line = lines.pop())
    use(*line);
}
struct Closer {
  ClosableQueue<std::string> &queue;
  ~Closer() { queue.close(); }
};
void ok_guard(const std::string &path) {
  ClosableQueue<std::string> lines;
  std::jthread reader([&] {
    Closer closer{lines};
    std::ifstream in(path);
    if (!in)
      return;
    for (std::string line; std::getline(in, line);)
      lines.push(line);
  });
  while (auto line = lines.pop())
    use(*line);
}
void ok_straight(const std::vector<std::string> &all) {
  ClosableQueue<std::string> lines;
  std::jthread producer([&] {
    for (const std::string &line : all)
      lines.push(line);
    lines.close();
    if (all.empty())
      return;
    std::puts("sent");
  });
  while (auto line = lines.pop())
    use(*line);
}
void ok_closed_by_its_caller(const std::string &path) {
  ClosableQueue<std::string> lines;
  auto read = [&] {
    std::ifstream in(path);
    if (!in)
      return;
    for (std::string line; std::getline(in, line);)
      lines.push(line);
  };
  std::jthread reader([&] {
    read();
    lines.close();
  });
  while (auto line = lines.pop())
    use(*line);
}
