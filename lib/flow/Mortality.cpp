#include "Mortality.h"
#include "Calls.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

bool sharesItself(const CXXRecordDecl *RD) {
  return RD && RD->hasDefinition() && llvm::any_of(RD->bases(), [](const CXXBaseSpecifier &B) {
           const CXXRecordDecl *Base = B.getType()->getAsCXXRecordDecl();
           return Base &&
                  ((Base->getIdentifier() && Base->getName() == "enable_shared_from_this") || sharesItself(Base));
         });
}

/// Returns true if the unit makes an object of the class with `new`, make_unique, make_shared.
static bool isMadeOnHeap(Unit &U, const CXXRecordDecl *RD) {
  auto IsOf = [&](const CXXRecordDecl *Made) { return Made && Made->getCanonicalDecl() == RD->getCanonicalDecl(); };
  for (Code *C : bodies(U))
    if (anyOf<Expr>(C->Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
          if (const auto *N = dyn_cast<CXXNewExpr>(E))
            return IsOf(N->getAllocatedType()->getAsCXXRecordDecl());
          const auto *Call = dyn_cast<CallExpr>(E);
          const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
          return F && !isa<CXXMethodDecl>(F) && !U.visible(F) && IsOf(U.smartPointee(Call->getType()));
        }))
      return true;
  return false;
}

static bool isMortal(Unit &U, const CXXRecordDecl *RD, unsigned Depth) {
  if (RD->hasUserDeclaredDestructor() || sharesItself(RD) || isMadeOnHeap(U, RD))
    return true;
  llvm::DenseSet<const CXXRecordDecl *> Seen;
  for (const FunctionDecl *F : U.Functions) {
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    const CXXRecordDecl *Whole = M && Depth ? M->getParent() : nullptr;
    if (!Whole || !Seen.insert(Whole).second || Whole->isLambda() || !Whole->hasDefinition())
      continue;
    for (const FieldDecl *X : Whole->fields()) {
      QualType Element = U.element(X->getType());
      const CXXRecordDecl *Part = (Element.isNull() ? X->getType() : Element)->getAsCXXRecordDecl();
      if (Part && Part->getCanonicalDecl() == RD->getCanonicalDecl() &&
          (!Element.isNull() || isMortal(U, Whole, Depth - 1)))
        return true;
    }
  }
  return false;
}

bool isMortal(Unit &U, const CXXRecordDecl *RD) { return RD && RD->hasDefinition() && isMortal(U, RD, 2); }

} // namespace heddle
