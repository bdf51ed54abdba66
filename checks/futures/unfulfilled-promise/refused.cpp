// `queue.try_push([task] { (*task)(); });`: when the queue has no room, the task is dropped, and its promise with it.
#include "detectors.h"
#include "check/Reporter.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
using namespace unfulfilled_promise;
namespace {

/// Returns true for a call as a statement of its own: nobody learns whether it succeeded.
bool isDropped(const Code &C, const Stmt *S) {
  const Expr *Call = dyn_cast_or_null<CallExpr>(S);
  const Stmt *User = Call && Call->getType()->isBooleanType() ? C.user(Call) : nullptr;
  return User && !isa<Expr, DeclStmt, ReturnStmt>(User);
}

/// Returns true if the call takes the promise away from this body: in a lambda's capture by value, or moved.
bool takes(const Stmt *Site, const VarDecl *Promise) {
  return anyOf<Expr>(Site, Walk::WithImplicit, [&](const Expr *E) {
    if (const auto *L = dyn_cast<LambdaExpr>(E))
      return llvm::any_of(L->captures(), [&](const LambdaCapture &Cap) {
        if (!Cap.capturesVariable() || Cap.getCaptureKind() == LCK_ByRef)
          return false;
        const auto *V = dyn_cast<VarDecl>(Cap.getCapturedVar());
        return V == Promise || (V && V->isInitCapture() && !V->getType()->isReferenceType() && V->getInit() &&
                                mentions(V->getInit(), Promise));
      });
    const auto *Call = dyn_cast<CallExpr>(E);
    return Call && Call->isCallToStdMove() && mentions(Call->getArg(0), Promise);
  });
}

} // namespace

void unfulfilled_promise::refused(Context &In, Code &C) {
  for (const Event &E : C.Events) {
    if (E.Kind != Op::TrySend || !isDropped(C, E.Site))
      continue;
    for (const Event &Asked : C.Events) {
      const auto *V = Asked.Kind == Op::GetFuture ? dyn_cast_or_null<VarDecl>(Asked.Object.Root) : nullptr;
      if (!V || !V->isLocalVarDecl() || !V->hasLocalStorage() || V->getType()->isReferenceType() || !takes(E.Site, V))
        continue;
      In.R.report(E.loc(),
                  "promise '" + Asked.Object.name() +
                      "' is dropped unfulfilled when this is refused, and nobody looks whether it was; " +
                      consequence(In.U, Asked.Object.last()->getType(), false),
                  {{Asked.loc(), "the future of '" + Asked.Object.name() + "' is taken here"}});
      break;
    }
  }
}

} // namespace heddle
