#include <heddle/leak_check.h>

#include <algorithm>
#include <thread>

namespace heddle {

std::vector<running_task> leak_check::leaks() const {
  time_point until = clock::now() + grace_;
  duration pause = std::chrono::microseconds(50);
  for (;;) {
    std::vector<running_task> found = detail::all_tasks();
    time_point now = clock::now();
    if (found.empty() || now >= until) return found;
    // A test helper: it may poll, and must not depend on the timers that it is there to check.
    std::this_thread::sleep_for(std::min(pause, until - now));
    pause = std::min<duration>(pause * 2, std::chrono::milliseconds(20));
  }
}

std::string leak_check::report() const {
  std::string text;
  for (const running_task& t : leaks()) {
    text += t.info.name;
    text += t.queued ? " (queued), started at " : " (running), started at ";
    text += t.info.site.file;
    text += ':';
    text += std::to_string(t.info.site.line);
    text += '\n';
  }
  return text;
}

} // namespace heddle
