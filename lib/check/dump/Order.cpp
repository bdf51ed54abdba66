// `heddle-dev-order`: what a body may evaluate when. In the code under test, `first(); … then();` are marked by calls
// of functions named mark_*; each is answered with the marks that it reaches, dominates, and that surely follow it.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Loops.h"
#include "flow/Order.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-order", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      llvm::SmallVector<std::pair<const CallExpr *, std::string>, 4> Marks;
      forEach<CallExpr>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const CallExpr *E) {
        const FunctionDecl *F = E->getDirectCallee();
        if (F && F->getIdentifier() && F->getName().starts_with("mark_"))
          Marks.emplace_back(E, F->getName().drop_front(5).str());
      });
      Order &Of = C.U.get<Order>();
      for (auto &[From, Name] : Marks) {
        std::string Reached, Dominated, Follow;
        for (auto &[To, Other] : Marks) {
          if (Of.reaches(C, From, To))
            Reached += " " + Other;
          if (Of.dominates(C, From, To))
            Dominated += " " + Other;
          if (From != To && Of.surelyFollows(C, From, To))
            Follow += " " + Other;
        }
        std::string Text = "order: reaches" + Reached + "; dominates" + Dominated + "; then" + Follow;
        if (const Stmt *Loop = enclosingLoop(C, From))
          Text += Of.inEveryTurn(C, Loop, From) ? "; in every iteration" : "; in some iterations";
        if (Of.onEveryPath(C, From))
          Text += "; on every path";
        R.report(From->getBeginLoc(), Text);
      }
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
