// `heddle-dev-offered-tokens`: tokens that parameters have, and that the body does not ask for.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/OfferedTokens.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-offered-tokens", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const Offered &X : offeredTokens(C))
        R.report(X.By->getLocation(), "offered: " + X.Name);
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
