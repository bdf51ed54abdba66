// `heddle-dev-contexts`: the tokens that a body is given, the fresh ones that it makes, and where a stop has been seen.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Contexts.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-contexts", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      Contexts &Facts = C.U.get<Contexts>();
      std::string Given;
      for (const VarDecl *V : Facts.given(C))
        Given += " " + V->getNameAsString();
      if (!Given.empty())
        R.report(C.Fn->getLocation(), "context: given" + Given);
      forEach<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
        std::string Text;
        for (const Expr *A : Call->arguments())
          Text += Facts.isFresh(A) ? ", fresh" : "";
        unsigned Index = 0;
        if (Facts.withToken(Call, Index))
          Text += ", could take one as " + std::to_string(Index);
        if (auto Seen = Facts.stopSeen(C, Call); Seen != Contexts::Seen::No)
          Text += Seen == Contexts::Seen::Surely ? ", after a stop" : ", perhaps after a stop";
        if (!Text.empty())
          R.report(Call->getExprLoc(), "context: call" + Text);
      });
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
