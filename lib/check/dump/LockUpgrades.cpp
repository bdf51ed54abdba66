// `heddle-dev-lock-upgrades`: changes of state that was tested before the lock was released.
#include "flow/LockUpgrades.h"
#include "check/Register.h"
#include "check/Reporter.h"

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-lock-upgrades", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const LockUpgrade &X : C.U.get<LockUpgrades>().in(C))
        R.report(X.Change->getBeginLoc(), "upgrade: " + X.State.name() + " under " + X.Lock.name(),
                 {{X.First->loc(), "first"}, {X.Test->getExprLoc(), "test"}, {X.Again->loc(), "again"}});
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
