// A group or a count that serves once is used for a second wave: its wait is over, and so is what it could do.
#include "check/Register.h"
#include "flow/Simulation.h"

using namespace clang;

namespace heddle {
namespace {

constexpr std::string_view Late = "'%0' is single-use, and its wait is over; a task that is added now is rejected, "
                                  "starts cancelled, or is never waited for; create a new one for each wave";
constexpr std::string_view Under =
    "'%0' is single-use, and its count was already waited for; counting it down again is undefined, and the next "
    "wait returns at once; create a new one for each wave, or use a barrier";

// The states of a group or count:
//   fresh    made here, nothing added
//   early    waited for with nothing added
//   open     it was not waited for yet
//   waited   it was
const Automaton Waves = {
    .Tracks = {Role::Group, Role::Latch},
    .Start = "fresh",
    .AtEntry = "open",
    .Rows =
        {
            {"fresh", Op::Spawn, "open"},
            {"fresh", Op::Enter, "open"},
            // Nothing was added yet: a group that is added to only then is reported by wait-before-spawn.
            {.From = "fresh", .On = Op::Wait, .To = "early", .Note = "'%0' is waited for here", .Unless = Fact::Timed},
            {"early", Op::Spawn, "gone"},
            {"early", Op::Enter, "gone"},
            {"early", Op::Leave, "error", Under},
            {.From = "early",
             .On = Op::Leave,
             .To = "error",
             .Message = Under,
             .How = Via::Later,
             .Where = ReportAt::HandOver},
            {.From = "open", .On = Op::Wait, .To = "waited", .Note = "'%0' is waited for here", .Unless = Fact::Timed},
            {"waited", Op::Spawn, "error", Late},
            {"waited", Op::Enter, "error", Late},
            {"waited", Op::Leave, "error", Under},
            {.From = "waited",
             .On = Op::Leave,
             .To = "error",
             .Message = Under,
             .How = Via::Later,
             .Where = ReportAt::HandOver},
            {"*", Op::Reset, "fresh"},
            {"*", Op::Test, "gone"},
        },
};

bool servesOnce(Unit &U, Finding &X) {
  const TypeModel *M = U.type(X.Object);
  if (!M || !M->With.has(Fact::SingleUse))
    return false;
  // A member that uses it and waits for it is called again: what is wrong stands in there.
  if (X.Object.This && X.Operation.isValid() &&
      llvm::any_of(X.Story, [&](const StoryLine &L) { return L.Loc == X.Loc; })) {
    X.Story.push_back({X.Loc, "this call reaches it again"});
    X.reportEnd(X.Operation);
  }
  return true;
}

const AutomatonCheck Check({.Name = "spawn-after-wait",
                            .Family = "tasks",
                            .Level = Tier::Bug,
                            .Summary = "Finds single-use groups and latches that are used again after their wait.",
                            .Rows = "F9"},
                           Waves, servesOnce);

} // namespace
} // namespace heddle
