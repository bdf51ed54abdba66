// A task holds a reference to a local variable of the code that started it, and may still run when that variable is
// gone or, as the variable of a loop, has another value.
#include "check/Fixes.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/Concurrency.h"
#include "flow/Loops.h"
#include "flow/Order.h"
#include "flow/Throws.h"
#include "flow/Uses.h"
#include "flow/ValueFlow.h"
#include "support/Walk.h"
#include "task-captures-reference/detectors.h"

#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace heddle {
namespace {

SourceLocation startOf(const TaskStart &T) { return (T.Inside ? T.Inside : T.Start)->loc(); }

/// The increment of the loop whose variable it is, where that may run beside the task; else null.
const Expr *changedByLoop(Code &C, const TaskStart &T, const VarDecl *V) {
  Concurrency &Order = C.U.concurrency();
  const ForStmt *Loop = countingLoop(C, V);
  bool Changes = Loop && llvm::any_of(Order.accesses(C), [&](const Access &A) {
                   return A.Does == Access::Write && A.Object.Root == V && A.Object.Path.empty() &&
                          within(C, A.Entry, Loop->getInc()) && Order.runsAt(C, T, A.Entry);
                 });
  return Changes ? Loop->getInc() : nullptr;
}

void reportLoopVariable(Code &C, Reporter &R, const TaskStart &T, const Held &H, const Expr *Change) {
  R.report(H.Loc,
           "loop variable '" + H.In.name() +
               "' is passed by reference to a task that may still run when the loop modifies it; the task may read "
               "the value of another iteration (data race); copy it",
           Story(startOf(T), "the task is started here").then(Change->getBeginLoc(), "the loop modifies it here"),
           captureByValue(C.U, H));
}

/// \p By: what throws, where that is how the scope is left.
void reportDeadLocal(Code &C, Reporter &R, const TaskStart &T, const Held &H, const Expr *By) {
  std::string Name = "'" + H.In.name() + "'";
  Story Notes(H.In.Of->getLocation(), Name + " lives until its scope ends");
  Notes.then(startOf(T), T.Detached ? "the task is started here, and cannot be waited for"
                         : By ? "the task is started here, and is not waited for when an exception leaves this scope"
                              : "the task is started here, and is not waited for in this scope");
  if (auto Thrown = By ? C.U.throws().by(C, By) : std::nullopt)
    Notes.then(Thrown->Way);
  R.report(H.Loc,
           "local " + Name +
               " is passed by reference to a task that may outlive it; the task then accesses a dead object (use "
               "after scope); copy it, share its ownership, or wait for the task in this scope",
           Notes, captureByValue(C.U, H));
}

bool isDetached(const Code &C, const TaskStart &T) {
  return T.Detached || llvm::any_of(C.Events, [&](const Event &E) {
           return E.Kind == Op::Detach && E.Object.valid() && llvm::is_contained(T.Handles, C.whole(E.Object));
         });
}

/// Returns true if a caller may pass a short-lived object, even a temporary: a parameter by constant or rvalue
/// reference, unless all callers in this unit pass one that lives forever. Objects with identity are assumed to be
/// kept alive.
bool takesTemporaries(const Code &C, const ParmVarDecl *P) {
  QualType T = P->getType().getNonReferenceType();
  const auto *RD = T->getAsCXXRecordDecl();
  const Role Is = C.U.role(T);
  if (!P->getType()->isReferenceType() || !(T.isConstQualified() || P->getType()->isRValueReferenceType()) ||
      (Is != Role::None && Is != Role::Container) ||
      (RD && (!RD->hasDefinition() || RD->isPolymorphic() || isMoveOnly(RD))))
    return false;
  llvm::ArrayRef<CallEdge> Callers = C.U.get<Calls>().callers(C.Fn);
  return Callers.empty() || !llvm::all_of(Callers, [&](const CallEdge &Call) {
           const Expr *A = Call.argument(P);
           auto Given = A ? Call.In->place(A) : std::nullopt;
           const auto *V = Given ? dyn_cast_or_null<VarDecl>(Given->Root) : nullptr;
           return Call.In->Fn->isMain() || (V && V->hasGlobalStorage());
         });
}

void reportParameter(Code &C, Reporter &R, const TaskStart &T, const Held &H) {
  std::string Name = "'" + H.In.name() + "'";
  R.report(H.Loc,
           "parameter " + Name +
               " is passed by reference to a detached task that may outlive the caller's object; the task then "
               "accesses a dead object; copy it",
           Story(H.In.Of->getLocation(), Name + " is the caller's object, and may be a temporary")
               .then(startOf(T), "the task is started here, and cannot be waited for"),
           captureByValue(C.U, H));
}

/// Returns true if the task has the address of an object whose owner, a smart pointer here, is returned or moved away,
/// or whose ownership is shared with what a call is given.
bool livesOn(Code &C, const Held &H, const VarDecl *V) {
  if (H.By != Held::Pointer || !C.U.smartPointee(V->getType()))
    return false;
  auto Names = [&](const Expr *E) {
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(E ? ValueFlow::behindCopies(E) : nullptr);
    return DR && DR->getDecl() == V;
  };
  const CXXRecordDecl *Owner = V->getType()->getAsCXXRecordDecl();
  bool Shares = Owner && !isMoveOnly(Owner) &&
                anyOf<CallExpr>(C.Fn->getBody(), Walk::NoLambdas,
                                [&](const CallExpr *X) { return llvm::any_of(X->arguments(), Names); });
  return Shares ||
         anyOf<ReturnStmt>(C.Fn->getBody(), Walk::NoLambdas,
                           [&](const ReturnStmt *X) { return Names(X->getRetValue()); }) ||
         llvm::any_of(C.U.get<Uses>().in(C, V), [](const Use &X) { return X.is(Use::Move); });
}

/// Returns true if this body waits for something after it gave the task to an executor of which only the interface is
/// seen, since what the task calls may tell, or has waited for the executor before: it may refuse the task then. What
/// the task tells visibly the order of the two knows.
bool mayBeWaitedFor(Code &C, const TaskStart &T) {
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(T.Start->Site);
  const CXXMethodDecl *M = Call && T.Start->ObjectRole == Role::Executor ? Call->getMethodDecl() : nullptr;
  if (!M || !C.U.inferred(M->getParent()) || (T.Start->Kind == Op::Defer && T.Concurrent))
    return false;
  return llvm::any_of(C.Events, [&](const Event &E) {
    bool Whole = E.Kind == Op::Wait && E.Object.valid() && E.Object == T.Start->Object;
    return Whole || (E.Site && C.U.get<Calls>().witness(C, E, Effect::Waits) &&
                     C.U.get<Order>().reaches(C, T.Start->Site, E.Site));
  });
}

/// One report for a task: its other references are mended alike.
void judge(Code &C, Reporter &R, const TaskStart &T, llvm::ArrayRef<Held> All) {
  if (T.AtOnce || mayBeWaitedFor(C, T))
    return;
  Concurrency &Order = C.U.concurrency();
  for (const Held &H : All) {
    const VarDecl *V = H.In.Of;
    if (!V)
      continue;
    if (H.In.callers()) {
      const auto *P = H.By == Held::Reference && !T.Helper ? dyn_cast<ParmVarDecl>(V) : nullptr;
      if (P && !H.In.Behind && isDetached(C, T) && takesTemporaries(C, P))
        return reportParameter(C, R, T, H);
      continue;
    }
    // The owner of the handle waits for it; a pointer to the owner does not.
    if (!C.U.leads(V->getType()) && llvm::any_of(T.Handles, [&](const Place &P) { return P.Root == V; }))
      continue;
    if (livesOn(C, H, V))
      continue;
    if (const Expr *Change = changedByLoop(C, T, V))
      return reportLoopVariable(C, R, T, H, Change);
    if (Order.outlives(C, T, V))
      return reportDeadLocal(C, R, T, H, nullptr);
    if (const Expr *By = Order.unwindsPast(C, T, V))
      return reportDeadLocal(C, R, T, H, By);
  }
}

void startedTasks(Code &C, Reporter &R) {
  Concurrency &Order = C.U.concurrency();
  auto &Holds = C.U.get<Captures>();
  for (const TaskStart &T : Order.tasks(C))
    judge(C, R, T, Holds.of(C, *T.What));
  for (const TaskStart &T : Order.tasksOfHelpers(C))
    if (T.Inside->Kind == Op::Spawn) // when a handler runs nobody knows here
      judge(C, R, T, Holds.of({&C, cast<Expr>(T.Start->Site), T.Helper->Fn}, *T.What));
}

const MatchCheck Check(
    {.Name = "task-captures-reference",
     .Family = "tasks",
     .Level = Tier::Bug,
     .Summary = "Finds tasks that hold a reference to a local variable that they may outlive.",
     .Rows = "F4 S6 P1 P8",
     .Preview = true},
    [](Code &C, Reporter &R) {
      if (isa<CoroutineBodyStmt>(C.Fn->getBody()))
        return; // its locals live in the frame, which the graph does not end where they die
      startedTasks(C, R);
      keptCallables(C, R);
      shadowingParameters(C, R);
    },
    postedWithThis);

} // namespace
} // namespace heddle
