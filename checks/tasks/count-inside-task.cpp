// A count of running tasks that the task itself raises, or its starter once the task is under way: a wait for
// zero may look before it has.
#include "check/Register.h"
#include "check/Reporter.h"
#include "count-inside-task/counts.h"
#include "flow/Order.h"

#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace heddle {
using namespace count_inside_task;
namespace {

/// Returns true if the starter waits, after the start, for a sign that the task gives.
bool isToldOfTheStart(Code &C, const Event &Start, const Code &Task, const ValueDecl *Key) {
  Order &Paths = C.U.get<Order>();
  for (const Event &S : Task.Events) {
    bool Signs = S.Kind == Op::Fulfil || S.Kind == Op::Leave || S.Kind == Op::Send || S.Kind == Op::Notify ||
                 (S.Kind == Op::Release && S.ObjectRole == Role::Semaphore);
    const ValueDecl *What = Signs && S.Object.valid() ? keyOf(S.Object) : nullptr;
    if (!What || What == Key)
      continue;
    for (const Event &W : C.Events) {
      bool ByFuture = S.Kind == Op::Fulfil && (W.Kind == Op::Await || W.Kind == Op::Consume);
      if (W.Site && (ByFuture || (W.Object.valid() && keyOf(W.Object) == What)) && Paths.reaches(C, Start.Site, W.Site))
        return true;
    }
  }
  return false;
}

/// Where the task raises a count that it lowers again, in the body that does both: what its starter should do. Invalid
/// when it does not lower it.
SourceLocation together(const CountStep &Raise, llvm::ArrayRef<CountStep> All) {
  SourceLocation Found;
  unsigned Deepest = 0;
  for (const CountStep &X : All) {
    if (X.Key != Raise.Key || X.Up || X.Looped)
      continue;
    unsigned I = 0; // a guard does both in its own way
    while (I + 1 < std::min(X.Way.size(), Raise.Way.size()) && X.Way[I].first == Raise.Way[I].first &&
           !isa<CXXConstructExpr>(Raise.Way[I].first))
      ++I;
    if (Found.isInvalid() || I > Deepest)
      Found = Raise.Way[Deepest = I].second;
  }
  return Found;
}

/// The steps of the task, in the names of its starter: what is handed over as an argument has another name in there.
std::vector<CountStep> stepsOf(const Code &C, const CallableRef &T, Code &Task, CountSteps &Find) {
  std::vector<CountStep> All = Find.of(Task);
  for (CountStep &X : All)
    if (const auto *P = dyn_cast_or_null<ParmVarDecl>(X.Key);
        P && P->getDeclContext() == static_cast<const DeclContext *>(Task.Fn))
      X.Key = P->getFunctionScopeIndex() < T.Args.size() ? keyOf(C, T.Args[P->getFunctionScopeIndex()]) : nullptr;
  return All;
}

void countedInside(Code &C, Reporter &R) {
  Unit &U = C.U;
  CountSteps &Find = U.get<CountSteps>();
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Spawn && E.Kind != Op::Defer)
      continue;
    for (const CallableRef &T : E.Tasks) {
      Code *Task = T.Body ? U.code(T.Body) : nullptr;
      if (!Task)
        continue;
      std::vector<CountStep> All = stepsOf(C, T, *Task, Find);
      llvm::SmallVector<SourceLocation, 2> Said; // one that is counted under two names is one
      for (const CountStep &Raise : All) {
        if (!Raise.Key || !Raise.Up || Raise.Looped || Raise.Late)
          continue;
        SourceLocation Where = together(Raise, All);
        if (Where.isInvalid() || llvm::is_contained(Said, Where))
          continue;
        // If its starter has counted it, this one is a child's.
        if (llvm::any_of(Find.of(C), [&](const CountStep &X) { return X.Key == Raise.Key && X.Up; }))
          continue;
        auto Waits = waiter(U, Raise.Key, Task);
        if (!Waits || isToldOfTheStart(C, E, *Task, Raise.Key))
          continue;
        Said.push_back(Where);
        R.report(
            Where,
            "the task increments '" + Raise.Key->getNameAsString() +
                "' itself; a waiter may see zero before that and proceed while the task runs; increment it "
                "before the task is started",
            {{E.loc(), "the task is started here, and not counted yet"}, {Waits->Loc, "the wait for zero is here"}});
      }
    }
  }
}

const MatchCheck Check({.Name = "count-inside-task",
                        .Family = "tasks",
                        .Level = Tier::Bug,
                        .Summary = "Finds counts of running tasks that are raised by the task or after its start.",
                        .Rows = "P2 L13",
                        .Preview = true},
                       [](Code &C, Reporter &R) {
                         countedInside(C, R);
                         countedLate(C, R);
                         countedWhenTaken(C, R);
                       });

} // namespace
} // namespace heddle
