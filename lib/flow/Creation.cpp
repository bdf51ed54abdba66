#include "Creation.h"
#include "MakeFacts.h"
#include "Uses.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

/// The class of which the expression makes an object: a constructor's, or what `make_unique<T>(…)` constructs.
static const CXXRecordDecl *madeBy(Unit &U, const Expr *E) {
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E))
    return CE->getConstructor()->isCopyOrMoveConstructor() ? nullptr : CE->getConstructor()->getParent();
  const auto *Call = dyn_cast<CallExpr>(E);
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  bool Makes = F && F->getIdentifier() && F->getName().starts_with("make_") && F->isInStdNamespace();
  return Makes ? U.smartPointee(Call->getType()) : nullptr;
}

const std::vector<Made> &Creation::of(const CXXRecordDecl *RD) {
  if (!std::exchange(All, true))
    for (Code *C : bodies(U))
      forEach<Expr>(C->Fn, Walk::NoLambdas, [&](const Expr *E) {
        const CXXRecordDecl *Of = madeBy(U, E);
        if (!Of)
          return;
        Made M{C, E};
        const Expr *Value = E;
        const Stmt *User = C->user(Value);
        const VarDecl *V = C->destinationVar(E);
        if (V && V->hasLocalStorage() && !isa<ParmVarDecl>(V))
          M.Local = V;
        else
          M.Temporary = isa_and_nonnull<CompoundStmt, MemberExpr>(User);
        Known[Of->getCanonicalDecl()].push_back(M);
      });
  return Known[RD->getCanonicalDecl()];
}

bool Creation::isOfOneCall(const CXXRecordDecl *RD) {
  const auto &All = of(RD);
  return !All.empty() && llvm::all_of(All, [](const Made &M) { return M.Local || M.Temporary; });
}

bool Creation::isFedAndLeft(const CXXRecordDecl *RD, const CXXMethodDecl *Feeds) {
  return llvm::any_of(of(RD), [&](const Made &M) {
    if (!M.Local || M.Local->getType()->isReferenceType())
      return false;
    bool Fed = false, Otherwise = false;
    for (const Use &X : U.get<Uses>().in(*M.In, M.Local)) {
      const auto *Call = X.Mention ? dyn_cast_or_null<CXXMemberCallExpr>(callOn(*M.In, X)) : nullptr;
      const CXXMethodDecl *F = Call ? Call->getMethodDecl() : nullptr;
      if (F && F->getCanonicalDecl() == Feeds->getCanonicalDecl())
        Fed = true;
      else
        Otherwise |= X.Mention && !(F && F->isConst());
    }
    return Fed && !Otherwise;
  });
}

Creation::Creation(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Creation>(Unit &);

} // namespace heddle
