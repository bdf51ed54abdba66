// leak_check: which tasks still run at the end of a test.
//
// Every task of the library's executors is seen, queued or running, with its name and the place that started it. A
// thread that the library did not start is not seen. heddle/gtest.h makes every GoogleTest end with this check.
//
// Thread-safety: any thread.
//
// Example (compiled and run by test/runtime):
//
//   heddle::leak_check check;
//   for (const heddle::running_task& t : check.leaks())
//     std::printf("%s still runs (%s:%u)\n", t.info.name, t.info.site.file, t.info.site.line);
#pragma once

#include <heddle/executor.h>

#include <vector>

namespace heddle {

class HEDDLE_API leak_check {
public:
  /// \p grace: how long leaks() waits for tasks that are about to end.
  explicit leak_check(duration grace = std::chrono::seconds(2)) noexcept : grace_(grace) {}
  /// The tasks that have not ended after the grace period; at once if there are none.
  std::vector<running_task> leaks() const;
  /// The same as a text with one line a task; empty if there are none.
  std::string report() const;

private:
  duration grace_;
};

} // namespace heddle
