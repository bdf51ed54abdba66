// What flow/CallbackDeeds.h and flow/DyingElements.h answer, for Heddle's own tests: `heddle-dev-callback-deeds` says
// at each call of what a member holds, under a lock, what the callables do about it; `heddle-dev-dying-elements` where
// an object ends under a lock that its destructor takes.
#include "flow/CallbackDeeds.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/DyingElements.h"

namespace heddle {
namespace {

const MatchCheck Deeds(
    {.Name = "dev-callback-deeds", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const UnderLock &X : C.U.get<CriticalSections>().during(C, Deed::CallsBack)) {
        CallbackDeed D = callbackDeed(C.U, *X.What.In, *X.What.Does, X.Lock.Lock.last());
        const char *Is = D.Is == CallbackDeed::Harmless    ? "harmless"
                         : D.Is == CallbackDeed::ComesBack ? "comes back"
                                                           : "unknown";
        R.report(X.What.Loc, std::string("deed: ") + Is, {});
      }
    },
    nullptr, /*Dev=*/true);

const MatchCheck Dying(
    {.Name = "dev-dying-elements", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const DyingElement &X : dyingElements(C))
        R.report(X.Drops->loc(), "dies: " + X.Ends->getParent()->getNameAsString() + " under " + X.Lock.Lock.name(),
                 {});
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
