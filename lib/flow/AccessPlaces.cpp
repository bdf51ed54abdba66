// What a place is called by the one who asked, and which element of a container it is.
#include "AccessWalk.h"
#include "Expressions.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

constexpr unsigned MaxAccesses = 2000;

/// Returns true if it may be std::cout or one of its kind, which any thread may use. Streams over files and strings
/// have classes of their own.
static bool mayBeStandardStream(QualType T) {
  const auto *RD = T->getAsCXXRecordDecl();
  return RD && RD->isInStdNamespace() && RD->getIdentifier() &&
         (RD->getName() == "basic_ostream" || RD->getName() == "basic_istream" || RD->getName() == "basic_ios");
}

bool isSynchronised(Unit &U, QualType T) {
  if (T.isNull())
    return true;
  T = T.getNonReferenceType();
  if (mayBeStandardStream(T))
    return true;
  const TypeModel *M = U.type(T);
  if (!M)
    return T->isFunctionType() || T->isAtomicType();
  if (M->With.has(Fact::ThreadSafe))
    return true;
  switch (M->Plays) {
  case Role::None:
  case Role::SmartPointer:
  case Role::WeakPointer:
  case Role::Container:
  case Role::Function:
    return false;
  default:
    return true;
  }
}

bool hasConstOverload(const CXXMethodDecl *M) {
  const CXXRecordDecl *RD = M->getParent();
  for (const NamedDecl *D : RD->lookup(M->getDeclName()))
    if (const auto *Other = dyn_cast<CXXMethodDecl>(D->getUnderlyingDecl()))
      if (Other->isConst())
        return true;
  return false;
}

bool dereferences(const Expr *E) {
  while (E) {
    E = unwrap(E);
    if (const auto *M = dyn_cast_or_null<MemberExpr>(E)) {
      if (M->isArrow() && !isa<CXXThisExpr>(unwrap(M->getBase())))
        return true;
      E = M->getBase();
    } else if (const auto *O = dyn_cast_or_null<UnaryOperator>(E)) {
      if (O->getOpcode() == UO_Deref)
        return true;
      E = O->getSubExpr();
    } else if (const auto *A = dyn_cast_or_null<ArraySubscriptExpr>(E)) {
      if (A->getBase()->IgnoreParenImpCasts()->getType()->isPointerType())
        return true;
      E = A->getBase();
    } else if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E)) {
      if (O->getOperator() == OO_Star || O->getOperator() == OO_Arrow)
        return true;
      E = O->getNumArgs() ? O->getArg(0) : nullptr;
    } else if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E))
      E = Call->getImplicitObjectArgument();
    else if (const auto *Call = dyn_cast_or_null<CallExpr>(E))
      E = Call->getNumArgs() ? Call->getArg(0) : nullptr;
    else if (const auto *X = dyn_cast_or_null<ExplicitCastExpr>(E))
      E = X->getSubExpr();
    else if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(E)) {
      // A local reference stands for what it was bound to.
      const auto *V = dyn_cast<VarDecl>(DR->getDecl());
      E = V && V->isLocalVarDecl() && V->getType()->isReferenceType() ? V->getInit() : nullptr;
    } else
      return false;
  }
  return false;
}

std::optional<Place> AccessWalk::translate(const AccessFrame &F, const Place &P, bool Through, bool *OwnElement) {
  Place From;
  if (P.This) {
    From.This = true;
    if (F.This) {
      if (OwnElement)
        *OwnElement |= F.ThisOwnElement;
      return From.rebase(P, *F.This);
    }
    auto It = P.Path.empty() ? F.Fields.end() : F.Fields.find(P.Path.front());
    if (It != F.Fields.end()) {
      if (!Through && !P.Path.front()->getType()->isReferenceType())
        return std::nullopt; // its own copy
      From.Path.push_back(P.Path.front());
      if (OwnElement)
        *OwnElement |= It->second.OwnElement;
      return From.rebase(P, It->second.Object);
    }
    if (F.Lambda && F.Around) {
      for (const LambdaCapture &Cap : F.Lambda->captures())
        if (Cap.capturesThis() && Cap.getCaptureKind() == LCK_StarThis)
          return std::nullopt;
      return translate(*F.Around, P, Through, OwnElement);
    }
    return F.Asker ? std::optional(P) : std::nullopt;
  }
  const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
  if (V && V->hasGlobalStorage())
    return V->getTLSKind() == VarDecl::TLS_None ? std::optional(P) : std::nullopt;
  const DeclContext *Home = P.Root->getDeclContext();
  if (const auto *B = dyn_cast<BindingDecl>(P.Root))
    Home = B->getDecomposedDecl() ? B->getDecomposedDecl()->getDeclContext() : Home;
  if (Home == static_cast<const DeclContext *>(F.C->Fn)) {
    if (F.Asker)
      return P;
    auto It = F.Arguments.find(P.Root);
    if (It == F.Arguments.end() || !(Through || P.Root->getType()->isReferenceType()))
      return std::nullopt;
    From.Root = P.Root;
    if (OwnElement)
      *OwnElement |= It->second.OwnElement;
    return From.rebase(P, It->second.Object);
  }
  if (!F.Lambda || !F.Around)
    return std::nullopt;
  for (const LambdaCapture &Cap : F.Lambda->captures())
    if (Cap.capturesVariable() && Cap.getCapturedVar() == P.Root)
      return Cap.getCaptureKind() == LCK_ByRef || Through ? translate(*F.Around, P, Through, OwnElement) : std::nullopt;
  // What place() followed through the initialiser of a capture or of an alias outside.
  return Through || !P.Root->getType()->isReferenceType() ? translate(*F.Around, P, Through, OwnElement) : std::nullopt;
}

Place AccessWalk::known(Unit &U, Place P) {
  for (unsigned Depth = 0; Depth != 4 && !P.Path.empty(); ++Depth) {
    const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
    const FieldDecl *First = P.Path.front();
    bool Fixed =
        First->getType()->isReferenceType() || (U.leads(First->getType()) && !U.writtenAfterConstruction(First));
    if (!V || !Fixed || isa<ParmVarDecl>(V) || !V->hasLocalStorage() || !V->getInit() || U.leads(V->getType()) ||
        V->getType()->isReferenceType())
      return P;
    const auto *Home = dyn_cast_or_null<FunctionDecl>(V->getParentFunctionOrMethod());
    const Code *C = Home ? U.code(Home) : nullptr;
    std::optional<Place> To;
    for (const CallableRef::Member &M : C ? Code::members(V->getInit()) : llvm::SmallVector<CallableRef::Member, 2>())
      if (M.Field == First)
        To = C->place(M.Value);
    if (!To)
      return P;
    Place From;
    From.Root = V;
    From.Path.push_back(First);
    P = From.rebase(P, *To);
  }
  return P;
}

const Expr *AccessWalk::behindName(const Expr *E) const {
  const auto *DR = dyn_cast<DeclRefExpr>(E);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (!V || isa<ParmVarDecl>(V) || !V->getInit() ||
      V->getParentFunctionOrMethod() != static_cast<const DeclContext *>(F->C->Fn))
    return nullptr;
  bool Alias = V->getType()->isReferenceType() || V->isImplicit() || (U.leads(V->getType()) && !F->C->isModified(V));
  return Alias ? V->getInit() : nullptr;
}

AccessWalk::Choice AccessWalk::choice(const Expr *E) const {
  Choice By;
  bool Named = false; // what stands behind a name says whose part it is, not which element of it is meant
  auto Chosen = [&](bool Own) {
    By.Explicit |= !Named;
    By.Own |= Own;
  };
  while (E) {
    E = unwrap(E);
    const Expr *Index = nullptr;
    if (const auto *M = dyn_cast_or_null<MemberExpr>(E))
      E = M->getBase();
    else if (const auto *A = dyn_cast_or_null<ArraySubscriptExpr>(E)) {
      Index = A->getIdx();
      E = A->getBase();
    } else if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E)) {
      if (O->getOperator() == OO_Subscript && O->getNumArgs() == 2)
        Index = O->getArg(1);
      E = O->getNumArgs() ? O->getArg(0) : nullptr;
    } else if (const auto *O = dyn_cast_or_null<UnaryOperator>(E))
      E = O->getSubExpr();
    else if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E)) {
      if (Call->getNumArgs())
        Index = Call->getArg(0);
      else
        Chosen(false); // front(), back(): the same one for all
      E = Call->getImplicitObjectArgument();
    } else if (const Expr *Behind = E ? behindName(E) : nullptr) {
      Named = true;
      E = Behind;
    } else
      break;
    if (Index)
      Chosen(mentionsOwn(Index));
  }
  return By;
}

bool AccessWalk::isPacked(const Expr *E) const {
  const auto *Call = dyn_cast<CallExpr>(unwrap(E));
  const Expr *Box = nullptr;
  if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(Call); O && O->getOperator() == OO_Subscript)
    Box = O->getArg(0);
  else if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(Call))
    Box = M->getImplicitObjectArgument();
  QualType Elem = Box ? U.element(Box->getType()) : QualType();
  return !Elem.isNull() && Elem->isBooleanType() && !Call->isGLValue();
}

bool AccessWalk::mentionsOwn(const Stmt *S) const {
  if (!S)
    return false;
  if (const auto *DR = dyn_cast<DeclRefExpr>(S))
    if (const auto *V = dyn_cast<ValueDecl>(DR->getDecl()); V && isa<VarDecl, BindingDecl>(V)) {
      Place P;
      P.Root = V;
      if (!translate(*F, P, false) || F->Asker)
        return true;
    }
  if (isa<CallExpr>(S) && !isa<CXXOperatorCallExpr>(S) && !cast<Expr>(S)->isValueDependent())
    return true; // a call may answer each task differently (thread ids, fetch_add)
  return llvm::any_of(S->children(), [&](const Stmt *X) { return mentionsOwn(X); });
}

/// The constant with which the expression chooses its element: `parts[0]`, `parts.at(1).count`.
static std::optional<std::int64_t> constantIndex(const Expr *E, const ASTContext &Ctx) {
  while (const auto *M = dyn_cast<MemberExpr>(unwrap(E)))
    E = M->getBase();
  E = unwrap(E);
  if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
    return constantInteger(A->getIdx(), Ctx);
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E); O && O->getOperator() == OO_Subscript && O->getNumArgs() == 2)
    return constantInteger(O->getArg(1), Ctx);
  const auto *At = dyn_cast<CXXMemberCallExpr>(E);
  return At && At->getNumArgs() == 1 ? constantInteger(At->getArg(0), Ctx) : std::nullopt;
}

void AccessWalk::record(const Expr *E, const Place &Named, Mode M) {
  if (M == Name || Out.size() >= MaxAccesses)
    return;
  Place P = Named;
  bool Through = dereferences(E);
  bool Own = P.Element && ownIndex(E) && !isPacked(E);
  // The variable of a loop over a container stands for all of its elements.
  if (P.Root && P.Path.empty())
    if (auto In = F->C->elementOf(P.Root); In && (Through || cast<VarDecl>(P.Root)->isCXXForRangeDecl())) {
      // Seen from a task that an iteration of the loop has started, it is that iteration's own; so is what a task finds
      // in its part.
      const auto *Turn = cast<VarDecl>(P.Root);
      Own = F->Asker || Turn->getParentFunctionOrMethod() != static_cast<const DeclContext *>(F->C->Fn) ||
            choice(Turn->getInit()).Own;
      P = *In;
    }
  auto There = translate(*F, P, Through, &Own);
  if (!There)
    return;
  *There = known(U, *There);
  const ValueDecl *Object = There->last();
  if (!Object)
    return; // the object of the member function as a whole
  QualType OT = Object->getType().getNonReferenceType();
  bool IsPointer = U.leads(OT);
  if (isSynchronised(U, E->getType()) ||
      (!There->Element && isSynchronised(U, IsPointer && Through ? U.pointee(OT) : OT)))
    return;
  if (const auto *V = dyn_cast_or_null<VarDecl>(There->Root); V && V->hasGlobalStorage() && isSystem(V->getLocation()))
    return;
  Access A;
  A.Object = *There;
  A.Does = M == Written ? Access::Write : M == Look ? Access::Look : Access::Read;
  A.Pointer = IsPointer && !Through;
  A.OwnElement = Own;
  if (P.Element && There->Path.size() == P.Path.size())
    A.Index = constantIndex(E, U.Ctx);
  A.Site = E;
  A.In = F;
  A.Entry = E;
  A.Named = E;
  A.Part = A.Object;
  const AccessFrame *Owner = F;
  while (Owner->Caller && Owner->This && !Owner->This->Path.empty() && Owner->This->contains(A.Object) &&
         isa<Expr>(Owner->CallSite)) {
    A.Named = cast<Expr>(Owner->CallSite);
    A.Part = *Owner->This;
    Owner = Owner->Caller;
  }
  bool Inside = Owner != F;
  for (const AccessFrame *X = F; X->Caller; X = X->Caller) {
    A.Entry = X->CallSite;
    Inside &= X != Owner;
    if (const auto *Call = dyn_cast<CallExpr>(X->CallSite); Call && !Inside)
      A.Calls.push_back({Call->getExprLoc(), "in the call of '" + X->C->Fn->getNameAsString() + "' here"});
  }
  std::reverse(A.Calls.begin(), A.Calls.end());
  Out.push_back(std::move(A));
}

void AccessWalk::onTheWay(const Expr *E, Mode Use) {
  E = unwrap(E);
  if (const auto *M = dyn_cast<MemberExpr>(E)) {
    expr(M->getBase(), M->isArrow() ? Value : Name);
  } else if (const auto *A = dyn_cast<ArraySubscriptExpr>(E)) {
    expr(A->getIdx(), Value);
    expr(A->getBase(), A->getBase()->IgnoreParenImpCasts()->getType()->isPointerType() ? Value : Name);
  } else if (const auto *O = dyn_cast<UnaryOperator>(E)) {
    expr(O->getSubExpr(), O->getOpcode() == UO_Deref ? Value : Name);
  } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E)) {
    for (unsigned I = 1; I < O->getNumArgs(); ++I)
      expr(O->getArg(I), Value);
    if (O->getNumArgs())
      expr(O->getArg(0), O->getOperator() == OO_Star || O->getOperator() == OO_Arrow ? Value
                         : Use != Written && isTable(O->getArg(0))                   ? Look
                                                                                     : structure(O));
  } else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
    for (const Expr *A : Call->arguments())
      expr(A, Value);
    expr(Call->getImplicitObjectArgument(), Look);
  }
}

bool AccessWalk::isTable(const Expr *E) const {
  auto P = F->C->place(E);
  const auto *V = P ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
  return V && V->hasGlobalStorage() && !V->isLocalVarDecl();
}

AccessWalk::Mode AccessWalk::structure(const CXXOperatorCallExpr *O) const {
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(O->getDirectCallee());
  return M && !M->isConst() && isSystem(M->getLocation()) && !hasConstOverload(M) ? Written : Look;
}

bool AccessWalk::moves(const Expr *E) {
  const auto *Call = dyn_cast<CallExpr>(unwrap(E));
  const FunctionDecl *Fn = Call ? Call->getDirectCallee() : nullptr;
  return Fn && Fn->getBuiltinID() == Builtin::BImove;
}

} // namespace heddle
