// The loop whose turns take something out of a container or channel, also where a helper does the taking.
#pragma once

#include "LoopFacts.h"

namespace heddle {

/// A loop of a task, and what ends it.
struct TakingLoop {
  const Loop *Turns = nullptr;
  const Code *In = nullptr;     ///< the body with the loop
  const Code *Helper = nullptr; ///< what the loop calls to take: `while (next(item)) …`; null if it does so itself
  /// The exits of the loop; of a helper, its returns with nothing on which the loop is left.
  std::vector<LoopExit> Exits;

  /// The body in which the exits stand.
  const Code &exitsIn() const { return Helper ? *Helper : *In; }
  /// Returns true if the statement belongs to a turn: it stands in the loop, or in its helper.
  bool covers(const Code *Body, const clang::Stmt *S) const;
};

/// The loop that does \p Taking again and again: in this body, or around the one call of it. None if there is none, if
/// several call it, or if the loop goes on whatever the helper returns.
std::optional<TakingLoop> takingLoop(Code &C, const clang::Stmt *Taking);

} // namespace heddle
