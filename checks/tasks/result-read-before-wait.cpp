// The starter of a task reads what the task writes before anything signals that the task is done.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Concurrency.h"
#include "flow/LazyInits.h"
#include "flow/Sleeps.h"

namespace heddle {
namespace {

void earlyReads(Code &C, Reporter &R) {
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
    std::vector<StoryLine> Story{{X.Task->Start->loc(), "the task is started here"}};
    Story.insert(Story.end(), X.InTask->Calls.begin(), X.InTask->Calls.end());
    Story.push_back({X.InTask->Site->getExprLoc(), "the task writes it here"});
    Story.insert(Story.end(), X.Other->Calls.begin(), X.Other->Calls.end());
    if (X.Other->Entry != X.Other->Site)
      Story.push_back({X.Other->Site->getExprLoc(), "it is read here"});
    R.report(cast<clang::Expr>(X.Other->Entry)->getExprLoc(),
             "'" + X.InTask->Object.name() +
                 "' is read while the task that writes it may still run; the read may see a stale or torn value "
                 "(data race); wait for the task first",
             Story);
  }
}

const MatchCheck Check({.Name = "result-read-before-wait",
                        .Family = "tasks",
                        .Level = Tier::Bug,
                        .Summary = "Finds results of a task that are read before the wait that orders them.",
                        .Rows = "S9",
                        .Preview = true},
                       earlyReads);

} // namespace
} // namespace heddle
