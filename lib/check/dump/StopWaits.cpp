// `heddle-dev-stop-waits`: the sleeps and waits around which a stop is asked, how long they last, who requests the stop
// and waits then, and whether the stop wakes them.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Durations.h"
#include "flow/StopWaits.h"

using namespace clang;

namespace heddle {
namespace {

const char *describe(Wake::Kind K) {
  switch (K) {
  case Wake::Unknown: return "not known";
  case Wake::Woken: return "woken";
  case Wake::Deaf: return "deaf";
  case Wake::Asleep: return "asleep";
  }
  return "";
}

const MatchCheck Check(
    {.Name = "dev-stop-waits", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      StopWaits &Facts = C.U.get<StopWaits>();
      StopFacts &Stops = C.U.get<StopFacts>();
      for (const StopWait &W : Facts.input(C))
        R.report(W.What->loc(), Facts.isEndedFromOutside(W) ? "stop: input; ended from outside" : "stop: input");
      for (const StopWait &W : Facts.in(C)) {
        std::string Text = "stop: waits, " + std::string(spelling(W.What->Kind));
        Text += W.Object.valid() ? " " + W.Object.name() : "";
        Text += W.Inside ? "; of another object" : W.Owned ? "; owned" : "";
        Text += W.Asks ? "; asked" : "; in scope";
        Text += W.Asked.Object ? " " + W.Asked.Object->getNameAsString() : "";
        bool State = W.Asked.Object && W.Asked.Kind != StopKind::Token && !Stops.isFlag(W.Asked.Object->getType());
        if (W.Ends)
          Text += std::string(W.EndsUnless ? " not" : "") +
                  (State ? " " + std::to_string(*W.Ends) : std::string(*W.Ends ? " true" : " false"));
        for (const CallEdge &X : W.Through)
          Text += "; through " + X.Callee->getNameAsString();
        if (auto D = C.U.get<Durations>().of(C, *W.What))
          Text += "; " + D->text() + (D->Exact ? "" : " by default");
        Text += W.Slice ? "; slice" : "";
        auto Requests = Facts.requests(W);
        if (W.What->Kind != Op::Sleep)
          Text += std::string("; ") + describe(Facts.wake(W, Requests).Is);
        R.report(W.What->loc(), Text);
        for (const StopRequest &Q : Requests)
          if (auto Join =
                  W.Asked.Kind == StopKind::Token ? std::nullopt : C.U.get<StopRequests>().joined(Q, W.AsksIn->Fn)) {
            R.report(Q.Site->getBeginLoc(), "stop: requested");
            R.report(Join->Loc, "stop: joined by " + Join->By);
          }
      }
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
