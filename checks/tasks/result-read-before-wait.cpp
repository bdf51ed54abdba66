// The starter of a task reads what the task writes before anything signals that the task is done.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Concurrency.h"
#include "flow/EarlyReads.h"
#include "flow/LazyInits.h"
#include "flow/Sleeps.h"

namespace heddle {
namespace {

std::string message(const std::string &Name) {
  return "'" + Name +
         "' is read while the task that writes it may still run; the read may see a stale or torn value (data race); "
         "wait for the task first";
}

void readByStarter(Code &C, Reporter &R) {
  std::vector<std::pair<const TaskStart *, Place>> Told;
  for (const Race &X : C.U.concurrency().races(C)) {
    if (X.OtherTask || X.InTask->Does != Access::Write || X.Other->Does == Access::Write)
      continue;
    if (C.U.get<LazyInits>().of(X.InTask->Object))
      continue; // racy-lazy-init
    if (sleptBetween(C, X.Task->Start->Site, X.Other->Entry))
      continue; // sleep-as-synchronization
    if (llvm::is_contained(Told, std::pair(X.Task, X.InTask->Object)))
      continue;
    Told.emplace_back(X.Task, X.InTask->Object);
    std::vector<StoryLine> Lines{{X.Task->Start->loc(), "the task is started here"}};
    Lines.insert(Lines.end(), X.InTask->Calls.begin(), X.InTask->Calls.end());
    Lines.push_back({X.InTask->Site->getExprLoc(), "the task writes it here"});
    Lines.insert(Lines.end(), X.Other->Calls.begin(), X.Other->Calls.end());
    if (X.Other->Entry != X.Other->Site)
      Lines.push_back({X.Other->Site->getExprLoc(), "it is read here"});
    R.report(cast<clang::Expr>(X.Other->Entry)->getExprLoc(), message(X.InTask->Object.name()), Lines);
  }
}

/// The same over the members of a class: one starts the task, another reads, and only then waits.
void readByMembers(Unit &U, Reporter &R) {
  for (ClassFacts *F : U.get<ClassTable>().all())
    for (const EarlyRead &X : earlyReads(U, *F)) {
      Story Notes(X.Task->Loc, "the task is started here");
      Notes.then(X.Written->Site->getBeginLoc(), "the task writes it here");
      if (X.Read->Site != X.Read->Entry)
        Notes.then(X.Read->Site->getBeginLoc(), "it is read here");
      Notes.then(X.Wait->Entry->getBeginLoc(), "the task is waited for only here");
      R.report(X.Read->Entry->getBeginLoc(), message(X.Read->Field->getNameAsString()), Notes);
    }
}

const MatchCheck Check({.Name = "result-read-before-wait",
                        .Family = "tasks",
                        .Level = Tier::Bug,
                        .Summary = "Finds results of a task that are read before the wait that orders them.",
                        .Rows = "S9",
                        .Preview = true},
                       readByStarter, readByMembers);

} // namespace
} // namespace heddle
