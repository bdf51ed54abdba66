// What a path learns: the facts that statements create and destroy, that conditions imply and that a return passes on.
#include "LibraryCode.h"
#include "SimulationBody.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle::sim {

void Body::killVolatile(PathState &P) {
  P.Facts.removeIf([&](unsigned K) { return Keys.volatileToCalls(K); });
}

void Body::killMentions(PathState &P, const ValueDecl *V) {
  P.Facts.removeIf([&](unsigned K) { return Keys.mentions(K, V); });
}

const ValueDecl *Body::written(const Expr *L) {
  L = L->IgnoreParenImpCasts();
  if (const auto *DR = dyn_cast<DeclRefExpr>(L))
    return DR->getDecl();
  if (const auto *M = dyn_cast<MemberExpr>(L))
    return M->getMemberDecl();
  return nullptr;
}

void Body::startsEmpty(const VarDecl *V, PathState &P) {
  const Expr *Init = V->getInit();
  const auto *Made = dyn_cast_or_null<CXXConstructExpr>(Init ? Init->IgnoreUnlessSpelledInSource() : nullptr);
  if (!Made || Made->getNumArgs())
    return;
  Role R = U().role(V->getType());
  if (R != Role::Future && R != Role::SharedFuture && R != Role::Thread && R != Role::JoiningThread)
    return;
  for (const Event &E : C.Events)
    if (E.Kind == Op::Test && E.Object.Root == V && E.Object.Path.empty())
      if (const auto *Asks = dyn_cast<Expr>(E.Site); Asks && Asks->getType()->isBooleanType())
        if (auto F = Keys.fact(Asks, false))
          (void)P.Facts.add(*F);
}

void Body::forgetArguments(const Stmt *St, PathState &P) {
  const FunctionDecl *F = nullptr;
  llvm::SmallVector<const Expr *, 6> Store;
  if (const auto *Call = dyn_cast<CallExpr>(St)) {
    F = Call->getDirectCallee();
    Store.append(Call->arg_begin(), Call->arg_end());
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call); M && M->getImplicitObjectArgument()) {
      const CXXMethodDecl *D = M->getMethodDecl();
      if (D && !D->isConst() && !isa<CXXConversionDecl>(D) &&
          !M->getImplicitObjectArgument()->getType()->isPointerType())
        if (const ValueDecl *V = written(M->getImplicitObjectArgument()))
          killMentions(P, V);
    }
    bool System = F && inLibrary(U(), F->getLocation());
    if (!System || !C.at(St).empty())
      killVolatile(P);
  } else if (const auto *CE = dyn_cast<CXXConstructExpr>(St)) {
    F = CE->getConstructor();
    for (const Expr *A : CE->arguments())
      Store.push_back(A);
  }
  unsigned Skip = isa<CXXOperatorCallExpr>(St) && F && isa<CXXMethodDecl>(F) ? 1 : 0;
  for (unsigned I = 0; F && I < F->getNumParams() && I + Skip < Store.size(); ++I) {
    QualType T = F->getParamDecl(I)->getType();
    if (T->isReferenceType() && !T->getPointeeType().isConstQualified())
      if (const ValueDecl *V = written(Store[I + Skip]))
        killMentions(P, V);
    if (T->isPointerType() && !T->getPointeeType().isConstQualified())
      if (const auto *AO = dyn_cast<UnaryOperator>(Store[I + Skip]->IgnoreParenImpCasts());
          AO && AO->getOpcode() == UO_AddrOf)
        if (const ValueDecl *V = written(AO->getSubExpr()))
          killMentions(P, V);
  }
}

void Body::factsOf(const Stmt *St, PathState &P) {
  if (const auto *DS = dyn_cast<DeclStmt>(St)) {
    for (const Decl *D : DS->decls())
      if (const auto *V = dyn_cast<VarDecl>(D)) {
        if (const GuardInfo *GI = C.guard(V); !GI) // a guard's state was learned when it was constructed, just before
          killMentions(P, V);
        else if (GI->Starts == GuardInfo::Deferred || comesLater(V, *GI))
          learn(P, Keys.holds(V, false));
        startsEmpty(V, P);
        if (auto F = V->hasLocalStorage() ? Keys.initialised(V) : std::nullopt)
          (void)P.Facts.add(*F);
        else if (V->hasLocalStorage() && V->getInit() && V->getType()->isBooleanType())
          if (auto Known = value(P, V->getInit()))
            if (auto F = Keys.variable(V, *Known))
              (void)P.Facts.add(*F);
      }
    return;
  }
  const Expr *L = nullptr, *R = nullptr;
  if (const auto *B = dyn_cast<BinaryOperator>(St); B && B->isAssignmentOp()) {
    L = B->getLHS();
    R = B->getOpcode() == BO_Assign ? B->getRHS() : nullptr;
  } else if (const auto *X = dyn_cast<UnaryOperator>(St); X && X->isIncrementDecrementOp())
    L = X->getSubExpr();
  else if (const auto *X = dyn_cast<CXXOperatorCallExpr>(St);
           X && X->getNumArgs() &&
           (X->isAssignmentOp() || X->getOperator() == OO_PlusPlus || X->getOperator() == OO_MinusMinus)) {
    L = X->getArg(0);
    R = X->getOperator() == OO_Equal ? X->getArg(1) : nullptr;
  }
  if (L) {
    std::optional<BranchFact> Stepped;
    if (const auto *X = dyn_cast<UnaryOperator>(St))
      if (auto K = Keys.key(L))
        if (auto Was = P.Facts.about(*K); Was && Was->Equal)
          Stepped = BranchFact{*K, Was->Value + (X->isIncrementOp() ? 1 : -1), true};
    // `ok = ok && g()` reads the old value, so it is evaluated first.
    std::optional<bool> Known;
    if (R && L->getType()->isBooleanType())
      Known = value(P, R);
    // What a guard releases depends on what it held; the events of the assignment replace it.
    const ValueDecl *V = written(L);
    bool Replaced = llvm::any_of(C.at(St), [&](unsigned I) { return C.Events[I].Guard == V && isAbout(C.Events[I]); });
    if (V && !Replaced)
      killMentions(P, V);
    if (Stepped)
      (void)P.Facts.add(*Stepped);
    if (R) {
      if (auto F = Keys.assigned(L, R))
        (void)P.Facts.add(*F);
      else if (auto K = Known ? Keys.key(L) : std::nullopt)
        (void)P.Facts.add({*K, 0, !*Known});
    }
    return;
  }
  if (isa<CoawaitExpr, CoyieldExpr>(St)) {
    killVolatile(P);
    return;
  }
  forgetArguments(St, P);
}

bool Body::isEmptyHandle(const Expr *E) {
  if (isa<CXXNullPtrLiteralExpr, GNUNullExpr>(E))
    return true;
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() == 0)
    return true;
  if (const auto *RD = E->getType()->getAsCXXRecordDecl();
      RD && RD->isInStdNamespace() && RD->getIdentifier() && RD->getName() == "nullopt_t")
    return true;
  const auto *L = dyn_cast<InitListExpr>(E);
  return L && L->getNumInits() == 0;
}

std::optional<BranchFact> Body::returned(const ReturnStmt *R, const PathState &P) {
  const Expr *V = R->getRetValue();
  if (!V)
    return std::nullopt;
  const Expr *E = unwrap(V);
  while (const auto *X = dyn_cast<CXXConstructExpr>(E)) {
    if (X->getNumArgs() != 1)
      break;
    E = unwrap(X->getArg(0));
  }
  if (isa<CXXNullPtrLiteralExpr, GNUNullExpr>(E))
    return BranchFact{0, 0, true};
  QualType T = V->getType();
  if (!E->isValueDependent() && E->getType()->isIntegralOrEnumerationType()) {
    Expr::EvalResult Res;
    if (E->EvaluateAsInt(Res, U().Ctx) && Res.Val.getInt().getSignificantBits() <= 64) {
      if (T->isRecordType()) // optional<bool>{false} is an engaged optional
        return leads(T) ? std::optional(BranchFact{0, 0, false}) : std::nullopt;
      return BranchFact{0, Res.Val.getInt().getExtValue(), true};
    }
  }
  if (leads(T)) { // optional, smart and raw pointers
    QualType ET = E->getType();
    if (isEmptyHandle(E))
      return BranchFact{0, 0, true};
    if (isa<CXXNewExpr, CXXThisExpr>(E))
      return BranchFact{0, 0, false};
    if (const auto *AO = dyn_cast<UnaryOperator>(E); AO && AO->getOpcode() == UO_AddrOf)
      return BranchFact{0, 0, false};
    if (T->isRecordType() && !ET->isPointerType() && !leads(ET))
      return BranchFact{0, 0, false}; // a value: the optional is engaged
    if (const auto *Call = dyn_cast<CallExpr>(E);
        Call && Call->getDirectCallee() && makesObject(Call->getDirectCallee()))
      return BranchFact{0, 0, false};
  }
  if (T->isScalarType())
    if (auto F = Keys.fact(E, true))
      if (auto Known = P.Facts.about(F->Key)) {
        bool Flip = F->Equal && F->Value == 0; // `return !x`
        if (Flip && Known->Value == 0)
          return BranchFact{0, 0, !Known->Equal};
        if (!Flip)
          return *Known;
      }
  return std::nullopt;
}

/// The variable, or `this` (null), and the members behind it that an expression names.
static bool partsOf(const Expr *E, const ValueDecl *&Root, llvm::SmallVectorImpl<const ValueDecl *> &Path) {
  E = unwrap(E);
  if (const auto *M = dyn_cast<MemberExpr>(E)) {
    if (!isa<FieldDecl>(M->getMemberDecl()) || !partsOf(M->getBase(), Root, Path))
      return false;
    Path.push_back(M->getMemberDecl());
    return true;
  }
  if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_AddrOf)
    return partsOf(O->getSubExpr(), Root, Path);
  const auto *DR = dyn_cast<DeclRefExpr>(E);
  Root = DR ? DR->getDecl() : nullptr;
  return DR || isa<CXXThisExpr>(E);
}

std::vector<ToldFact> Body::tells(const PathState &P) const {
  std::vector<ToldFact> Told;
  for (const BranchFact &F : P.Facts.all()) {
    const Expr *E = Keys.value(F.Key);
    const ValueDecl *Root = nullptr;
    ToldFact T{nullptr, {}, F.Value, F.Equal};
    if (!E || !partsOf(E, Root, T.Path))
      continue;
    T.Of = dyn_cast_or_null<ParmVarDecl>(Root);
    // A parameter that is a copy, or a pointer, says nothing once it was given another value.
    bool Same = Root ? T.Of && T.Of->getDeclContext() == static_cast<const DeclContext *>(C.Fn) &&
                           (T.Of->getType()->isReferenceType() || !C.isModified(T.Of))
                     : !T.Path.empty();
    if (Same)
      Told.push_back(std::move(T));
  }
  return Told;
}

bool Body::listen(PathState &P, const std::vector<ToldFact> &Told, const CallSite &Site) {
  for (const ToldFact &T : Told) {
    unsigned I = T.Of ? T.Of->getFunctionScopeIndex() : 0;
    const Expr *Given = !T.Of ? Site.Receiver : I < Site.Args.size() ? Site.Args[I] : nullptr;
    const ValueDecl *Root = nullptr;
    llvm::SmallVector<const ValueDecl *, 2> Path;
    if (!Given || !partsOf(Given, Root, Path))
      continue;
    Path.append(T.Path.begin(), T.Path.end());
    const Expr *Here = findFirst<Expr>(C.Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
      if (!isa<MemberExpr, DeclRefExpr>(E) || !E->getType()->isScalarType())
        return false;
      const ValueDecl *Of = nullptr;
      llvm::SmallVector<const ValueDecl *, 2> Members;
      return partsOf(E, Of, Members) && Of == Root && Members == Path;
    });
    auto Key = Here ? Keys.key(Here) : std::nullopt;
    if (Key && !P.Facts.add({*Key, T.Value, T.Equal}))
      return false;
  }
  return true;
}

bool Body::assume(PathState &P, const Expr *E, const Stmt *Term, bool Truth) {
  if (!assume(P, E, Truth))
    return false;
  if (S.A.Unwinds && P.State != Gone && isNull(P))
    P.State = Gone; // there is no object on this path
  // The left operand decides the whole: `a && b` is false when a is.
  if (const auto *B = dyn_cast<BinaryOperator>(Term); B && B->isLogicalOp() && Truth == (B->getOpcode() == BO_LOr))
    return remember(P, B, Truth);
  return true;
}

bool Body::assume(PathState &P, const Expr *E, bool Truth) {
  E = E->IgnoreParenImpCasts();
  if (const auto *X = dyn_cast<ExprWithCleanups>(E))
    return assume(P, X->getSubExpr(), Truth);
  if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_LNot)
    return assume(P, O->getSubExpr(), !Truth);
  if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isLogicalOp()) {
    if (auto Known = value(P, B))
      return *Known == Truth && remember(P, B, Truth);
    bool Both = (B->getOpcode() == BO_LAnd) == Truth;
    if (Both)
      return assume(P, B->getLHS(), Truth) && assume(P, B->getRHS(), Truth) && remember(P, B, Truth);
    // One of them decided it; if it was not the one, it was the other.
    if (auto Left = value(P, B->getLHS()); Left && *Left != Truth)
      return assume(P, B->getRHS(), Truth) && remember(P, B, Truth);
    if (auto Right = value(P, B->getRHS()); Right && *Right != Truth)
      return assume(P, B->getLHS(), Truth) && remember(P, B, Truth);
    return remember(P, B, Truth);
  }
  if (auto Known = Keys.decided(E, P.Facts))
    return *Known == Truth;
  auto F = Keys.fact(E, Truth);
  return !F || P.Facts.add(*F);
}

const Expr *Body::lastOperand(const Expr *E) {
  E = E->IgnoreParens();
  while (const auto *B = dyn_cast<BinaryOperator>(E)) {
    if (!B->isLogicalOp())
      break;
    E = B->getRHS()->IgnoreParens();
  }
  return E;
}

bool Body::remember(PathState &P, const BinaryOperator *B, bool Truth) {
  learn(P, Keys.result(B, Truth)); // of this evaluation
  if (B->HasSideEffects(U().Ctx))
    return true;
  auto K = Keys.key(B); // and of every other that reads the same
  return !K || P.Facts.add({*K, 0, !Truth});
}

void Body::rightOperand(const Stmt *St, States &Now) {
  const Stmt *Parent = C.parent(St);
  while (isa_and_nonnull<ParenExpr, ImplicitCastExpr, ExprWithCleanups>(Parent))
    Parent = C.parent(Parent);
  const auto *B = dyn_cast_or_null<BinaryOperator>(Parent);
  if (!B || !B->isLogicalOp() || B->getRHS()->IgnoreParenImpCasts() != St)
    return;
  for (PathState &P : Now) {
    P.Facts.removeIf([K = Keys.result(B, true).Key](unsigned X) { return X == K; });
    if (auto V = value(P, B->getRHS()))
      learn(P, Keys.result(B, *V));
  }
}

std::optional<bool> Body::value(const PathState &P, const Expr *E) {
  E = E->IgnoreParenImpCasts();
  if (const auto *X = dyn_cast<ExprWithCleanups>(E))
    return value(P, X->getSubExpr());
  if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_LNot) {
    auto V = value(P, O->getSubExpr());
    return V ? std::optional(!*V) : V;
  }
  if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isLogicalOp()) {
    bool And = B->getOpcode() == BO_LAnd;
    auto L = value(P, B->getLHS()), R = value(P, B->getRHS());
    if ((L && *L != And) || (R && *R != And))
      return !And;
    if (L && R)
      return And;
    if (auto V = told(P, Keys.result(B, true), Keys.result(B, false)))
      return V;
    if (B->HasSideEffects(U().Ctx))
      return std::nullopt;
    auto K = Keys.key(B);
    return K ? told(P, {*K, 0, false}, {*K, 0, true}) : std::nullopt;
  }
  if (auto Known = Keys.decided(E, P.Facts))
    return Known;
  auto T = Keys.fact(E, true), F = Keys.fact(E, false);
  return T && F ? told(P, *T, *F) : std::nullopt;
}

std::optional<bool> Body::told(const PathState &P, const BranchFact &True, const BranchFact &False) {
  FactSet Yes = P.Facts, No = P.Facts;
  bool MayBeTrue = Yes.add(True), MayBeFalse = No.add(False);
  return MayBeTrue == MayBeFalse ? std::nullopt : std::optional(MayBeTrue);
}

} // namespace heddle::sim
