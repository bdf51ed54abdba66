// `heddle-dev-timer-makers`: calls that yield timers of C libraries.
#include "flow/TimerMakers.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-timer-makers", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const MadeTimer &X : C.U.get<TimerMakers>().in(C))
        R.report(X.Call->getExprLoc(), "maker: " + X.Where.name());
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
