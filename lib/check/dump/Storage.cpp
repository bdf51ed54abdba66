// `heddle-dev-storage`: where lambdas are stored that are handed to functions.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Storage.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-storage", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      forEach<LambdaExpr>(C.Fn, Walk::NoLambdas, [&](const LambdaExpr *L) {
        for (const Stored &S : C.U.get<Storage>().of(C, L)) {
          Story Path;
          for (const CallEdge &Edge : S.Through)
            Path.then(Edge.line().Loc, Edge.line().Text);
          R.report(L->getBeginLoc(), "stored: in " + S.At.name() + (S.At.Element ? "[]" : ""), Path);
        }
      });
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
