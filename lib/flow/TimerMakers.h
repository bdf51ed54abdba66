// Timers of C libraries that visible functions make and return.
#pragma once

#include "Code.h"

#include <map>

namespace heddle {

/// A call whose result is such a timer, and what it initialises or is assigned to.
struct MadeTimer {
  const clang::CallExpr *Call = nullptr;
  Place Where;
};

/// `int fd = ticker(250);`, where ticker() returns what timerfd_create() has yielded, also through others. Each return
/// of the function that yields no constant yields a timer that it has just made. Answers for one unit, kept. Not
/// thread-safe (`U.get<TimerMakers>()`).
class TimerMakers {
public:
  explicit TimerMakers(Unit &U);

  /// In source order.
  const std::vector<MadeTimer> &in(const Code &C);

private:
  /// Returns true if the value is a timer that the body has just made.
  bool makes(const Code &C, const clang::Expr *Value, unsigned Depth);
  /// Returns true if the function returns such timers, and constants at most beside them.
  bool returns(const clang::FunctionDecl *F, unsigned Depth);

  Unit &U;
  std::map<const Code *, std::vector<MadeTimer>> Made;
  std::map<std::pair<const clang::FunctionDecl *, unsigned>, bool> Returning; ///< by depth, as that bounds the answer
};

} // namespace heddle
