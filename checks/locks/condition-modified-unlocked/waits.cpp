#include "check/Story.h"
#include "detectors.h"
#include "flow/Loops.h"

using namespace clang;

namespace heddle::lost_wakeup {

/// The caller tests again: every call that is seen stands in a loop, or the class wraps a condition and has nothing
/// that it could test.
static bool isLeftToCallers(Unit &U, const ConditionWait &W) {
  const auto *M = dyn_cast<CXXMethodDecl>(W.In->Fn);
  if (M && !M->getParent()->field_empty() && llvm::all_of(M->getParent()->fields(), [&](const FieldDecl *F) {
        Role R = U.role(U.pointee(F->getType()));
        return isLock(R) || R == Role::Condition;
      }))
    return true;
  auto Callers = U.get<Calls>().callers(W.In->Fn);
  return !Callers.empty() &&
         llvm::all_of(Callers, [](const CallEdge &X) { return !X.Task && enclosingLoop(*X.In, X.Site); });
}

void reportBlindWaits(Unit &U, const ConditionVariable &V, Reporter &R) {
  auto &All = U.get<Conditions>();
  if (V.Notifies.empty())
    return;
  for (const ConditionWait &W : V.Waits) {
    if (W.Timed || W.Predicate || W.Given || W.Locks.empty())
      continue;
    Story S(V.Notifies.front().What->loc(), "it is notified here");
    std::string Name = "'" + V.Of->getNameAsString() + "'";
    if (All.blind(W))
      R.report(W.What->loc(),
               Name + " is waited for without a look at any state since the mutex was taken; a notification that came "
                      "before is lost and the wait may never end; wait with a predicate",
               S);
    else if (const ValueDecl *D = All.stale(V, W))
      R.report(W.What->loc(),
               quoted(D) + " was tested before the mutex was taken, and is not tested again before " + Name +
                   " is waited for; a notification in between is lost and the wait may never end; test it with the "
                   "mutex held",
               S);
    else if (!W.Looped && !All.retested(W) && !isLeftToCallers(U, W))
      R.report(W.What->loc(),
               Name + " is waited for once, and what it waits for is not tested again; a spurious wake-up goes on "
                      "before it has come true; wait in a loop or with a predicate",
               S);
  }
}

} // namespace heddle::lost_wakeup
