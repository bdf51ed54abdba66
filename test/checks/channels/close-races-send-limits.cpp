// RUN: %verify %s heddle-close-races-send -- -std=c++20
// Known misses: the limits that the page names.
#include "Inputs/channel.h"
#include <string>

// A caller of submit() runs while the object is destroyed.
class FN_ClosedByTheDestructor {
public:
  ~FN_ClosedByTheDestructor() { jobs_.close(); }
  void submit(std::string job) { jobs_.send(std::move(job)); }
  void run() {
    while (auto job = jobs_.receive())
      last_ = *job;
  }

private:
  Channel<std::string> jobs_;
  std::string last_;
};
