// A sleep that is to be long enough for another thread.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Concurrency.h"
#include "flow/SharedState.h"
#include "flow/Sleeps.h"
#include "flow/SleptReads.h"

using namespace clang;

namespace heddle {
namespace {

void report(SourceLocation Sleep, Story Notes, Reporter &R) {
  R.report(Sleep,
           "this sleep stands for a wait for the task; on a busy machine the task is not done by then, and its "
           "result is read too early; wait for the task",
           Notes);
}

/// A task is started, the thread sleeps, and then uses what the task writes.
void sleepsForResult(Code &C, Reporter &R) {
  llvm::SmallPtrSet<const Stmt *, 4> Told;
  for (const Race &X : C.U.concurrency().races(C)) {
    if (X.OtherTask || X.InTask->Does != Access::Write || X.NextCall)
      continue;
    const Event *E = sleptBetween(C, X.Task->Start->Site, X.Other->Entry);
    if (!E || !Told.insert(E->Site).second)
      continue;
    Story S(X.Task->Start->loc(), "the task is started here");
    S.then(X.InTask->Site->getExprLoc(), "it writes '" + X.InTask->Object.name() + "' here");
    S.then(cast<Expr>(X.Other->Entry)->getExprLoc(), "which is used here, as if the task were done");
    report(E->loc(), S, R);
  }
  for (const SleptRead &X : sleptReads(C.U, C)) {
    if (!Told.insert(X.Sleep).second)
      continue;
    Story S(X.Thread->Of->Loc, "the task is started here");
    S.then(X.Store->As->Site->getBeginLoc(), "it writes '" + X.Of->getNameAsString() + "' here");
    if (X.Inner)
      S.then(X.Sleep->getExprLoc(), "the sleep is called here");
    S.then(X.Read->getExprLoc(), "which is used here, as if the task had done so");
    report((X.Inner ? X.Inner : X.Sleep)->getExprLoc(), S, R);
  }
}

/// A loop sleeps until a plain variable has been set by a thread.
void sleepsForFlag(Unit &U, Reporter &R) {
  auto &State = U.get<SharedState>();
  if (U.get<Threads>().entries().empty())
    return;
  for (Code *C : bodies(U))
    for (const Loop *L : U.get<LoopFacts>().in(*C)) {
      if (L->Turns != Trips::Open || !State.onlySleeps(*C, *L))
        continue;
      for (const AskedFlag &A : State.asked(*C, *L)) {
        QualType T = A.Flag->getType().getNonReferenceType();
        if (!T->isIntegralOrEnumerationType() || !State.locks(*A.In, A.Mention).empty())
          continue;
        for (const SharedAccess &X : State.of(A.Flag)) {
          auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
          if (!P || !X.As->is(Use::Stores) || X.Construction || X.Ordered)
            continue;
          auto Meets = U.get<Threads>().meeting({C, A.Condition, A.Named}, {X.In, X.Site, *P});
          if (!Meets || Meets->First)
            continue;
          Story S(Meets->Second->Of->Loc, "the thread is started here");
          S.then(X.As->Site->getBeginLoc(), "it is set here");
          R.report(A.Condition->getExprLoc(),
                   "this loop sleeps until '" + A.Flag->getNameAsString() +
                       "' is set by a thread, but it is neither atomic nor locked; the write may never become "
                       "visible (data race); wait for the thread, or on a condition variable",
                   S);
          break;
        }
      }
    }
}

const MatchCheck Check({.Name = "sleep-as-synchronization",
                        .Family = "locks",
                        .Level = Tier::Bug,
                        .Summary = "Finds sleeps that are meant to be long enough for another thread to finish.",
                        .Rows = "P3",
                        .Preview = true},
                       sleepsForResult, sleepsForFlag);

} // namespace
} // namespace heddle
