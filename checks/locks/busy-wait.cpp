// A loop that does nothing but ask.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ConstantDuration.h"
#include "flow/SharedState.h"

#include "clang/AST/DeclCXX.h"

using namespace clang;

namespace heddle {
namespace {

/// A spin lock of one's own: its callers choose it.
bool isLockable(const Code &C) {
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  return M && llvm::any_of(M->getParent()->methods(),
                           [](const CXXMethodDecl *X) { return X->getIdentifier() && X->getName() == "unlock"; });
}

void spins(Code &C, Reporter &R) {
  auto &State = C.U.get<SharedState>();
  for (const Loop *L : C.U.get<LoopFacts>().in(C)) {
    if (L->Turns != Trips::Open || L->Exits.size() != 1 || !State.idle(C, *L) || isLockable(C))
      continue;
    auto Asked = State.asked(C, *L);
    if (Asked.size() != 1 || !Asked.front().Sole || State.changed(C, *L))
      continue;
    const AskedFlag &A = Asked.front();
    if (C.U.role(A.Flag->getType()) != Role::Atomic)
      continue; // plain-stop-flag
    R.report(A.Condition->getExprLoc(),
             "this loop spins until '" + A.Flag->getNameAsString() +
                 "' changes; it occupies a core that the other threads may need; wait on the atomic, a condition "
                 "variable or a latch");
  }
}

/// A future is asked without waiting, in a loop that waits for nothing else.
void polls(Code &C, Reporter &R) {
  auto &Loops = C.U.get<LoopFacts>();
  auto &All = C.U.get<Calls>();
  for (const Event &E : C.Events) {
    const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
    if (!Call || E.Kind != Op::Await || !E.may(Fact::Timed))
      continue;
    bool Zero = llvm::any_of(Call->arguments(), [&](const Expr *X) {
      return constantDuration(C, X, [](double Seconds) { return Seconds <= 0; }) == X;
    });
    const Loop *L = Zero ? Loops.repeating(C, Call) : nullptr;
    if (!L || L->Turns != Trips::Open)
      continue;
    bool Waits = llvm::any_of(C.Events, [&](const Event &X) {
      return &X != &E && X.Site && Loops.repeating(C, X.Site) == L && All.witness(C, X, Effect::Blocks);
    });
    if (!Waits)
      R.report(E.loc(), "the future is polled without waiting; the loop occupies a core until it is ready; wait for "
                        "it, with a timeout if other work is due meanwhile");
  }
}

const MatchCheck Check({.Name = "busy-wait",
                        .Family = "locks",
                        .Level = Tier::Risk,
                        .Summary = "Finds loops that spin until another thread changes an atomic or a future is ready.",
                        .Rows = "P20"},
                       [](Code &C, Reporter &R) {
                         spins(C, R);
                         polls(C, R);
                       });

} // namespace
} // namespace heddle
