// `heddle-dev-guarded-references`: what leads into members and leaves the scope of their lock.
#include "flow/GuardedReferences.h"
#include "check/Register.h"
#include "check/Reporter.h"

namespace heddle {
namespace {

constexpr const char *Kinds[] = {"reference", "pointer", "iterator", "view"};

const MatchCheck Check(
    {.Name = "dev-guarded-references", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const GuardedReference &X : C.U.get<GuardedReferences>().in(C))
        R.report((X.Used ? X.Used : X.Made)->getBeginLoc(), std::string("escape: ") + Kinds[X.Is] + " into " +
                                                                X.Of->getNameAsString() + " without " +
                                                                X.Lock.name());
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
