// The task of a lazy coroutine is made, and nobody awaits or starts it: nothing runs.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Calls.h"
#include "flow/Coroutines.h"

using namespace clang;

namespace heddle {
namespace {

std::string nameOf(const FunctionDecl *F) {
  return F && F->getIdentifier() ? "'" + F->getNameAsString() + "'" : "the coroutine";
}

void look(Code &C, Reporter &R) {
  auto &All = C.U.get<Coroutines>();
  for (const CallExpr *Call : All.lazyCalls(C)) {
    const Stmt *At = nullptr;
    TaskFate Fate = All.fate(C, Call, At);
    const VarDecl *V = Fate == TaskFate::Kept ? All.unused(C, At) : nullptr;
    if (Fate != TaskFate::Dropped && !V)
      continue;
    R.report(Call->getExprLoc(),
             "the task of " + nameOf(Call->getDirectCallee()) +
                 (V ? " goes into '" + V->getNameAsString() + "' and is never awaited" : " is discarded") +
                 "; the coroutine is lazy and never runs; co_await it, or pass it to a function that starts it");
  }
}

const MatchCheck Check({.Name = "dropped-task",
                        .Family = "coroutines",
                        .Level = Tier::Bug,
                        .Summary = "Finds tasks of lazy coroutines that are never awaited.",
                        .Rows = "-",
                        .Preview = true},
                       look);

} // namespace
} // namespace heddle
