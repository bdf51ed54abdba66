// An object that was moved to a thread, or made on one, and is used or deleted beside it.
#include "check/Story.h"
#include "detectors.h"
#include "flow/MovedObjects.h"

using namespace clang;

namespace heddle {

void movedObjects(Unit &U, Reporter &R) {
  for (const AffineUse &X : affineUses(U)) {
    std::string Name = "'" + X.Object->getNameAsString() + "'";
    if (X.Does == AffineUse::Sets)
      R.report(X.Site->getExprLoc(),
               Name + " was moved to another thread, and '" + X.Calls->getNameAsString() +
                   "' sets its timer on that of the caller; the loop may use it at the same time, or never notice; "
                   "invoke it on the thread of the object",
               Story(X.Bound->getExprLoc(), "it is moved here"));
    else if (X.Does == AffineUse::Deletes)
      R.report(X.Site->getExprLoc(),
               Name + " was moved to a thread that still runs, and is deleted on another one; its handlers may run at "
                      "the same time (use after free); delete it on its thread, or when that has ended",
               Story(X.Bound->getExprLoc(), "it is moved here"));
    else
      R.report(X.Site->getExprLoc(),
               Name + " was made on another thread, and is deleted on this one; its destructor cannot stop a timer of "
                      "that thread; delete it there, before the thread ends",
               Story(X.Bound->getExprLoc(), "it is made here, on that thread"));
  }
}

} // namespace heddle
