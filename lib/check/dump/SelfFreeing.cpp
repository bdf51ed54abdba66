// `heddle-dev-self-freeing`: members that start a task which frees their object.
#include "flow/SelfFreeing.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Calls.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-self-freeing", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (Code *C : bodies(U))
        if (auto X = freesItself(*C))
          R.report(X->Start->getBeginLoc(),
                   "freed: by its task, in line " +
                       std::to_string(U.Ctx.getSourceManager().getSpellingLineNumber(X->Freed)));
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle
