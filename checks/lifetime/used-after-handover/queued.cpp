// An object that is put into the queue of a thread which takes it out and frees it.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/HeldLocks.h"
#include "flow/Order.h"
#include "flow/QueuedPointers.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

/// Where the thread behind the queue frees what the call hands over; invalid if it does not.
static SourceLocation freedBehind(Unit &U, const CallExpr *Call, const Expr *A) {
  const FunctionDecl *Def = U.visible(Call->getDirectCallee());
  const ParmVarDecl *P = Def ? parameter(Call, Def, A) : nullptr;
  const FieldDecl *Into = P ? U.get<QueuedPointers>().into(Def, P) : nullptr;
  for (const QueueReader &X : Into ? U.get<QueuedPointers>().readers(Into) : std::vector<QueueReader>())
    if (SourceLocation Freed = frees(*X.In, X.Taken); Freed.isValid())
      return Freed;
  return {};
}

static void judge(Code &C, Reporter &R, const CallExpr *Call, const VarDecl *V, SourceLocation Freed) {
  auto &O = C.U.get<Order>();
  auto Anew = [&](const Stmt *S) { return isAnew(C, S, V); };
  for (const Use &X : C.U.get<Uses>().in(C, V)) {
    // The value of the pointer may be kept and compared; what it leads to is gone.
    const Stmt *User = X.Mention ? C.parent(X.Mention) : nullptr;
    while (isa_and_nonnull<ImplicitCastExpr, ParenExpr>(User))
      User = C.parent(User);
    bool Looks = isa_and_nonnull<MemberExpr>(User) ||
                 (isa_and_nonnull<UnaryOperator>(User) && cast<UnaryOperator>(User)->getOpcode() == UO_Deref);
    if (!Looks || X.Lambda || !O.reaches(C, Call, X.Mention, Anew) || isOrdered(C, Call, X.Mention) ||
        !C.U.get<HeldLocks>().at(C, X.Mention).empty())
      continue;
    R.report(X.Mention->getExprLoc(),
             "'" + V->getNameAsString() +
                 "' belongs to the thread to which it was handed over, which frees it; this may be a use after free; "
                 "use it before the call, or copy what is needed",
             Story(Call->getExprLoc(), "it is handed over here").then(Freed, "the thread frees it here"));
    return;
  }
}

void queuedObjects(Code &C, Reporter &R) {
  forEach<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    for (const Expr *A : Call->arguments()) {
      const auto *DR = dyn_cast<DeclRefExpr>(unwrap(A));
      const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
      if (!V || !V->hasLocalStorage() || !V->getType()->isPointerType())
        continue;
      if (SourceLocation Freed = freedBehind(C.U, Call, A); Freed.isValid())
        judge(C, R, Call, V, Freed);
    }
  });
}

} // namespace heddle
