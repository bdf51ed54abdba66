#include <heddle/guarded.h>

#include <string>

namespace heddle::detail {

namespace {
thread_local held_guard* innermost = nullptr;

std::string place(const source_site& s) { return std::string(s.file) + ":" + std::to_string(s.line); }
} // namespace

held_guard*& held_guards() noexcept { return innermost; }

void check_not_held(const void* which, const source_site& here) noexcept {
  for (const held_guard* g = innermost; g; g = g->outer)
    if (g->which == which)
      die(("a guarded value is used at " + place(here) + " inside its own with() at " + place(g->site)).c_str());
}

void check_may_block() noexcept {
  if (innermost)
    die(("a call that waits, inside guarded::with() at " + place(innermost->site)).c_str());
}

} // namespace heddle::detail
