// RUN: %verify %s heddle-shared-ptr-race -- -std=c++20
// Known misses: the limits that the page names.
#include <memory>
#include <string>

// Threads of other files call both.
class FN_ThreadsOfOtherFiles {
public:
  std::shared_ptr<std::string> get() const { return text_; }
  void set(std::string text) { text_ = std::make_shared<std::string>(std::move(text)); }

private:
  std::shared_ptr<std::string> text_;
};
