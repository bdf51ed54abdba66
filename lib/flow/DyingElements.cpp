#include "DyingElements.h"
#include "Classes.h"
#include "Guards.h"
#include "support/Walk.h"

#include "clang/AST/DeclCXX.h"

using namespace clang;

namespace heddle {

/// The class of an object that ends with a value of the type: itself, or what a smart pointer owns. Null for any other.
static const CXXRecordDecl *endsWith(Unit &U, QualType T) {
  T = T.getNonReferenceType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD || U.role(T) == Role::WeakPointer)
    return nullptr;
  const CXXRecordDecl *Owned = U.smartPointee(T);
  RD = Owned ? Owned : RD;
  return RD->hasDefinition() ? RD->getDefinition() : nullptr;
}

static const CXXRecordDecl *heldIn(Unit &U, QualType T) {
  QualType Element = U.element(T.getNonReferenceType());
  return endsWith(U, Element.isNull() ? T : heldBy(Element));
}

/// Returns true if the body names such an object: it may live on.
static bool hasOther(Code &C, const CXXRecordDecl *RD) {
  auto Is = [&](QualType T) {
    QualType Behind = C.U.pointee(T.getNonReferenceType());
    const CXXRecordDecl *To = Behind.isNull() ? nullptr : Behind->getAsCXXRecordDecl();
    return heldIn(C.U, T) == RD || (To && To->getDefinition() == RD);
  };
  return llvm::any_of(C.Fn->parameters(), [&](const ParmVarDecl *P) { return Is(P->getType()); }) ||
         anyOf<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *DS) {
           return llvm::any_of(DS->decls(), [&](const Decl *D) {
             const auto *V = dyn_cast<VarDecl>(D);
             return V && Is(V->getType());
           });
         });
}

static bool isUnconditional(const FunctionDecl *F, const Witness &W, Unit &U) {
  const Code *In = U.code(F);
  for (unsigned I = 0; In && I <= W.Through.size(); ++I) {
    const Stmt *Next = I == W.Through.size() ? W.Does->Site : W.Through[I].Site;
    if (!guards(*In, Next).empty())
      return false;
    In = I == W.Through.size() ? In : U.code(W.Through[I].Callee);
  }
  return In != nullptr;
}

/// Returns true if the call returns none of the elements.
static bool drops(const Event &E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  if (!Call || (E.Kind != Op::Extract && E.Kind != Op::Clear && E.Kind != Op::Reset))
    return false;
  const CXXRecordDecl *RD = Call->getType()->getAsCXXRecordDecl();
  return Call->getType()->isVoidType() || Call->getType()->isIntegerType() ||
         (RD && RD->getIdentifier() && RD->getName().contains_insensitive("iterator"));
}

std::vector<DyingElement> dyingElements(Code &C) {
  Unit &U = C.U;
  std::vector<DyingElement> Found;
  for (const Event &E : C.Events) {
    const ValueDecl *D = E.Object.valid() && drops(E) ? E.Object.last() : nullptr;
    const CXXRecordDecl *RD = D ? heldIn(U, D->getType()) : nullptr;
    const auto *Ends = RD ? dyn_cast_or_null<CXXDestructorDecl>(U.visible(RD->getDestructor())) : nullptr;
    if (!Ends || hasOther(C, RD))
      continue;
    auto &Sections = U.get<CriticalSections>();
    for (const HeldLock &H : Sections.held(C, E.Site))
      for (const Witness &W : Sections.deeds(Ends, Deed::Locks)) {
        auto P = W.object();
        bool Same = P && P->This && P->Path.size() > 1 && P->last() == H.Lock.last() && H.Lock.This &&
                    cast<FieldDecl>(P->last())->getParent() != RD;
        if (Same && H.Taken && excludesItself(U, *H.Taken) && isUnconditional(Ends, W, U)) {
          Found.push_back({H, &E, Ends, W});
          break;
        }
      }
  }
  return Found;
}

} // namespace heddle
