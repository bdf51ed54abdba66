// `heddle-dev-outcomes`: which members handlers use before they ask how the operation ended.
#include "flow/HandlerOutcome.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-outcomes", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const Event &E : C.Events)
        for (const CallableRef &T : E.Tasks)
          if (const MemberExpr *M = usedUnasked(C.U, T))
            R.report(M->getMemberLoc(), "outcome: uses " + M->getMemberDecl()->getNameAsString() + " unasked");
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
