// Two tasks, or a task and the code that started it, write one object at the same time.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Concurrency.h"
#include "flow/LazyInits.h"

namespace heddle {
namespace {

void races(Code &C, Reporter &R) {
  std::vector<std::pair<const TaskStart *, Place>> Told; // one report for each object of a task
  for (const Race &X : C.U.concurrency().races(C)) {
    bool Starter = !X.OtherTask;
    if (X.InTask->Does != Access::Write && (Starter || X.Other->Does != Access::Write))
      continue;
    if (Starter && X.Other->Does != Access::Write)
      continue; // result-read-before-wait
    const Access &Writes = X.InTask->Does == Access::Write ? *X.InTask : *X.Other;
    const Access &Beside = &Writes == X.InTask ? *X.Other : *X.InTask;
    if (C.U.get<LazyInits>().of(Writes.Object))
      continue; // racy-lazy-init
    if (llvm::is_contained(Told, std::pair(X.Task, Writes.Part)))
      continue;
    Told.emplace_back(X.Task, Writes.Part);
    std::vector<StoryLine> Story;
    if (X.Task->Start->Kind == Op::RunNow)
      Story.push_back({X.Task->Start->loc(), "several threads run this concurrently"});
    else if (X.OtherTask == X.Task)
      Story.push_back({X.Task->Start->loc(), "the tasks that are started here run concurrently"});
    else {
      Story.push_back({X.Task->Start->loc(), X.NextCall ? "the task is started here, and may still run in the next call"
                                                        : "the task is started here"});
      if (X.OtherTask)
        Story.push_back({X.OtherTask->Start->loc(), "this one is started while the first may still run"});
    }
    Story.insert(Story.end(), Writes.Calls.begin(), Writes.Calls.end());
    if (&Beside != &Writes && Beside.Named != Writes.Named) {
      Story.insert(Story.end(), Beside.Calls.begin(), Beside.Calls.end());
      Story.push_back(
          {Beside.Named->getExprLoc(),
           std::string(Beside.Does == Access::Write ? "it is written" : "it is read") + " concurrently here"});
    }
    std::string Who = Starter                        ? "by this task and by the code that started it"
                      : X.OtherTask == X.Task        ? "by several tasks"
                      : Beside.Does == Access::Write ? "by two tasks"
                                                     : "by this task while another one reads it";
    R.report(
        Writes.Named->getExprLoc(),
        "'" + Writes.Part.name() + "' is written " + Who +
            " without a common lock; updates are lost and containers corrupted (data race); guard it with one mutex, "
            "make it atomic, or give each task its own part",
        Story);
  }
}

const MatchCheck Check({.Name = "unsynchronized-task-write",
                        .Family = "tasks",
                        .Level = Tier::Risk,
                        .Summary = "Finds objects that concurrent tasks write without a common lock.",
                        .Rows = "S7 P7"},
                       races);

} // namespace
} // namespace heddle
