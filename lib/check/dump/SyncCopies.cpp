// `heddle-dev-copies`: copies of objects that synchronise.
#include "flow/SyncCopies.h"
#include "check/Register.h"
#include "check/Reporter.h"

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-copies", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const SyncCopy &X : C.U.get<SyncCopies>().in(C))
        R.report(X.Loc, "copy: " + std::string(noun(X.Is)) +
                            (X.Member ? " in " + X.Member->getNameAsString() : std::string()) +
                            (X.Parameter ? " for " + X.Parameter->getNameAsString() : std::string()));
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
