// `heddle-dev-lock-balance`: ways out with a lock held, and releases of what was released.
#include "flow/LockBalance.h"
#include "check/Register.h"
#include "check/Reporter.h"

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-lock-balance", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      auto &Balance = C.U.get<LockBalance>();
      for (const HeldExit &X : Balance.heldAtExit(C))
        R.report(X.Exit->getBeginLoc(), "balance: " + X.Lock.name() + " held" + (X.Throws ? " by exception" : ""));
      for (const ReleasedTwice &X : Balance.releasedTwice(C))
        R.report(X.Loc, "balance: " + X.Lock.name() + " released twice");
      for (const Event *E : Balance.abandoned(C))
        R.report(E->loc(), "balance: " + E->Object.name() + " given up");
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
