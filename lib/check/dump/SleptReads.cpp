// `heddle-dev-slept`: reads of what a running task stores, which nothing but a sleep has put off.
#include "flow/SleptReads.h"
#include "check/Register.h"
#include "check/Reporter.h"

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-slept", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const SleptRead &X : sleptReads(C.U, C))
        R.report(X.Sleep->getExprLoc(), "slept: for " + X.Of->getNameAsString());
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
