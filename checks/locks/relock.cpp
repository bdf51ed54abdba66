// A lock is taken by the thread that holds it.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/DyingElements.h"
#include "flow/LockBalance.h"

using namespace clang;

namespace heddle {
namespace {

void relocks(Code &C, Reporter &R) {
  Unit &U = C.U;
  llvm::SmallVector<const Stmt *, 4> Told;
  for (const UnderLock &X : U.get<CriticalSections>().during(C, Deed::Locks)) {
    const Event &Takes = *X.What.Does;
    bool Same = llvm::is_contained(X.There, Takes.Object) && !Takes.Object.Element && !X.Lock.Lock.Element;
    if (!Same || U.get<LockBalance>().releasedElsewhere(Takes.Object.last()) || !X.Lock.Taken ||
        !excludesItself(U, Takes) || llvm::is_contained(Told, X.Entry))
      continue;
    bool HeldShared = X.Lock.Taken->Kind == Op::AcquireShared, TakesShared = Takes.Kind == Op::AcquireShared;
    const auto *By = dyn_cast_or_null<CallExpr>(Takes.Site);
    if (HeldShared && TakesShared && By && !isa<CXXMemberCallExpr>(By))
      continue; // readers of a pthread_rwlock_t may be readers again
    Told.push_back(X.Entry);
    std::string Lock = "'" + X.Lock.Lock.name() + "'";
    Story Notes(X.Lock.Taken->loc(), Lock + (HeldShared ? " is locked in shared mode here" : " is locked here"));
    if (!X.What.Calls.empty())
      Notes.then(llvm::ArrayRef(X.What.Calls).drop_front()).then(X.What.Loc, "it is locked again here");
    std::string What = HeldShared && !TakesShared
                           ? "is locked exclusively by a thread that holds it in shared mode; it waits for itself "
                             "(deadlock); release it first"
                       : HeldShared ? "is locked in shared mode by a thread that already holds it so; with a writer "
                                      "waiting in between, both wait forever (deadlock); lock it once"
                                    : "is locked by a thread that already holds it; it waits for itself (deadlock); "
                                      "call a function that expects the lock to be held, or release it first";
    R.report(cast<Expr>(X.Entry)->getExprLoc(), Lock + " " + What, Notes);
  }
}

/// What ends under the lock takes it.
void dying(Code &C, Reporter &R) {
  for (const DyingElement &X : dyingElements(C)) {
    std::string Lock = "'" + X.Lock.Lock.name() + "'";
    R.report(X.Drops->loc(),
             "the destructor of '" + X.Ends->getParent()->getNameAsString() +
                 "' runs here, if this is the last owner, and locks " + Lock +
                 ", which this thread holds; it waits for itself (deadlock); move the object out, and let it end after "
                 "the lock is released",
             Story(X.Lock.Taken->loc(), Lock + " is locked here")
                 .then(X.Takes.Calls)
                 .then(X.Takes.Loc, "it is locked again here"));
  }
}

const MatchCheck Check({.Name = "relock",
                        .Family = "locks",
                        .Level = Tier::Risk,
                        .Summary = "Finds locks that are acquired by a thread that already holds them.",
                        .Rows = "-"},
                       [](Code &C, Reporter &R) {
                         relocks(C, R);
                         dying(C, R);
                       });

} // namespace
} // namespace heddle
