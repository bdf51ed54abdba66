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
  return Call.Fate == TaskFate::Returned ||
         ((Call.Fate == TaskFate::Started || Call.Fate == TaskFate::Dropped) &&
          C.U.get<Coroutines>().outlives(C, V, Call.Site));
}

void reportClosure(Code &C, const CoroutineCall &Call, Reporter &R) {
  auto &All = C.U.get<Coroutines>();
  // A closure with a name lives as long as its scope: it is known to be over only where the task leaves that.
  if (!goesOn(C, Call) || (Call.Closure.Variable && !leaves(C, Call, Call.Closure.Variable)))
    return;
  for (const LambdaCapture &Cap : Call.Closure.Lambda->captures()) {
    const ValueDecl *V = Cap.capturesVariable() ? Cap.getCapturedVar() : nullptr;
    const Expr *Use = V || Cap.capturesThis() ? All.usedLater(*Call.Body, V) : nullptr;
    if (!Use)
      continue;
    std::string Name = V ? V->getNameAsString() : "this";
    // A temporary closure ends with its call, whatever the caller does: the use is wrong. A named one ends with its
    // scope: the call is.
    Story S(Cap.getLocation(), "'" + Name + "' is captured here");
    if (Call.Closure.Variable)
      S.then(Use->getExprLoc(), "and used here");
    else
      S.then(Call.Site->getExprLoc(), "the closure ends with this call");
    R.report(
        Call.Closure.Variable ? Call.Site->getExprLoc() : Use->getExprLoc(),
        "the closure of this coroutine is destroyed before its task ends, and '" + Name +
            "' is kept in it; the resumed coroutine accesses a dead object (use after free); pass it as a parameter "
            "by value",
        S);
    return;
  }
}

void reportArguments(Code &C, const CoroutineCall &Call, Reporter &R) {
  if (!goesOn(C, Call))
    return;
  for (const ParmVarDecl *P : Call.Body->Fn->parameters()) {
    const Expr *Given = argument(Call.Site, P);
    const ValueDecl *Of = nullptr;
    if (!Given || !C.U.get<Coroutines>().endsBefore(C, Given, P->getType(), Call.Fate, Of))
      continue;
    const Expr *Use = C.U.get<Coroutines>().usedLater(*Call.Body, P);
    if (!Use)
      continue;
    R.report(Given->getExprLoc(),
             (Of ? "'" + Of->getNameAsString() + "'" : "this temporary") + " is destroyed before the task of '" +
                 Call.Body->Fn->getNameAsString() + "' ends, and its parameter '" + P->getNameAsString() +
                 "' refers to it; the resumed coroutine accesses a dead object (use after free); take the parameter "
                 "by value",
             Story(Use->getExprLoc(), "'" + P->getNameAsString() + "' is used here"));
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
                       });

} // namespace
} // namespace heddle
