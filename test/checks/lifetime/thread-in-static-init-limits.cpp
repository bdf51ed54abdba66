// RUN: %verify %s heddle-thread-in-static-init -- -std=c++20
// Known misses: the limits that the page names.
#include <thread>

// The constructor is in another file.
class FN_InvisibleConstructor {
public:
  FN_InvisibleConstructor();
  ~FN_InvisibleConstructor() { thread_.join(); }

private:
  std::thread thread_;
};
FN_InvisibleConstructor global;
