// `heddle-dev-moved`: what is done beside their thread with objects that belong to one.
#include "flow/MovedObjects.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-moved", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      constexpr const char *Does[] = {"sets a timer of ", "deletes while its thread runs ",
                                      "deletes what another made "};
      for (const AffineUse &X : affineUses(U)) {
        R.report(X.Site->getExprLoc(), std::string("moved: ") + Does[X.Does] + X.Object->getNameAsString());
        R.report(X.Bound->getExprLoc(), "moved: " + X.Object->getNameAsString() + " is bound here");
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle
