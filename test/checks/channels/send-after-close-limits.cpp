// RUN: %verify %s heddle-send-after-close -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/channel.h"
#include <string>

class Log {
public:
  void stop() { lines_.close(); }
  void write(std::string line) { lines_.send(std::move(line)); }

private:
  Channel<std::string> lines_;
};
// The caller knows the order, but the channel is inside of the object.
void FN_behind_two_members() {
  Log log;
  log.stop();
  log.write("stopped");
}
