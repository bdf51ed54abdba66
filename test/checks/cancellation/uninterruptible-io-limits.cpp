// RUN: %verify %s heddle-uninterruptible-io -- -std=c++20
// Known misses: the limits that the page names.
#include <cstdio>
#include <netinet/in.h>
#include <stop_token>
#include <sys/socket.h>
#include <thread>

void process(const char *data, long n);

std::jthread FN_connects(const sockaddr_in &to) {
  return std::jthread([to](std::stop_token stop) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    while (!stop.stop_requested())
      if (connect(fd, reinterpret_cast<const sockaddr *>(&to), sizeof to) == 0)
        break;
  });
}
std::jthread FN_stream(std::FILE *pipe) {
  return std::jthread([pipe](std::stop_token stop) {
    char line[256];
    while (!stop.stop_requested() && std::fgets(line, sizeof line, pipe))
      process(line, 1);
  });
}
