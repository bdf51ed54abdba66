// `heddle-dev-owner-callbacks`: which bodies of an owner run on a thread of one of its parts.
#include "flow/OwnerCallbacks.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-owner-callbacks", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (ClassFacts *F : U.get<ClassTable>().all())
        for (const OwnerCallback &X : ownerCallbacks(U, *F))
          R.report(X.Body->getLocation(), "runs: on " + X.Part->getNameAsString());
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle
