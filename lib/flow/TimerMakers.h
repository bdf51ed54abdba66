// Timers of C libraries that visible functions make and return.
#pragma once

#include "Code.h"

namespace heddle {

/// A call whose result is such a timer, and what it initialises or is assigned to.
struct MadeTimer {
  const clang::CallExpr *Call = nullptr;
  Place Where;
  const Event *Makes = nullptr; ///< in the function that is called, or in one that this calls
};

/// `int fd = ticker(250);`, where ticker() returns what timerfd_create() has yielded, also through others. Each return
/// of the function that yields no constant yields a timer that it has just made. In source order.
std::vector<MadeTimer> madeTimers(const Code &C);

} // namespace heddle
