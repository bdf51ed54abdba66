// A channel is closed twice, or by one of several tasks that still use it.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ChannelUse.h"
#include "flow/Simulation.h"
#include "multiple-closers/detectors.h"

using namespace clang;

namespace heddle {
namespace {

const Automaton Twice = {
    .Tracks = {Role::Channel},
    .Start = "open",
    .AtEntry = "open",
    .Rows =
        {
            {"open", Op::Close, "closed", {}, "'%0' is closed here first"},
            {"closed", Op::Close, "error",
             "'%0' is closed a second time on this path; the second close throws or terminates the program; close it "
             "once"},
            {"closed", Op::Test, "gone"},
            {.From = "open", .On = Op::Close, .To = "gone", .How = Via::Later},
            {"*", Op::Reset, "open"},
        },
};

/// Of a close in a loop that goes on sending, send-after-close speaks.
bool sendsOn(const Finding &F, const Code &C) {
  bool Again = llvm::any_of(F.Story, [&](const StoryLine &L) { return L.Loc == F.Loc; });
  return Again && llvm::any_of(C.Events, [&](const Event &E) { return E.Kind == Op::Send && E.Object == F.Object; });
}

bool isRefused(Unit &U, Finding &F) {
  const Code *C = U.codeWith(F.Site);
  if (C && sendsOn(F, *C))
    return false;
  for (unsigned I : C ? C->at(F.Site) : llvm::ArrayRef<unsigned>())
    if (C->Events[I].Kind == Op::Close)
      return U.get<ChannelUse>().closesOnce(C->Events[I]);
    else if (const Witness *W = U.get<Calls>().witness(C->Events[I].Callee, Op::Close))
      return U.get<ChannelUse>().closesOnce(*W->Does);
  return false;
}

const AutomatonCheck Check({.Name = "multiple-closers",
                            .Family = "channels",
                            .Level = Tier::Bug,
                            .Summary = "Finds channels that are closed twice, or while others still send.",
                            .Rows = "P9 L7",
                            .Preview = true},
                           Twice, isRefused, [](Unit &U, Reporter &R) {
                             multiple_closers::reportLocals(U, R);
                             multiple_closers::reportMembers(U, R);
                           });

} // namespace
} // namespace heddle
