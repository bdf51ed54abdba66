// A sleep in a task that is to end when a stop is requested: the stop, and whoever waits for the task, has to sit
// through it.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/ConstantDuration.h"
#include "flow/Durations.h"
#include "flow/StopWaits.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle {
namespace {

constexpr std::string_view Shortest = "MinMilliseconds";
/// A loop that sleeps in small portions and looks for a stop after each is the usual mend.
constexpr std::chrono::milliseconds LongestSlice{1000};

std::string howLong(const std::optional<Duration> &D) {
  if (!D)
    return "for as long as it lasts";
  return "for up to " + D->text() + (D->Exact ? "" : " (by default)");
}

std::string callName(const Event &E) {
  return E.Callee && E.Callee->getIdentifier() ? "'" + E.Callee->getNameAsString() + "'" : "this sleep";
}

std::string named(const StopAsk &A) { return A.Object ? " '" + A.Object->getNameAsString() + "'" : ""; }

/// A length that is not known, but kept in microseconds: a back-off, while there is nothing to do.
bool countsMicroseconds(const Event &Sleep) {
  const auto *Call = dyn_cast_or_null<CallExpr>(Sleep.Site);
  return Call && llvm::any_of(Call->arguments(), [](const Expr *A) { return durationUnit(A->getType()) == 1e-6; });
}

class Sleeps {
public:
  Sleeps(Unit &U, Reporter &R) : U(U), R(R) {
    long long Ms = 300;
    (void)llvm::StringRef(R.option(Shortest)).getAsInteger(10, Ms);
    Least = std::chrono::milliseconds(Ms);
  }

  void look(Code &C) {
    for (const StopWait &W : U.get<StopWaits>().in(C))
      if (W.What->Kind == Op::Sleep)
        judge(W);
    for (const Event &E : C.Events)
      if (E.Kind == Op::Spawn)
        for (const CallableRef &T : E.Tasks)
          outOfReach(C, T);
  }

private:
  bool isShort(const std::optional<Duration> &D, bool Slice) const {
    return D && (D->Time < Least || ((Slice || D->Part) && D->Time <= LongestSlice));
  }

  void judge(const StopWait &W) {
    auto Lasts = U.get<Durations>().of(*W.In, *W.What);
    if (isShort(Lasts, W.Slice) || (!Lasts && countsMicroseconds(*W.What)))
      return;
    // Where a helper of others, too, is given the time, the caller decides.
    bool ByCaller =
        !W.Through.empty() && U.get<Durations>().parameter(*W.In, *W.What) && !U.get<StopWaits>().servesOneTask(W);
    const CallEdge *Call = ByCaller ? &W.Through.back() : nullptr;
    SourceLocation Loc = Call ? Call->Site->getExprLoc() : W.What->loc();
    std::string What = Call ? "'" + Call->Callee->getNameAsString() + "'" : callName(*W.What);
    Story Path;
    if (W.Asks)
      Path.then(W.Asks->getExprLoc(), "the loop asks for the stop here");
    for (const CallEdge &X : W.Through)
      if (&X != Call)
        Path.then(X.line().Loc, X.line().Text);
    if (Call)
      Path.then(W.What->loc(), "it sleeps here");
    if (W.Asked.Kind == StopKind::Token)
      return R.report(Loc,
                      What + " does not notice a stop request on" + (W.Asked.Object ? named(W.Asked) : " the token") +
                          "; the stop, and whoever waits for this task, is held up " + howLong(Lasts) +
                          "; wait for the time with the token, as 'condition_variable_any::wait_for' does",
                      Path);
    for (const StopRequest &Q : U.get<StopWaits>().requests(W))
      if (auto Join = U.get<StopRequests>().joined(Q, W.AsksIn->Fn)) {
        Path.then(Q.Site->getBeginLoc(), "the stop is requested here");
        Path.then(Join->Loc, "and the task is waited for here");
        return R.report(Loc,
                        What + " does not notice that" + named(W.Asked) + " has changed; " + Join->By + " waits for " +
                            "this thread " + howLong(Lasts) +
                            "; wait for the time on a condition variable that the stop notifies",
                        Path);
      }
  }

  /// The task of a function that has a token, without the token.
  void outOfReach(Code &C, const CallableRef &T) {
    StopFacts &Stops = U.get<StopFacts>();
    Code *Body = T.Lambda && T.Body ? U.code(T.Body) : nullptr;
    if (!Body || !Stops.inScope(*Body).empty())
      return;
    for (const StopSight &S : Stops.inScope(C)) {
      if (S.From != StopSight::Parameter && S.From != StopSight::Capture)
        continue;
      if (U.get<Uses>().in(C, S.Decl).empty())
        continue;
      for (const Event &E : Body->Events) {
        auto Lasts = E.Kind == Op::Sleep ? U.get<Durations>().of(*Body, E) : std::nullopt;
        if (E.Kind != Op::Sleep || isShort(Lasts, false) || !U.get<StopWaits>().in(*Body).empty())
          continue;
        return R.report(E.loc(),
                        callName(E) + " does not notice a stop request on '" + S.Decl->getNameAsString() +
                            "', which the task is not given; the stop, and whoever waits for the task, is held up " +
                            howLong(Lasts) +
                            "; give the task the token, and wait for the time with it, as "
                            "'condition_variable_any::wait_for' does",
                        Story(S.Decl->getLocation(), "the token is in scope where the task is started"));
      }
    }
  }

  Unit &U;
  Reporter &R;
  std::chrono::nanoseconds Least{};
};

const UnitCheck Check({.Name = "uncancellable-sleep",
                       .Family = "cancellation",
                       .Level = Tier::Risk,
                       .Summary = "Finds sleeps that a stop has to sit through.",
                       .Rows = "S4 L6",
                       .Options = {{Shortest, "300",
                                    "the shortest sleep, in milliseconds, that is reported where its time is known"}}},
                      [](Unit &U, Reporter &R) {
                        Sleeps S(U, R);
                        for (Code *C : bodies(U))
                          S.look(*C);
                      });

} // namespace
} // namespace heddle
