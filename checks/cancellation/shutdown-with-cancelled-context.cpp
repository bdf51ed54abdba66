// A graceful shutdown that is given the very context whose end has led there: it gives up at once.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Contexts.h"
#include "flow/LibraryCode.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if the body passes the token to a function of the project that is not visible.
bool handsOn(const Code &C, const ParmVarDecl *Token) {
  return anyOf<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    return F && !F->isOverloadedOperator() && !C.U.visible(F) && !inLibrary(C.U, F->getLocation()) &&
           llvm::any_of(Call->arguments(), [&](const Expr *A) {
             auto P = C.U.get<Contexts>().observes(A->getType()) ? C.place(A) : std::nullopt;
             return P && P->Root == Token && P->Path.empty();
           });
  });
}

/// Returns true if the callee may wait for something under the token: its body is not visible, or tests or passes on
/// the token and takes its time.
bool mayGiveUp(Unit &U, const CallExpr *Call, const Expr *A) {
  const FunctionDecl *F = Call->getDirectCallee();
  Code *Body = F ? U.code(F) : nullptr;
  if (!F || isa<CXXConstructorDecl, CXXConversionDecl>(F) || F->isOverloadedOperator())
    return false;
  if (!Body)
    return !inLibrary(U, F->getLocation());
  const ParmVarDecl *P = parameter(Call, Body->Fn, A);
  return P && !U.get<Uses>().in(*Body, P).empty() &&
         (!U.get<LoopFacts>().in(*Body).empty() || U.get<Calls>().witness(F, Effect::Blocks) || handsOn(*Body, P));
}

void look(Code &C, Reporter &R) {
  Contexts &Facts = C.U.get<Contexts>();
  auto Given = Facts.given(C);
  if (Given.empty())
    return;
  forEach<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    for (const Expr *A : Call->arguments()) {
      auto P = Facts.observes(A->getType()) ? C.place(A) : std::nullopt;
      const auto *V = P && P->Path.empty() ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
      const VarDecl *Token = V && !llvm::is_contained(Given, V) ? Facts.madeFrom(C, V) : V;
      if (!Token || !mayGiveUp(C.U, Call, A) || Facts.stopSeen(C, Call, Token) != Contexts::Seen::Surely)
        continue;
      std::string Name = P->Root->getNameAsString(), Callee = Call->getDirectCallee()->getNameAsString();
      R.report(Call->getExprLoc(),
               "'" + Callee + "' is given '" + Name +
                   "', which is cancelled by then; the shutdown gives up at once, and unfinished work is lost; pass "
                   "a fresh context with its own deadline",
               Story(V->getLocation(), V == Token ? "'" + Name + "' is tested for the stop here"
                                                  : "'" + Name + "' follows '" + Token->getNameAsString() + "'"));
      return;
    }
  });
}

const MatchCheck Check({.Name = "shutdown-with-cancelled-context",
                        .Family = "cancellation",
                        .Level = Tier::Bug,
                        .Summary = "Finds shutdowns that take the context whose cancellation triggers them.",
                        .Rows = "L9",
                        .Preview = true},
                       look);

} // namespace
} // namespace heddle
