// REQUIRES: llvm-22
// RUN: %verify %s heddle-unnamed-guard -- -std=c++20
// Clang 19 rejects this declaration with deduced template arguments.
#include <mutex>
#include <string>

class Journal {
public:
  void bad_vexing_scoped(std::string line) {
    std::scoped_lock(mutex_); // warning: this declares guard 'mutex_', which locks nothing and shadows mutex 'mutex_' // fixed: std::scoped_lock lock(mutex_);
    text_ += line;
  }
  void ok_named(std::string line) {
    std::scoped_lock lock(mutex_);
    text_ += line;
  }

private:
  std::mutex mutex_; // note: mutex 'mutex_' is declared here
  std::string text_;
};
