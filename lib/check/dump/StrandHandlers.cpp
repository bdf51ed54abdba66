// `heddle-dev-strand-handlers`: handlers that do not run on the strand of their object.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/StrandHandlers.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-strand-handlers", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (const StrayHandler &X : strayHandlers(U)) {
        R.report(X.Registers->loc(), "strand: stray, shares " + X.Shared->getNameAsString());
        R.report(X.Bound->loc(), "strand: bound to " + X.Strand->getNameAsString());
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle
