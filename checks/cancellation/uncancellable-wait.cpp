// A wait in a task that is to end when a stop is requested, and that the stop does not wake.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Durations.h"
#include "flow/StopWaits.h"

using namespace clang;

namespace heddle {
namespace {

constexpr std::string_view Shortest = "MinMilliseconds";

std::string what(const StopWait &W) {
  const Event &E = *W.What;
  std::string Name = E.Callee && E.Callee->getIdentifier() ? "'" + E.Callee->getNameAsString() + "'" : "this wait";
  return W.Object.valid() ? Name + " on '" + W.Object.name() + "'" : Name;
}

class Waits {
public:
  Waits(Unit &U, Reporter &R) : U(U), R(R) {
    long long Ms = 1000;
    (void)llvm::StringRef(R.option(Shortest)).getAsInteger(10, Ms);
    Least = std::chrono::milliseconds(Ms);
  }

  void look(Code &C) {
    for (const StopWait &W : U.get<StopWaits>().in(C))
      if (W.What->Kind != Op::Sleep && W.Asks)
        judge(W);
  }

private:
  /// Futures and counts are waited for because somebody is about to set them. Of an answer that comes from elsewhere,
  /// to a question that was not given the token, it can be said that a stop is missed.
  bool matters(const StopWait &W) const {
    switch (W.What->Kind) {
    case Op::Await:
    case Op::Consume:
      return W.Asked.Kind == StopKind::Token && U.get<StopWaits>().comesFromElsewhere(W);
    case Op::Wait:
      return false;
    default:
      return W.Object.valid() && W.Object.last();
    }
  }

  /// The loop ends by what the wait brings, too: closing it is somebody else's business.
  bool endsOtherwise(const StopWait &W) const {
    return !W.Around || llvm::any_of(W.Around->Exits, [&](const LoopExit &X) {
      return llvm::any_of(X.When, [&](const Guard &G) {
        return G.Condition && !G.Condition->isValueDependent() && G.Condition != W.Asks &&
               U.get<StopFacts>().of(*W.AsksIn, G.Condition).Asked.empty();
      });
    });
  }

  void judge(const StopWait &W) {
    if (!matters(W) || (!W.Owned && (W.Asked.Kind != StopKind::Token || endsOtherwise(W))))
      return;
    auto Lasts = W.What->may(Fact::Timed) ? U.get<Durations>().of(*W.In, *W.What) : std::nullopt;
    if (W.What->may(Fact::Timed) && (!Lasts || Lasts->Time <= Least))
      return; // looks again soon enough
    std::vector<StopRequest> Requests = U.get<StopWaits>().requests(W);
    Wake Is = U.get<StopWaits>().wake(W, Requests);
    if (Is.Is != Wake::Asleep && Is.Is != Wake::Deaf)
      return;
    std::optional<StopJoin> Join;
    Story Path(W.Asks->getExprLoc(), W.Around ? "the loop asks for the stop here"
                                              : "its condition asks for the stop here, but only when it is notified");
    for (const CallEdge &X : W.Through)
      Path.then(X.line().Loc, X.line().Text);
    if (W.Asked.Kind != StopKind::Token)
      for (const StopRequest &Q : Requests)
        if (!Join && (Join = U.get<StopRequests>().joined(Q, W.AsksIn->Fn)))
          Path.then(Q.Site->getBeginLoc(), "the stop is requested here");
    if (W.Asked.Kind != StopKind::Token && !Join)
      return;
    if (Is.Is == Wake::Deaf)
      Path.then(Is.By->loc(), "it is notified here, but what it waits for has not come");
    if (Join)
      Path.then(Join->Loc, "and the task is waited for here");
    std::string Long = Lasts ? "for up to " + Lasts->text() : "until something else ends the wait, which may be never";
    std::string Who = Join ? Join->By + " waits for this thread " : "whoever waits for this task waits ";
    std::string Mend = Is.Is == Wake::Deaf ? "; let the wait's condition ask for the stop, too"
                       : W.Asked.Kind == StopKind::Token
                           ? "; wait with the token, or wake the wait in a 'stop_callback'"
                           : "; wake the wait after the stop was requested";
    R.report(W.What->loc(),
             what(W) +
                 (Is.Is == Wake::Deaf ? " goes on waiting when a stop is requested; "
                                      : " is not woken when a stop is requested; ") +
                 Who + Long + Mend,
             Path);
  }

  Unit &U;
  Reporter &R;
  std::chrono::nanoseconds Least{};
};

const UnitCheck
    Check({.Name = "uncancellable-wait",
           .Family = "cancellation",
           .Level = Tier::Bug,
           .Summary = "Finds waits that a stop does not wake.",
           .Rows = "P26 L21",
           .Preview = true,
           .Options = {{Shortest, "1000",
                        "the longest wait with a bound, in milliseconds, that looks for a stop often enough"}}},
          [](Unit &U, Reporter &R) {
            Waits W(U, R);
            for (Code *C : bodies(U))
              W.look(*C);
          });

} // namespace
} // namespace heddle
