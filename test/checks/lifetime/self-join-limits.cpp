// RUN: %verify %s heddle-self-join -- -std=c++20
// Known misses: the limits that the page names.
#include <thread>

bool failed();

// close() is in another file, and joins.
class FN_InvisibleMember {
public:
  void start() {
    thread_ = std::thread([this] {
      if (failed())
        close();
    });
  }
  void close();

private:
  std::thread thread_;
};
