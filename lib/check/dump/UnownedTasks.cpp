// `heddle-dev-unowned`: tasks on an object for which nobody waits; threads that are started under a condition alone.
#include "flow/UnownedTasks.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ConditionalStarts.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-unowned", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (ClassFacts *F : U.get<ClassTable>().all()) {
        for (const ClassTask &T : F->Tasks) {
          if (isLeftByConstructor(U, *F, T))
            R.report(T.Loc, "unowned: by constructor");
          if (auto Stop = unjoinedStop(U, *F, T))
            R.report(T.Loc, "unowned: stopped by " + Stop->What);
        }
        for (const UnaskedJoin &X : unaskedJoins(U, *F))
          R.report(X.Start->loc(), (X.Condition ? "unowned: conditional "
                                    : X.Before  ? "unowned: joined before "
                                                : "unowned: not started ") +
                                       X.Handle->getNameAsString());
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle
