// `heddle-dev-loop-objects`: objects of event loops that other threads use.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/LoopObjects.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-loop-objects", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (const ForeignUse &X : foreignUses(U)) {
        R.report(X.Does->loc(), "loop: foreign use of " + X.Object.name() + (X.On ? "" : " by the caller"));
        R.report(X.Bound->loc(), "loop: where it belongs");
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle
