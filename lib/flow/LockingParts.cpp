#include "LockingParts.h"
#include "Classes.h"
#include "LibraryCode.h"
#include "Loops.h"
#include "Order.h"
#include "Uses.h"

#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace heddle {

/// A guard of the library's for a lock that belongs to a thread.
static bool isThreadGuard(Unit &U, QualType T) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
  return Spec && isGuard(U.role(T)) && inLibrary(U, Spec->getLocation()) && Spec->getTemplateArgs().size() &&
         llvm::any_of(Spec->getTemplateArgs().asArray(), [&](const TemplateArgument &A) {
           return A.getKind() == TemplateArgument::Type && isLock(U.role(A.getAsType()));
         });
}

/// Returns true if an object of this class holds a lock from its construction to its end.
static bool holdsLock(Unit &U, const CXXRecordDecl *RD) {
  if (!RD || !RD->hasDefinition() || inLibrary(U, RD->getLocation()))
    return false;
  for (const FieldDecl *F : RD->getDefinition()->fields()) {
    if (!isThreadGuard(U, F->getType()))
      continue;
    bool Touched = F->hasInClassInitializer();
    for (const CXXMethodDecl *M : RD->getDefinition()->methods()) {
      const FunctionDecl *Def = M->isImplicit() || M->isDefaulted() ? nullptr : U.visible(M);
      const auto *Ctor = dyn_cast_or_null<CXXConstructorDecl>(Def);
      const Code *C = Def ? U.code(Def) : nullptr;
      if (Ctor) // taken elsewhere, or with a tag: not known
        for (const CXXCtorInitializer *I : Ctor->inits())
          if (const auto *Made = I->getMember() == F ? dyn_cast<CXXConstructExpr>(I->getInit()->IgnoreImplicit())
                                                     : nullptr)
            Touched |= Made->getNumArgs() != 1;
      Touched |= C && !Ctor && !isa<CXXDestructorDecl>(Def) && !U.get<Uses>().in(*C, F).empty();
    }
    if (!Touched)
      return true;
  }
  return false;
}

const VarDecl *lockingLocal(Code &C, const Stmt *At) {
  const VarDecl *Found = nullptr;
  forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *D) {
    for (const Decl *X : D->decls()) {
      const auto *V = dyn_cast<VarDecl>(X);
      if (Found || !V || !V->hasLocalStorage() || V->getType()->isReferenceType() || !inScopeOf(C, D, At) ||
          within(C, At, D) || !holdsLock(C.U, V->getType()->getAsCXXRecordDecl()) ||
          !C.U.get<Order>().dominates(C, D, At) || C.U.get<Uses>().any(C, V, Use::Move | Use::Stores))
        continue;
      Found = V;
    }
  });
  return Found;
}

} // namespace heddle
