// A wait for longer than the clock can count.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/ConstantDuration.h"
#include "flow/Guards.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

/// What a nanosecond clock that counts from now on can hold: 292 years, less the fifty since its epoch.
constexpr double Longest = 240.0 * 365 * 24 * 3600;

bool isTimed(const Event &E) { return E.may(Fact::Timed) || E.Kind == Op::Sleep; }

bool isTooLong(double Seconds) { return Seconds > Longest; }

/// The duration was compared with such a value before: the author has thought of it.
bool isChecked(const Code &C, const Stmt *Wait) {
  return llvm::any_of(guards(C, Wait), [&](const Guard &G) {
    return findFirst<Expr>(G.Condition, [&](const Expr *E) {
      auto Seconds = constantSeconds(E, C.U.Ctx);
      return Seconds && isTooLong(*Seconds);
    });
  });
}

void overflowingWaits(Code &C, Reporter &R) {
  for (const Event &E : C.Events) {
    const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
    if (!Call || !isTimed(E) || C.U.visible(E.Callee)) // what that waits for is found in it
      continue;
    for (const Expr *A : Call->arguments()) {
      const Expr *Max = constantDuration(C, A, isTooLong);
      if (!Max || (Max != A && isChecked(C, Call)))
        continue;
      Story S;
      if (Max != A)
        S.then(Max->getExprLoc(), "it is given this value here");
      R.report(E.loc(),
               "this timeout overflows when the current time is added; the deadline is in the past, so the call "
               "returns at once and a loop around it spins; wait without a timeout, or for hours",
               S);
      break;
    }
  }
}

const MatchCheck Check({.Name = "overflowing-wait",
                        .Family = "locks",
                        .Level = Tier::Bug,
                        .Summary = "Finds timeouts so long that their sum with the current time overflows.",
                        .Rows = "-",
                        .Preview = true},
                       overflowingWaits);

} // namespace
} // namespace heddle
