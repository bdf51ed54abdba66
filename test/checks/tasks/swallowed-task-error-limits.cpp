// RUN: %verify %s heddle-swallowed-task-error -- -std=c++20
// Known misses: the limits that the page names.
#include <exception>
#include <future>
#include <stdexcept>
#include <string>

struct Screen {
  void print(const std::string &);
};
void copy(const std::string &file) {
  if (file.empty())
    throw std::runtime_error("no file");
}
void removeSource();

// print() might record the error; it only shows it.
void FN_call_of_an_object_that_lives_on(Screen &screen, const std::string &file) {
  auto copied = std::async(std::launch::async, [&screen, file] {
    try {
      copy(file);
    } catch (const std::exception &e) {
      screen.print(e.what());
    }
  });
  copied.get();
  removeSource();
}
