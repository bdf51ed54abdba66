#include "Mortality.h"
#include "Calls.h"
#include "Creation.h"
#include "Order.h"
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

Mortality::Mortality(Unit &U) : U(U) {
  auto Add = [&](const CXXRecordDecl *Made) {
    if (Made)
      OnHeap.insert(Made->getCanonicalDecl());
  };
  for (Code *C : bodies(U))
    forEach<Expr>(C->Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
      if (const auto *N = dyn_cast<CXXNewExpr>(E))
        return Add(N->getAllocatedType()->getAsCXXRecordDecl());
      const auto *Call = dyn_cast<CallExpr>(E);
      const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
      if (F && !isa<CXXMethodDecl>(F) && !U.visible(F))
        Add(U.smartPointee(Call->getType()));
    });
}

/// `printer p(io); io.run();`: all objects are locals of bodies that run a loop as long as they live.
bool Mortality::isOfLoopRuns(const CXXRecordDecl *RD) {
  const auto &All = U.get<Creation>().of(RD);
  return !All.empty() && llvm::all_of(All, [&](const Made &M) {
    return M.Local && llvm::any_of(M.In->Events, [&](const Event &E) {
             return E.Kind == Op::Block && E.ObjectRole == Role::EventLoop && E.Site &&
                    U.get<Order>().reaches(*M.In, M.Site, E.Site);
           });
  });
}

bool Mortality::canEnd(const CXXRecordDecl *RD, unsigned Depth) {
  if (RD->hasUserDeclaredDestructor() || sharesItself(RD) || OnHeap.contains(RD->getCanonicalDecl()))
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
          (!Element.isNull() || canEnd(Whole, Depth - 1)))
        return true;
    }
  }
  return false;
}

bool Mortality::canEnd(const CXXRecordDecl *RD) {
  return RD && RD->hasDefinition() && canEnd(RD, 2) && (sharesItself(RD) || !isOfLoopRuns(RD));
}

} // namespace heddle
