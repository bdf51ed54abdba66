// An object calls back what others registered with it while it holds its own lock.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/CriticalSections.h"
#include "flow/Threads.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if only threads of this unit run the body: a worker that calls its one callback.
bool isOwnTask(Unit &U, const FunctionDecl *F) {
  auto &All = U.get<Threads>();
  return !All.on(F).empty() && !All.elsewhere(F);
}

void callbacks(Code &C, Reporter &R) {
  Unit &U = C.U;
  llvm::SmallVector<const Stmt *, 4> Told;
  for (const UnderLock &X : U.get<CriticalSections>().during(C, Deed::CallsBack)) {
    const auto *Call = dyn_cast<CallExpr>(X.What.Does->Site);
    const Place &Lock = X.Lock.Lock;
    auto Callback = X.What.object();
    // What yields a value is asked for it: a comparison, a factory. The lock has to be of the same object.
    bool Own = Callback && (Lock.This || Lock.Root) &&
               (Lock.This || C.whole(*Callback).Root == Lock.Root || isa<FieldDecl>(C.whole(*Callback).last()));
    bool Plain = X.Lock.Taken && X.Lock.Taken->ObjectRole != Role::RecursiveMutex;
    if (!Call || !Call->getType()->isVoidType() || !Own || !Plain || isOwnTask(U, C.Fn) ||
        llvm::is_contained(Told, X.Entry))
      continue;
    Told.push_back(X.Entry);
    std::string Name = "'" + Lock.name() + "'";
    Story Notes(X.Lock.Taken->loc(), Name + " is locked here");
    bool There = isPartOf(U, X.What);
    if (There)
      Notes.then(X.What.Calls);
    else if (!X.What.Calls.empty())
      Notes.then(llvm::ArrayRef(X.What.Calls).drop_front()).then(X.What.Loc, "the callback is called here");
    R.report(There ? X.What.Loc : cast<Expr>(X.Entry)->getExprLoc(),
             "a callback runs while " + Name + " is held; one that calls back into this object waits for " + Name +
                 " forever (a deadlock), and a slow one holds up everybody; copy the callback, and call it after the "
                 "lock is released",
             Notes);
  }
}

const MatchCheck Check({.Name = "callback-under-lock",
                        .Family = "locks",
                        .Level = Tier::Risk,
                        .Summary = "Finds stored callbacks that are called while the lock of their object is held.",
                        .Rows = "-",
                        .Preview = true},
                       callbacks);

} // namespace
} // namespace heddle
