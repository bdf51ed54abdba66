// `heddle-dev-timer-makers`: calls that yield timers of C libraries.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/TimerMakers.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-timer-makers", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const MadeTimer &X : madeTimers(C))
        R.report(X.Call->getExprLoc(), "maker: " + X.Where.name());
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
