// RUN: %verify %s heddle-constructor-spawns-unowned -- -std=c++20
// Known misses: the limits that the page names.
#include <string>
#include <thread>

// The destructor is in another file, and does not wait.
class FN_InvisibleDestructor {
public:
  FN_InvisibleDestructor() {
    std::thread([this] { name_ += "."; }).detach();
  }
  ~FN_InvisibleDestructor();

private:
  std::string name_;
};
