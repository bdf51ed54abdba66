// RUN: %verify %s heddle-racy-lazy-init -- -std=c++20
// Known misses: the limits that the page names.
#include <memory>
#include <string>

// Threads of other files call it.
class FN_NoSignOfThreads {
public:
  const std::string &name() {
    if (!name_)
      name_ = std::make_unique<std::string>("heddle");
    return *name_;
  }

private:
  std::unique_ptr<std::string> name_;
};
