// A coroutine uses captures or reference parameters when the closure or the argument is gone: they end with the full
// expression that called it, and its task goes on.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Coroutines.h"

using namespace clang;

namespace heddle {
namespace {

/// A lazy task that nothing awaits never runs: of that dropped-task speaks.
bool goesOn(const Code &C, const CoroutineCall &Call) {
  auto &All = C.U.get<Coroutines>();
  if (Call.Fate == TaskFate::Kept)
    return !(All.lazy(Call.Site->getType()) && All.unused(C, Call.At));
  return Call.Fate == TaskFate::Started || Call.Fate == TaskFate::Returned ||
         (Call.Fate == TaskFate::Dropped && All.runsOn(Call.Site->getType()));
}

/// Returns true if the task goes on when the variable's scope is left.
bool leaves(Code &C, const CoroutineCall &Call, const VarDecl *V) {
  return Call.Fate == TaskFate::Returned || ((Call.Fate == TaskFate::Started || Call.Fate == TaskFate::Dropped) &&
                                             C.U.get<Coroutines>().outlives(C, V, Call.Site));
}

/// The first capture that the coroutine uses when its closure is gone; \p At is set to the use.
const LambdaCapture *deadCapture(Code &Body, const LambdaExpr *Lambda, const Expr *&At) {
  for (const LambdaCapture &Cap : Lambda->captures()) {
    const ValueDecl *V = Cap.capturesVariable() ? Cap.getCapturedVar() : nullptr;
    if (V || Cap.capturesThis())
      At = Body.U.get<Coroutines>().usedLater(Body, V);
    if (At)
      return &Cap;
  }
  return nullptr;
}

/// A temporary closure ends with its call, whatever the caller does: the use is wrong. A named one ends with its scope:
/// the call is.
void report(Code &Body, const LambdaExpr *Lambda, SourceLocation Call, bool Named, llvm::StringRef Ends, Reporter &R) {
  const Expr *Use = nullptr;
  const LambdaCapture *Cap = deadCapture(Body, Lambda, Use);
  if (!Cap)
    return;
  std::string Name = Cap->capturesVariable() ? Cap->getCapturedVar()->getNameAsString() : "this";
  R.report(Named ? Call : Use->getExprLoc(),
           "the closure of this coroutine is destroyed before its task ends, and '" + Name +
               "' is kept in it; the resumed coroutine accesses a dead object (use after free); pass it as a parameter "
               "by value",
           Story(Cap->getLocation(), "'" + Name + "' is captured here")
               .then(Named ? Use->getExprLoc() : Call, Named ? "and used here" : Ends.str()));
}

void reportClosure(Code &C, const CoroutineCall &Call, Reporter &R) {
  const VarDecl *V = Call.Closure.Variable;
  // A closure with a name lives as long as its scope: it is known to be over only where the task leaves that.
  if (goesOn(C, Call) && (!V || leaves(C, Call, V)))
    report(*Call.Body, Call.Closure.Lambda, Call.Site->getExprLoc(), V, "the closure ends with this call", R);
}

void reportArguments(Code &C, const CoroutineCall &Call, Reporter &R) {
  if (!goesOn(C, Call))
    return;
  for (const ParmVarDecl *P : Call.Body->Fn->parameters()) {
    const Expr *Given = argument(Call.Site, P);
    const ValueDecl *Of = nullptr;
    if (!Given || !C.U.get<Coroutines>().endsBefore(C, Given, P->getType(), Call, Of))
      continue;
    const Expr *Use = C.U.get<Coroutines>().usedLater(*Call.Body, P);
    if (!Use)
      continue;
    // What an rvalue reference takes has ended for every caller that does not wait: the use is wrong.
    bool EndsAlways = !Of && P->getType()->isRValueReferenceType();
    R.report(EndsAlways ? Use->getExprLoc() : Given->getExprLoc(),
             (Of ? "'" + Of->getNameAsString() + "'" : "this temporary") + " is destroyed before the task of '" +
                 Call.Body->Fn->getNameAsString() + "' ends, and its parameter '" + P->getNameAsString() +
                 "' refers to it; the resumed coroutine accesses a dead object (use after free); take the parameter "
                 "by value",
             EndsAlways ? Story(Given->getExprLoc(), "it is given here, and ends with the call")
                        : Story(Use->getExprLoc(), "'" + P->getNameAsString() + "' is used here"));
    return;
  }
}

const MatchCheck Check({.Name = "dangling-coroutine-capture",
                        .Family = "coroutines",
                        .Level = Tier::Bug,
                        .Summary = "Finds coroutines that use captures or references after their lifetime.",
                        .Rows = "-",
                        .Preview = true},
                       [](Code &C, Reporter &R) {
                         for (const CoroutineCall &Call : C.U.get<Coroutines>().calls(C))
                           if (Call.Closure.Lambda)
                             reportClosure(C, Call, R);
                           else
                             reportArguments(C, Call, R);
                         for (const HandedCoroutine &X : C.U.get<Coroutines>().handed(C))
                           report(*X.Body, X.Lambda, X.To->loc(), false,
                                  "the closure is called from here, and destroyed after the call", R);
                       });

} // namespace
} // namespace heddle
