// `heddle-dev-confined`: which increments are made on one thread alone.
#include "flow/Confinement.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-confined", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      forEach<UnaryOperator>(C.Fn->getBody(), Walk::NoLambdas, [&](const UnaryOperator *X) {
        if (X->isIncrementOp() && C.U.get<Confinement>().isConfined(C, X))
          R.report(X->getOperatorLoc(), "confined: to a thread");
      });
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
