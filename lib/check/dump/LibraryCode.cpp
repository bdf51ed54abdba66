// `heddle-dev-library`: whether what is called is code of a library or of the project.
#include "flow/LibraryCode.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-library", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      forEach<CallExpr>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const CallExpr *Call) {
        if (const FunctionDecl *F = Call->getDirectCallee())
          R.report(Call->getExprLoc(), inLibrary(C.U, F->getLocation()) ? "code: library" : "code: project");
      });
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
