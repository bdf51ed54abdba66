// Locks that are taken by hand, and not given back on every way out.
#pragma once

#include "CriticalSections.h"

namespace heddle {

/// A way out of a body on which it still holds a lock that it gives back on the others.
struct HeldExit {
  Place Lock;
  const Event *Taken = nullptr;
  const clang::Stmt *Exit = nullptr; ///< the return, or what throws
  bool Throws = false;
  const clang::Stmt *Released = nullptr; ///< where the others give it back
};

/// A lock that is given back by a path that has given it back before.
struct ReleasedTwice {
  Place Lock;
  clang::SourceLocation Loc;
  std::vector<StoryLine> Story;
};

/// Silent about bodies whose last statement is reached with the lock held, as in functions that lock for their caller,
/// and about locks that some body of the unit gives back without having taken them. Not thread-safe
/// (`U.get<LockBalance>()`).
class LockBalance {
public:
  explicit LockBalance(Unit &U);

  std::vector<HeldExit> heldAtExit(Code &C);
  std::vector<ReleasedTwice> releasedTwice(Code &C);

private:
  bool releasedElsewhere(const clang::ValueDecl *Lock);

  Unit &U;
  Simulation Holding, Releasing;
};

} // namespace heddle
