#include "Mortality.h"
#include "Calls.h"
#include "Classes.h"
#include "Creation.h"
#include "MakeFacts.h"
#include "Order.h"
#include "Unwrap.h"
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

/// The class whose objects the value is or owns: of a container, its elements.
static const CXXRecordDecl *owned(Unit &U, QualType T) {
  QualType Element = U.element(T);
  if (!Element.isNull())
    T = Element;
  if (const CXXRecordDecl *To = U.smartPointee(T))
    return To;
  return Element.isNull() || T->isPointerType() ? nullptr : T->getAsCXXRecordDecl();
}

/// Returns true if the operation takes something out and puts nothing in its place: `sessions_.erase(id)`, `p_ =
/// nullptr`.
static bool takesOut(const Event &E) {
  if (E.Kind == Op::Extract || E.Kind == Op::Clear)
    return true;
  if (E.Kind != Op::Reset || !E.Site)
    return false;
  if (const auto *Assign = dyn_cast<CXXOperatorCallExpr>(E.Site))
    return Assign->getNumArgs() == 2 && isa<CXXNullPtrLiteralExpr>(unwrap(Assign->getArg(1)));
  const auto *Call = dyn_cast<CXXMemberCallExpr>(E.Site);
  return Call && (Call->getNumArgs() == 0 || isa<CXXDefaultArgExpr>(Call->getArg(0)));
}

void Mortality::findDropped(Code &C) {
  for (const Event &E : C.Events) {
    const auto *F = E.Object.valid() ? dyn_cast_or_null<FieldDecl>(E.Object.last()) : nullptr;
    const CXXRecordDecl *Ends = F && takesOut(E) ? owned(U, F->getType()) : nullptr;
    if (!Ends || Dropped.contains(Ends->getCanonicalDecl()))
      continue;
    bool GoesOn = anyOf<CallExpr>(C.Fn->getBody(), Walk::Whole, [&](const CallExpr *Call) {
      const FunctionDecl *Move = Call->getDirectCallee();
      return Move && Move->isInStdNamespace() && Move->getIdentifier() &&
             (Move->getName() == "move" || Move->getName() == "exchange") &&
             (U.smartPointee(Call->getType().getNonReferenceType()) || Call->getType()->getAsCXXRecordDecl() == Ends);
    });
    bool ByItself = llvm::any_of(U.get<Calls>().callers(C.Fn), [&](const CallEdge &X) {
      const CXXRecordDecl *By = X.In ? objectClass(X.In->Fn) : nullptr;
      return isSame(By, Ends);
    });
    if (!GoesOn && !ByItself)
      Dropped.insert(Ends->getCanonicalDecl());
  }
}

bool Mortality::isDropped(const CXXRecordDecl *RD) {
  if (!std::exchange(DroppedKnown, true))
    for (Code *C : bodies(U))
      if (!isa<CXXDestructorDecl, CXXConstructorDecl>(C->Fn))
        findDropped(*C);
  return RD && (Dropped.contains(RD->getCanonicalDecl()) || llvm::any_of(Dropped, [&](const CXXRecordDecl *Whole) {
                  const CXXRecordDecl *Def = Whole->getDefinition();
                  return Def && llvm::any_of(Def->fields(), [&](const FieldDecl *F) {
                           const CXXRecordDecl *Part = F->getType()->getAsCXXRecordDecl();
                           return Part && Part->getCanonicalDecl() == RD->getCanonicalDecl();
                         });
                }));
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
      if (Part && Part->getCanonicalDecl() == RD->getCanonicalDecl() && (!Element.isNull() || canEnd(Whole, Depth - 1)))
        return true;
    }
  }
  return false;
}

bool Mortality::canEnd(const CXXRecordDecl *RD) {
  return RD && RD->hasDefinition() && (canEnd(RD, 2) || isDropped(RD)) && (sharesItself(RD) || !isOfLoopRuns(RD));
}

template std::shared_ptr<void> makeFacts<Mortality>(Unit &);

} // namespace heddle
