#include "Lent.h"
#include "Mentions.h"
#include "Unit.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/Builtins.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

bool isView(Unit &U, QualType T) {
  const TypeModel *M = U.type(T.getNonReferenceType());
  return M && M->With.has(Fact::Borrows);
}

bool isLender(Unit &U, QualType T) { return T->isPointerType() || isView(U, T); }

namespace {

/// An aggregate of the user's with a pointer or a view in it.
bool carriesLender(Unit &U, QualType T) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return RD && RD->hasDefinition() && !U.Ctx.getSourceManager().isInSystemHeader(RD->getLocation()) &&
         RD->isAggregate() && llvm::any_of(RD->fields(), [&](const FieldDecl *F) { return isLender(U, F->getType()); });
}

struct Search {
  const Code &C;
  Unit &U;
  unsigned Calls = 0; ///< how many are being looked into

  bool isOwn(const VarDecl *V) const {
    return V && V->hasLocalStorage() && V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
  }

  /// The variable that is named, or of which a part is.
  const VarDecl *owner(const Expr *E) const {
    E = unwrap(E);
    while (E) {
      if (const auto *M = dyn_cast<MemberExpr>(E)) {
        if (M->isArrow())
          return nullptr;
        E = unwrap(M->getBase());
      } else if (const auto *A = dyn_cast<ArraySubscriptExpr>(E); A && unwrap(A->getBase())->getType()->isArrayType())
        E = unwrap(A->getBase());
      else
        break;
    }
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    if (!isOwn(V) || (V->getType()->isReferenceType() && !isa<ParmVarDecl>(V)))
      return nullptr;
    // What a pointer or a view leads to is somebody else's.
    QualType T = V->getType().getNonReferenceType();
    return U.leads(T) || isView(U, T) ? nullptr : V;
  }

  const VarDecl *in(const Expr *E, unsigned Depth = 0) const {
    E = unwrap(E);
    if (!E || Depth > 6)
      return nullptr;
    if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_AddrOf)
      return owner(O->getSubExpr());
    if (const auto *X = dyn_cast<ExplicitCastExpr>(E))
      return in(X->getSubExpr(), Depth + 1);
    if (E->getType()->isArrayType() && isa<DeclRefExpr, MemberExpr>(E))
      return owner(E); // it decays to a pointer
    if (const auto *DR = dyn_cast<DeclRefExpr>(E)) {
      const auto *V = dyn_cast<VarDecl>(DR->getDecl());
      if (!isOwn(V) || V->getType()->isReferenceType())
        return nullptr;
      if (isa<ParmVarDecl>(V))
        return isLender(U, V->getType()) || carriesLender(U, V->getType()) ? V : nullptr;
      return isView(U, V->getType()) && V->getInit() && !C.isModified(V) ? in(V->getInit(), Depth + 1) : nullptr;
    }
    if (const auto *L = dyn_cast<InitListExpr>(E)) {
      if (L->getType()->isRecordType())
        for (const Expr *I : L->inits())
          if (isLender(U, I->getType()))
            if (const VarDecl *V = in(I, Depth + 1))
              return V;
      return nullptr;
    }
    if (const auto *CE = dyn_cast<CXXConstructExpr>(E)) {
      if (CE->getNumArgs() == 0)
        return nullptr;
      if (CE->getConstructor()->isCopyOrMoveConstructor())
        return isLender(U, CE->getType()) || carriesLender(U, CE->getType()) ? in(CE->getArg(0), Depth + 1) : nullptr;
      if (isView(U, CE->getType()) && !isView(U, CE->getArg(0)->getType()))
        return CE->getArg(0)->getType()->isPointerType() ? in(CE->getArg(0), Depth + 1) : owner(CE->getArg(0));
      return CE->getNumArgs() == 1 && isLender(U, CE->getType()) ? in(CE->getArg(0), Depth + 1) : nullptr;
    }
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(E)) {
      // A conversion to a view, or data(): what it yields leads into the object. A part of a view leads where that
      // does.
      QualType T = M->getType();
      const Expr *Obj = M->getImplicitObjectArgument();
      bool Library = M->getMethodDecl() && U.Ctx.getSourceManager().isInSystemHeader(M->getMethodDecl()->getLocation());
      if (!Library || !Obj || !(isView(U, T) || T->isPointerType()))
        return nullptr;
      return isView(U, Obj->getType()) ? in(Obj, Depth + 1) : owner(Obj);
    }
    if (const auto *Call = dyn_cast<CallExpr>(E)) {
      const FunctionDecl *F = Call->getDirectCallee();
      if (const VarDecl *V = madeBy(*Call, Depth))
        return V;
      if (Call->getNumArgs() != 1)
        return nullptr;
      if (F && (F->getBuiltinID() == Builtin::BImove || F->getBuiltinID() == Builtin::BIforward))
        return in(Call->getArg(0), Depth + 1);
      // A view that the library makes of an object leads into it; what a function of the user's finds does not.
      bool Library = F && U.Ctx.getSourceManager().isInSystemHeader(F->getLocation()) && isView(U, Call->getType());
      return Library || takesAddress(*Call) ? owner(Call->getArg(0)) : nullptr;
    }
    return nullptr;
  }

  /// A visible function that makes a view, or a struct with one, of what it is given.
  const VarDecl *madeBy(const CallExpr &Call, unsigned Depth) const {
    const FunctionDecl *F = Call.getDirectCallee();
    QualType T = Call.getType();
    if (!F || isa<CXXMethodDecl>(F) || Calls > 2 || !(isView(U, T) || carriesLender(U, T)))
      return nullptr;
    const Code *Inner = U.code(F);
    if (!Inner || Inner == &C)
      return nullptr;
    Search There{*Inner, U, Calls + 1};
    for (const ReturnStmt *R : returnsIn(Inner->Fn->getBody())) {
      const auto *P = dyn_cast_or_null<ParmVarDecl>(There.returned(R->getRetValue()));
      if (!P || P->getDeclContext() != static_cast<const DeclContext *>(Inner->Fn) ||
          P->getFunctionScopeIndex() >= Call.getNumArgs())
        continue;
      const Expr *A = Call.getArg(P->getFunctionScopeIndex());
      if (const VarDecl *V = P->getType()->isReferenceType() ? owner(A) : in(A, Depth + 1))
        return V;
    }
    return nullptr;
  }
  /// The same for what is returned: at once, or a local struct whose members are set one by one.
  const VarDecl *returned(const Expr *E) const {
    if (const VarDecl *V = E ? in(E) : nullptr)
      return V;
    while (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(unwrap(E))) {
      if (CE->getNumArgs() != 1)
        return nullptr;
      E = CE->getArg(0);
    }
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(E));
    const auto *Made = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    if (!Made || isa<ParmVarDecl>(Made) || !carriesLender(U, Made->getType()))
      return nullptr;
    const VarDecl *Found = nullptr;
    mentions(C.Fn->getBody(), [&](const Stmt *S) {
      const auto *O = dyn_cast<CXXOperatorCallExpr>(S);
      const auto *B = dyn_cast<BinaryOperator>(S);
      bool Assigns = O ? O->getOperator() == OO_Equal && O->getNumArgs() == 2 : B && B->getOpcode() == BO_Assign;
      const auto *M = Assigns ? dyn_cast<MemberExpr>(unwrap(O ? O->getArg(0) : B->getLHS())) : nullptr;
      const auto *Of = M ? dyn_cast<DeclRefExpr>(unwrap(M->getBase())) : nullptr;
      if (Of && Of->getDecl() == Made && isLender(U, M->getType()))
        Found = in(O ? O->getArg(1) : B->getRHS());
      return Found != nullptr;
    });
    return Found;
  }
};

} // namespace

const VarDecl *lent(const Code &C, const Expr *E) { return Search{C, C.U}.in(E); }

} // namespace heddle
