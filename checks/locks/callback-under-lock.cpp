// An object calls back what others registered with it while it holds its own lock.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/CallbackDeeds.h"
#include "flow/Threads.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if only threads of this unit run the body: a worker that calls its one callback.
bool isOwnTask(Unit &U, const FunctionDecl *F) {
  auto &All = U.get<Threads>();
  return !All.on(F).empty() && !All.elsewhere(F);
}

CallbackDeed deedOf(Unit &U, const UnderLock &X) {
  return callbackDeed(U, *X.What.In, *X.What.Does, X.Lock.Lock.last());
}

/// Returns true if the callback may do harm: it is a notification, under the lock of its own object, which is also
/// taken for something else, or by the callback; and it is not seen to do nothing of the kind.
bool isRisk(Code &C, const UnderLock &X) {
  Unit &U = C.U;
  auto &Sections = U.get<CriticalSections>();
  const auto *Call = dyn_cast<CallExpr>(X.What.Does->Site);
  const Place &Lock = X.Lock.Lock;
  auto Of = CriticalSections::stored(C, X.What);
  if (!Call || !Call->getType()->isVoidType() || !Of || !X.Lock.Taken || !excludesItself(U, *X.Lock.Taken))
    return false;
  bool Own = Lock.This ? Of->This : Lock.Root && Of->Root == Lock.Root;
  if (!Own || isOwnTask(U, C.Fn))
    return false;
  CallbackDeed Deed = deedOf(U, X);
  if (Deed.Is == CallbackDeed::Harmless || (Deed.Is != CallbackDeed::ComesBack && Sections.isForCallbacks(Lock.last())))
    return false;
  return !X.What.Does->Callee || Sections.registers(Of->last(), Lock.last());
}

void callbacks(Unit &U, Reporter &R) {
  std::vector<std::pair<Code *, UnderLock>> All;
  for (Code *C : bodies(U))
    for (UnderLock &X : U.get<CriticalSections>().during(*C, Deed::CallsBack))
      if (isRisk(*C, X))
        All.emplace_back(C, std::move(X));
  llvm::SmallVector<const Event *, 4> Told; // one report for each call, where the lock is nearest
  for (unsigned Steps = 0; Steps != 8; ++Steps)
    for (auto &[C, X] : All) {
      if (X.What.Through.size() != Steps || llvm::is_contained(Told, X.What.Does))
        continue;
      Told.push_back(X.What.Does);
      std::string Name = "'" + X.Lock.Lock.name() + "'";
      Story Notes(X.Lock.Taken->loc(), Name + " is locked here");
      bool There = isPartOf(U, X.What);
      if (There)
        Notes.then(X.What.Calls);
      else if (!X.What.Calls.empty())
        Notes.then(llvm::ArrayRef(X.What.Calls).drop_front()).then(X.What.Loc, "the callback is called here");
      if (CallbackDeed Deed = deedOf(U, X); Deed.Is == CallbackDeed::ComesBack)
        Notes.then(Deed.Stored, "this is one of them")
            .then(Deed.Locks.Calls)
            .then(Deed.Locks.Loc, Name + " is locked again here");
      R.report(There ? X.What.Loc : cast<Expr>(X.Entry)->getExprLoc(),
               "a callback runs while " + Name + " is held; one that calls back into this object waits for " + Name +
                   " forever (deadlock), and a slow one delays all others; copy the callback, and call it after the "
                   "lock is released",
               Notes);
    }
}

const UnitCheck Check({.Name = "callback-under-lock",
                       .Family = "locks",
                       .Level = Tier::Risk,
                       .Summary = "Finds stored callbacks that are called while the lock of their object is held.",
                       .Rows = "-",
                       .Preview = true},
                      callbacks);

} // namespace
} // namespace heddle
