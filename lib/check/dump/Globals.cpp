// `heddle-dev-globals`: the variables of static storage, and which of them start a task.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Globals.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-globals", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (const VarDecl *V : globals(U))
        R.report(V->getLocation(), startsTask(U, V).isValid() ? "global: starts a task" : "global: starts none");
      for (const LazySingleton &S : lazySingletons(U))
        R.report(S.Made->getBeginLoc(), "global: made when it is first asked for");
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle
