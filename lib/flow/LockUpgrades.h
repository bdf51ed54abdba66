// State that is tested under a lock, and changed after the lock was released and acquired again.
#pragma once

#include "CriticalSections.h"
#include "Uses.h"

namespace heddle {

/// A change that rests on a test which another thread may have made wrong.
struct LockUpgrade {
  Place Lock;
  Place State;                       ///< what is tested and changed
  const Event *First = nullptr;      ///< where the lock is acquired for the test
  const clang::Expr *Test = nullptr; ///< the condition that decides whether the change is reached
  const Event *Again = nullptr;      ///< where the lock is acquired for the change
  const clang::Stmt *Change = nullptr;
  /// The call of the member that acquires it again and changes the state; null where the body does it itself.
  const clang::Expr *Through = nullptr;
};

/// Looks at one body, and at the members that it calls for the test and for the change of one key: at members of the
/// object whose lock it is, and at globals under a global lock. A change is what overwrites or counts; what adds an
/// element unless it is there is none, nor is storing a constant. Silent where the state is looked at under the second
/// lock, and where the first section already marks what is about to happen, by storing something. Not thread-safe
/// (`U.get<LockUpgrades>()`).
class LockUpgrades {
public:
  explicit LockUpgrades(Unit &U);

  /// In source order of the changes, each place once.
  std::vector<LockUpgrade> in(Code &C);

private:
  struct Body;
  void throughMembers(Code &C, std::vector<LockUpgrade> &Found);
  Unit &U;
};

} // namespace heddle
