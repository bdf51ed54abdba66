#include "Lent.h"
#include "LibraryCode.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/Builtins.h"

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
  return RD && RD->hasDefinition() && !inLibrary(U, RD->getLocation()) && RD->isAggregate() &&
         llvm::any_of(RD->fields(), [&](const FieldDecl *F) { return isLender(U, F->getType()); });
}

/// What steps from element to element.
bool isIterator(const CXXRecordDecl *RD) {
  auto Has = [&](OverloadedOperatorKind Op) {
    return hasMember(RD, RD->getASTContext().DeclarationNames.getCXXOperatorName(Op));
  };
  return RD && RD->hasDefinition() && Has(OO_Star) && Has(OO_PlusPlus);
}

bool isOptional(QualType T) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return RD && RD->isInStdNamespace() && RD->getIdentifier() && RD->getName() == "optional";
}

struct Search {
  const Code &C;
  Unit &U;
  unsigned Calls = 0; ///< how many are being looked into
  static constexpr unsigned MaxDepth = 6;

  bool isOwn(const VarDecl *V) const {
    return V && V->hasLocalStorage() && V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
  }
  bool isSystem(const Decl *D) const { return D && inLibrary(U, D->getLocation()); }

  /// The container or optional in which the element lives that the expression names; null if it is none.
  const Expr *box(const Expr *E) const {
    const Expr *Box = nullptr;
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E); O && O->getNumArgs()) {
      if (O->getOperator() == OO_Subscript && U.role(O->getArg(0)->getType()) == Role::Container)
        return isView(U, O->getArg(0)->getType()) ? nullptr : O->getArg(0);
      Box = O->getOperator() == OO_Star && O->getNumArgs() == 1 ? O->getArg(0) : nullptr;
    } else if (const auto *M = dyn_cast<CXXMemberCallExpr>(E); M && M->getNumArgs() == 0)
      Box = M->getImplicitObjectArgument();
    return Box && E->isLValue() && isOptional(Box->getType()) ? Box : nullptr;
  }

  Loan storage(const Expr *E, unsigned Depth) const {
    for (E = unwrap(E); E;) {
      if (const auto *M = dyn_cast<MemberExpr>(E)) {
        if (M->isArrow())
          return leads(M->getBase(), Depth + 1);
        E = unwrap(M->getBase());
      } else if (const auto *A = dyn_cast<ArraySubscriptExpr>(E)) {
        if (!unwrap(A->getBase())->getType()->isArrayType())
          return leads(A->getBase(), Depth + 1);
        E = unwrap(A->getBase());
      } else if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_Deref)
        return leads(O->getSubExpr(), Depth + 1);
      else if (const Expr *Box = box(E))
        E = unwrap(Box);
      else
        break;
    }
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
    const auto *B = DR ? dyn_cast<BindingDecl>(DR->getDecl()) : nullptr;
    const auto *V = B ? whole(B) : DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    if (!isOwn(V) || Depth > MaxDepth)
      return {};
    if (!V->getType()->isReferenceType() || isa<ParmVarDecl>(V))
      return {V};
    if (V->isCXXForRangeDecl())
      return element(V, Depth);
    return V->getInit() ? storage(V->getInit(), Depth + 1) : Loan();
  }

  /// What a structured binding is a part of; null if it may lead elsewhere.
  const VarDecl *whole(const BindingDecl *B) const {
    const auto *V = dyn_cast_or_null<VarDecl>(B->getDecomposedDecl());
    const auto *M = dyn_cast_or_null<MemberExpr>(B->getBinding());
    const auto *RD = V ? V->getType().getNonReferenceType()->getAsCXXRecordDecl() : nullptr;
    const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(RD);
    bool Leads = M ? M->getMemberDecl()->getType()->isReferenceType()
                   : Spec && llvm::any_of(Spec->getTemplateArgs().asArray(), [](const TemplateArgument &A) {
                       return A.getKind() == TemplateArgument::Pack ||
                              (A.getKind() == TemplateArgument::Type && A.getAsType()->isReferenceType());
                     });
    return Leads ? nullptr : V;
  }

  /// The container whose elements a range-for gives a reference to: `*__begin`, made by `__range.begin()`.
  Loan element(const VarDecl *V, unsigned Depth) const {
    const auto *DR = findFirst<DeclRefExpr>(V->getInit(), Walk::WithImplicit,
                                            [](const DeclRefExpr *X) { return isa<VarDecl>(X->getDecl()); });
    const auto *Begin = DR ? cast<VarDecl>(DR->getDecl()) : nullptr;
    return Begin && Begin->isImplicit() && Begin->getInit() ? leads(Begin->getInit(), Depth + 1) : Loan();
  }

  /// Returns true if all that ever happens to an iterator or a pointer is a step within its range.
  bool onlySteps(const VarDecl *V) const {
    return llvm::all_of(U.get<Uses>().in(C, V), [](const Use &X) {
      const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(X.Site);
      bool Steps =
          O ? O->getOperator() == OO_PlusPlus || O->getOperator() == OO_MinusMinus || O->getOperator() == OO_PlusEqual
            : X.is(Use::Update);
      return Steps || X.Of != Use::Itself || !X.is(Use::Writes);
    });
  }

  Loan leads(const Expr *E, unsigned Depth) const {
    E = unwrap(E);
    if (!E || Depth > MaxDepth)
      return {};
    if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_AddrOf)
      return storage(O->getSubExpr(), Depth);
    if (const auto *X = dyn_cast<ExplicitCastExpr>(E))
      return leads(X->getSubExpr(), Depth + 1);
    if (E->getType()->isArrayType() && isa<DeclRefExpr, MemberExpr>(E))
      return storage(E, Depth); // it decays to a pointer
    if (const auto *DR = dyn_cast<DeclRefExpr>(E))
      return variable(dyn_cast<VarDecl>(DR->getDecl()), Depth);
    if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isAdditiveOp())
      return B->getType()->isPointerType() ? leads(B->getLHS(), Depth + 1) : Loan();
    if (const auto *L = dyn_cast<InitListExpr>(E))
      return L->getType()->isRecordType() ? parts(L, Depth) : Loan();
    if (const auto *CE = dyn_cast<CXXConstructExpr>(E))
      return constructed(CE, Depth);
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(E))
      return member(M, Depth);
    const auto *Call = dyn_cast<CallExpr>(E);
    return Call ? called(*Call, Depth) : Loan();
  }

  /// What the value of a variable leads to.
  Loan variable(const VarDecl *V, unsigned Depth) const {
    if (!isOwn(V) || V->getType()->isReferenceType())
      return {};
    QualType T = V->getType();
    bool Carries = isLender(U, T) || carriesLender(U, T);
    if (isa<ParmVarDecl>(V))
      return Carries ? Loan{V, true} : Loan();
    Carries |= isIterator(T->getAsCXXRecordDecl());
    return Carries && V->getInit() && (!C.isModified(V) || onlySteps(V)) ? leads(V->getInit(), Depth + 1) : Loan();
  }

  /// What the pointers, views and references lead to that an object is made from.
  Loan parts(const Expr *Made, unsigned Depth) const {
    for (const CallableRef::Member &M : Code::members(Made)) {
      QualType T = M.Field->getType();
      Loan L;
      if (T->isReferenceType())
        L = storage(M.Value, Depth + 1);
      else if (isLender(U, T))
        L = leads(M.Value, Depth + 1);
      if (L)
        return L;
    }
    return {};
  }

  Loan constructed(const CXXConstructExpr *CE, unsigned Depth) const {
    if (CE->getNumArgs() == 0)
      return {};
    QualType T = CE->getType();
    const Expr *From = CE->getArg(0);
    if (CE->getConstructor()->isCopyOrMoveConstructor())
      return leads(From, Depth + 1);
    if (isView(U, T) && !isView(U, From->getType()) && !isIterator(From->getType()->getAsCXXRecordDecl()))
      return From->getType()->isPointerType() ? leads(From, Depth + 1) : inside(From, Depth);
    if (isLender(U, T) || isIterator(T->getAsCXXRecordDecl()))
      return leads(From, Depth + 1);
    return isSystem(CE->getConstructor()) ? Loan() : parts(CE, Depth);
  }

  /// Into the object itself, unless that leads to somebody else's.
  Loan inside(const Expr *Obj, unsigned Depth) const {
    QualType T = Obj->getType().getNonReferenceType();
    if (isView(U, T))
      return leads(Obj, Depth + 1);
    return U.leads(T) && !isOptional(T) ? Loan() : storage(Obj, Depth + 1);
  }

  /// A conversion to a view, data(), begin(): what the library's members yield leads into the object.
  Loan member(const CXXMemberCallExpr *M, unsigned Depth) const {
    QualType T = M->getType();
    const Expr *Obj = M->getImplicitObjectArgument();
    bool Lends = isView(U, T) || T->isPointerType() || isIterator(T->getAsCXXRecordDecl());
    return Obj && Lends && isSystem(M->getMethodDecl()) ? inside(Obj, Depth) : Loan();
  }

  Loan called(const CallExpr &Call, unsigned Depth) const {
    const FunctionDecl *F = Call.getDirectCallee();
    if (Loan L = madeBy(Call, Depth))
      return L;
    if (!F || Call.getNumArgs() != 1)
      return {};
    if (F->getBuiltinID() == Builtin::BImove || F->getBuiltinID() == Builtin::BIforward)
      return leads(Call.getArg(0), Depth + 1);
    if (takesAddress(Call))
      return storage(Call.getArg(0), Depth);
    // A view that the library makes of an object leads into it; what a function of the user's finds does not.
    return isSystem(F) && isView(U, Call.getType()) ? inside(Call.getArg(0), Depth) : Loan();
  }

  /// A visible function that makes a view, or a struct with one, of what it is given.
  Loan madeBy(const CallExpr &Call, unsigned Depth) const {
    const FunctionDecl *F = Call.getDirectCallee();
    QualType T = Call.getType();
    if (!F || isa<CXXMethodDecl>(F) || Calls > 2 || !(isView(U, T) || carriesLender(U, T)))
      return {};
    const Code *Inner = U.code(F);
    if (!Inner || Inner == &C)
      return {};
    Search There{*Inner, U, Calls + 1};
    for (const ReturnStmt *R : returnsIn(Inner->Fn->getBody())) {
      const auto *P = dyn_cast_or_null<ParmVarDecl>(There.returned(R->getRetValue()).Of);
      const Expr *A = P ? argument(&Call, P) : nullptr;
      if (Loan L = !A ? Loan() : P->getType()->isReferenceType() ? inside(A, Depth) : leads(A, Depth + 1))
        return L;
    }
    return {};
  }
  /// The same for what is returned: at once, or a local struct whose members are set one by one.
  Loan returned(const Expr *E) const {
    if (Loan L = E ? leads(E, 0) : Loan())
      return L;
    while (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(unwrap(E))) {
      if (CE->getNumArgs() != 1)
        return {};
      E = CE->getArg(0);
    }
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(E));
    const auto *Made = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    if (!Made || isa<ParmVarDecl>(Made) || !carriesLender(U, Made->getType()))
      return {};
    for (const Use &X : U.get<Uses>().in(C, Made)) {
      const auto *M = X.is(Use::Assign) && X.Of == Use::Part && X.Value ? assigned(X) : nullptr;
      if (Loan L = M && isLender(U, M->getType()) ? leads(X.Value, 0) : Loan())
        return L;
    }
    return {};
  }
  /// The member that an assignment sets.
  static const MemberExpr *assigned(const Use &X) {
    const auto *B = dyn_cast_or_null<BinaryOperator>(X.Site);
    const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(X.Site);
    const Expr *To = B ? B->getLHS() : O ? O->getArg(0) : nullptr;
    return dyn_cast_or_null<MemberExpr>(unwrap(To));
  }
};

} // namespace

std::string Loan::name() const {
  const auto *D = dyn_cast_or_null<DecompositionDecl>(Of);
  if (!D)
    return Of ? Of->getNameAsString() : "";
  std::string All;
  for (const BindingDecl *B : D->bindings())
    All += (All.empty() ? "[" : ", ") + B->getNameAsString();
  return All + "]";
}

bool Loan::callers() const { return Of && (Behind || Of->getType()->isReferenceType()); }

Loan storage(const Code &C, const Expr *E) { return Search{C, C.U}.storage(E, 0); }
Loan loan(const Code &C, const Expr *E) { return Search{C, C.U}.leads(E, 0); }

Loan toCaller(const CallEdge &Call, const Loan &InCallee) {
  const auto *P = InCallee.callers() ? dyn_cast<ParmVarDecl>(InCallee.Of) : nullptr;
  const Expr *A =
      P && P->getDeclContext() == static_cast<const DeclContext *>(Call.Callee) ? Call.argument(P) : nullptr;
  if (!A)
    return {};
  return P->getType()->isReferenceType() ? storage(*Call.In, A) : loan(*Call.In, A);
}

} // namespace heddle
