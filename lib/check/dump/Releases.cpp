// `heddle-dev-releases`: parts that a member releases while a task that uses them may still run.
#include "flow/Releases.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-releases", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (ClassFacts *F : U.get<ClassTable>().all())
        for (const EarlyRelease &X : U.get<EarlyReleases>().of(*F))
          R.report(X.Loc, "release: " + X.Released->getNameAsString() + " of " + (X.ByPart ? "part " : "task ") +
                              X.User->getNameAsString() + (X.Requested.isValid() ? ", requested" : "") +
                              (X.Joined.isValid() ? ", joined" : ""));
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle
