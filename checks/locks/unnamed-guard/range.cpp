// A guard that is a temporary of the expression from which a reference is kept: the range of a loop, the initialiser of
// a reference or pointer. It is gone when what it guards is used.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Destruction.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "support/Walk.h"

#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace heddle::unnamed_guard {

/// Returns true if a value of this type is a guard, or has one as a part of it.
static bool holdsGuard(Unit &U, QualType T) {
  return holds(U, T, isGuard) && U.get<Destruction>().of(T).has(Endings::Unlocks);
}

/// The object of a call of a member, an operator's included; null for any other expression.
static const Expr *calledOn(const Expr *E) {
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(E))
    return M->getImplicitObjectArgument();
  const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
  return O && O->getNumArgs() && isa_and_nonnull<CXXMethodDecl>(O->getDirectCallee()) ? O->getArg(0) : nullptr;
}

/// The temporary guard on which the members are called that yield this reference or pointer; null if there is none.
static const Expr *temporaryBehind(Unit &U, const Expr *E) {
  for (E = unwrap(E); E;) {
    if (const auto *M = dyn_cast<MemberExpr>(E)) {
      E = unwrap(M->getBase());
    } else if (const auto *O = dyn_cast<UnaryOperator>(E)) {
      E = unwrap(O->getSubExpr());
    } else if (const Expr *On = calledOn(E)) {
      On = unwrap(On);
      if (On && On->isPRValue() && holdsGuard(U, On->getType()))
        return E->isGLValue() || E->getType()->isPointerType() ? On : nullptr;
      E = E->isGLValue() || E->getType()->isPointerType() ? On : nullptr;
    } else {
      return nullptr;
    }
  }
  return nullptr;
}

void reportRanges(Code &C, Reporter &R) {
  constexpr const char *Ends =
      "the guard in this expression is a temporary and releases the lock at its end; what it guards is then used "
      "unlocked (data race); give the guard a name in this scope";
  forEach<Stmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const Stmt *S) {
    const auto *For = dyn_cast<CXXForRangeStmt>(S);
    // C++23 keeps all temporaries of a range until the loop has ended.
    if (For && !C.U.Ctx.getLangOpts().CPlusPlus23 && For->getRangeInit()->isGLValue() &&
        temporaryBehind(C.U, For->getRangeInit()))
      R.report(For->getRangeInit()->getBeginLoc(), Ends,
               Story(For->getBody()->getBeginLoc(), "the loop runs unlocked"));
    const auto *DS = dyn_cast<DeclStmt>(S);
    if (!DS)
      return;
    for (const Decl *D : DS->decls()) {
      const auto *V = dyn_cast<VarDecl>(D);
      bool Refers = V && !V->isImplicit() && V->getInit() &&
                    (V->getType()->isReferenceType() || V->getType()->isPointerType());
      auto Used = Refers ? C.U.get<Uses>().in(C, V) : llvm::ArrayRef<Use>();
      if (!Used.empty() && Used.front().Mention && temporaryBehind(C.U, V->getInit()))
        R.report(V->getLocation(), Ends, Story(Used.front().Mention->getExprLoc(), "it is used here"));
    }
  });
}

} // namespace heddle::unnamed_guard
