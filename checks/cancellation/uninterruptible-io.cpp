// A task that looks for a stop between its reads: while a read waits for input, nobody looks.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/StopWaits.h"

using namespace clang;

namespace heddle {
namespace {

void look(Code &C, Reporter &R) {
  StopWaits &Waits = C.U.get<StopWaits>();
  for (const StopWait &W : Waits.input(C)) {
    if (Waits.isEndedFromOutside(W))
      continue;
    std::optional<StopJoin> Join;
    Story Path(W.Asks->getExprLoc(), "the loop asks for the stop here");
    for (const CallEdge &X : W.Through)
      Path.then(X.line().Loc, X.line().Text);
    if (W.Asked.Kind != StopKind::Token)
      for (const StopRequest &Q : Waits.requests(W))
        if (!Join && (Join = C.U.get<StopRequests>().joined(Q, W.AsksIn->Fn)))
          Path.then(Q.Site->getBeginLoc(), "the stop is requested here")
              .then(Join->Loc, "and the task is waited for here");
    std::string Name = W.What->Callee ? W.What->Callee->getNameAsString() : "this call";
    bool Descriptor = W.Object.valid();
    R.report(W.What->loc(),
             "'" + Name + "' does not notice a stop request" +
                 (W.Asked.Object ? " on '" + W.Asked.Object->getNameAsString() + "'" : "") + "; " +
                 (Join ? Join->By + " waits for this thread" : "the task goes on") +
                 " until input arrives, which may be never; " +
                 (Descriptor ? "wait for input with 'poll' and a timeout, or shut the descriptor down on the stop"
                             : "wait for input with 'poll' and a timeout"),
             Path);
  }
}

const UnitCheck Check({.Name = "uninterruptible-io",
                       .Family = "cancellation",
                       .Level = Tier::Risk,
                       .Summary = "Finds reads without a bound in tasks that are to end on a stop.",
                       .Rows = "L19",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (Code *C : bodies(U))
                          look(*C, R);
                      });

} // namespace
} // namespace heddle
