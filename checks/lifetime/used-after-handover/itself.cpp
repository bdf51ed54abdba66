// An object that starts a task on itself which frees it: who starts it does not know how long it lives on.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/Order.h"
#include "flow/SelfFreeing.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

/// `job->start(); return job->target();`
static void judge(Code &C, Reporter &R, const CXXMemberCallExpr *Call, const VarDecl *V, const SelfFree &X) {
  auto Anew = [&](const Stmt *S) { return isAnew(C, S, V); };
  for (const Use &Y : C.U.get<Uses>().in(C, V)) {
    const Stmt *User = Y.Mention ? C.parent(Y.Mention) : nullptr;
    while (isa_and_nonnull<ImplicitCastExpr, ParenExpr>(User))
      User = C.parent(User);
    if (!isa_and_nonnull<MemberExpr>(User) || Y.Lambda || !C.U.get<Order>().reaches(C, Call, Y.Mention, Anew) ||
        onFailure(C, Y.Mention, Call) || isOrdered(C, Call, Y.Mention))
      continue;
    R.report(Y.Mention->getExprLoc(),
             "'" + V->getNameAsString() +
                 "' has started a task on itself that frees it; this may be a use after free; use it before the start, "
                 "or let the caller own it and wait for the task",
             Story(Call->getExprLoc(), "the task is started by this call")
                 .then(X.StartedAt, "it is started here")
                 .then(X.Freed, "it frees the object here"));
    return;
  }
}

void selfFreeing(Code &C, Reporter &R) {
  if (auto X = freesItself(C); X && isa<CXXMethodDecl>(C.Fn))
    if (const Expr *Use = ownUseBehind(C, X->Start);
        Use && !onFailure(C, Use, X->Start) && !isOrdered(C, X->Start, Use))
      R.report(Use->getExprLoc(),
               "the task that was started on this object frees it; this may be a use after free; use the object before "
               "the start, or in the task",
               Story(X->StartedAt, "the task is started here").then(X->Freed, "it frees the object here"));
  forEach<CXXMemberCallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
    const auto *DR = dyn_cast<DeclRefExpr>(unwrap(Call->getImplicitObjectArgument()));
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    const FunctionDecl *Def = V && V->hasLocalStorage() && V->getType()->isPointerType() && Call->getMethodDecl()
                                  ? C.U.visible(Call->getMethodDecl())
                                  : nullptr;
    Code *Inner = Def ? C.U.code(Def) : nullptr;
    if (auto X = Inner ? freesItself(*Inner) : std::nullopt)
      judge(C, R, Call, V, *X);
  });
}

} // namespace heddle
