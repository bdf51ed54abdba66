// `heddle-dev-stops`: which conditions test for a stop, and through what a body can observe one.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/StopFacts.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

const char *describe(StopKind K) {
  switch (K) {
  case StopKind::Token: return "token";
  case StopKind::Atomic: return "atomic";
  case StopKind::Flag: return "flag";
  case StopKind::Signal: return "signal";
  }
  return "";
}

const char *describe(StopSight::Origin From) {
  switch (From) {
  case StopSight::Parameter: return "parameter";
  case StopSight::Capture: return "capture";
  case StopSight::Member: return "member";
  case StopSight::Accessor: return "accessor";
  }
  return "";
}

const MatchCheck Check(
    {.Name = "dev-stops", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      StopFacts &Stops = C.U.get<StopFacts>();
      std::string Sights;
      for (const StopSight &S : Stops.inScope(C))
        Sights += std::string(" ") + describe(S.From) + " " + S.Decl->getNameAsString();
      if (!Sights.empty())
        R.report(C.Fn->getLocation(), "stop: in scope" + Sights);
      forEach<Stmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const Stmt *S) {
        const Expr *Cond = nullptr;
        if (const auto *W = dyn_cast<WhileStmt>(S))
          Cond = W->getCond();
        else if (const auto *If = dyn_cast<IfStmt>(S))
          Cond = If->getCond();
        StopQuestion Q = Cond ? Stops.of(C, Cond) : StopQuestion();
        if (Q.Asked.empty())
          return;
        std::string Text = "stop:";
        llvm::SmallVector<const ValueDecl *, 2> Named;
        for (const StopAsk &A : Q.Asked)
          if (!A.Object || !llvm::is_contained(Named, A.Object)) {
            Named.push_back(A.Object);
            Text += std::string(" ") + describe(A.Kind) + (A.Object ? " " + A.Object->getNameAsString() : "");
          }
        R.report(Cond->getBeginLoc(), Text + (Q.WhenTrue && Q.WhenFalse ? ""
                                              : Q.WhenTrue              ? "; when true"
                                              : Q.WhenFalse             ? "; when false"
                                                                        : "; among others"));
      });
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle
