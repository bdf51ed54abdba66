// `heddle-dev-state-flags`: which flags of an object decide over branches, and which of them nothing sets.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/StateFlags.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-state-flags", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      auto &Flags = C.U.get<StateFlags>();
      forEach<IfStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const IfStmt *If) {
        if (StateFlag F = Flags.asked(C, If->getCond()); F.Flag)
          R.report(If->getBeginLoc(), "flag: " + F.Flag->getNameAsString() + (F.Value ? " set" : " cleared") +
                                          (Flags.isNever(F) ? ", which never happens" : ""));
      });
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
