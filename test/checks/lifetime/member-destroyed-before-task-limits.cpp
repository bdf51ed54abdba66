// RUN: %verify %s heddle-member-destroyed-before-task -- -std=c++20
// Known misses: the limits that the page names.
#include <string>
#include <thread>

// The destructor is in another file, and does not wait.
class FN_InvisibleDestructor {
public:
  FN_InvisibleDestructor() {
    thread_ = std::jthread([this] { name_ += "."; });
  }
  ~FN_InvisibleDestructor();

private:
  std::jthread thread_;
  std::string name_;
};
