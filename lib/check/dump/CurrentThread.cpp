// `heddle-dev-current-thread`: which conditions ask what thread runs them.
#include "flow/CurrentThread.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-current-thread", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      forEach<IfStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const IfStmt *If) {
        if (asksForThread(C, If->getCond()))
          R.report(If->getIfLoc(), "asks: the thread");
      });
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
