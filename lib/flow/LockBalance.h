// Locks without a guard that are not released on every exit.
#pragma once

#include "CriticalSections.h"

namespace heddle {

/// An exit of a body on which it still holds a lock that it releases on the others.
struct HeldExit {
  Place Lock;
  const Event *Taken = nullptr;
  const clang::Stmt *Exit = nullptr; ///< the return, or what throws
  bool Throws = false;
  const clang::Stmt *Released = nullptr; ///< where the others release it
};

/// A lock that is released by a path that has already released it.
struct ReleasedTwice {
  Place Lock;
  clang::SourceLocation Loc;
  std::vector<StoryLine> Story;
};

/// A function that does nothing to locks but acquire or release one stands for that. Silent about bodies whose last
/// statement is reached with the lock held, as in functions that lock for their caller, and about locks that some body
/// of the unit releases without having acquired them. Not thread-safe (`U.get<LockBalance>()`).
class LockBalance {
public:
  explicit LockBalance(Unit &U);

  std::vector<HeldExit> heldAtExit(Code &C);
  std::vector<ReleasedTwice> releasedTwice(Code &C);
  /// Where a guard gives up the lock that it holds and nobody unlocks it: `lock.release();`, whose result, the mutex,
  /// is dropped.
  std::vector<const Event *> abandoned(Code &C);
  /// Returns true if some body of the unit releases the lock without having acquired it: callers hold it from one call
  /// to the next. \p But does nothing else, and stands for the release where it is called.
  bool releasedElsewhere(const clang::ValueDecl *Lock, const clang::FunctionDecl *But = nullptr);

private:
  Unit &U;
  Simulation Holding, Releasing;
};

} // namespace heddle
