// How many tasks run at once is said too late: those that were added first run unlimited, and a group that takes no
// change while tasks run throws, ends the program or ignores it.
#include "check/Register.h"
#include "flow/Simulation.h"

namespace heddle {
namespace {

const Automaton Limiting = {
    .Tracks = {Role::Group},
    .Start = "empty",
    .AtEntry = "empty",
    .Rows =
        {
            {"empty", Op::Spawn, "busy", {}, "the first task of '%0' is added here"},
            {"busy", Op::Limit, "error",
             "the limit of '%0' is set after tasks were added to it; those tasks are not limited, or the group "
             "rejects the change; set the limit before the first task"},
            {.From = "busy", .On = Op::Wait, .To = "empty", .Unless = Fact::Timed},
            {"*", Op::Wait, "gone"},
            {"*", Op::Clear, "gone"},
            {"*", Op::Test, "gone"}, // how many run was looked at
            {"*", Op::Reset, "empty"},
        },
};

/// Some pools take a new number at any time; it does not touch what runs already.
bool tellHow(Unit &U, Finding &X) {
  if (X.Operation != X.Loc && !X.Story.empty()) { // a helper sets it: there it is seen what is set
    X.Story.pop_back(); // the operation itself
    X.Story.insert(llvm::find_if(X.Story, [](const StoryLine &L) { return L.After; }),
                   {X.Loc, "the limit is set by this call"});
    X.reportEnd(X.Operation);
  }
  const TypeModel *M = U.type(X.Object);
  if (M && M->With.has(Fact::AdjustableLimit))
    X.Message = "the limit of '" + X.Object.name() +
                "' is set after tasks were added to it; those that run already are not limited; set the limit before "
                "the first task";
  return true;
}

const AutomatonCheck Check({.Name = "limit-after-spawn",
                            .Family = "tasks",
                            .Level = Tier::Risk,
                            .Summary = "Finds limits of concurrency that are set after the first task was added.",
                            .Rows = "S8"},
                           Limiting, tellHow);

} // namespace
} // namespace heddle
