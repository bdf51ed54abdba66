// One body: what is thrown, called and caught in it.
#include "Guards.h"
#include "LibraryCode.h"
#include "Mentions.h"
#include "Preconditions.h"
#include "ThrowsImpl.h"
#include "Unwrap.h"
#include "support/AstVisitor.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

/// More need not be reported of one body.
constexpr unsigned MaxThrown = 8;

static const NamedDecl *lookUp(const DeclContext *DC, llvm::StringRef Name, ASTContext &Ctx) {
  for (const NamedDecl *D : DC->lookup(DeclarationName(&Ctx.Idents.get(Name))))
    return D;
  return nullptr;
}

/// The class with this qualified name, if the unit has it.
static const CXXRecordDecl *classNamed(llvm::StringRef Name, ASTContext &Ctx) {
  const DeclContext *DC = Ctx.getTranslationUnitDecl();
  while (true) {
    auto [First, Rest] = Name.split("::");
    const NamedDecl *D = lookUp(DC, First, Ctx);
    if (!D)
      return nullptr;
    if (Rest.empty()) {
      if (const auto *T = dyn_cast<TypedefNameDecl>(D))
        return T->getUnderlyingType()->getAsCXXRecordDecl();
      return dyn_cast<CXXRecordDecl>(D);
    }
    if (const auto *A = dyn_cast<NamespaceAliasDecl>(D))
      D = A->getNamespace();
    DC = dyn_cast<DeclContext>(D);
    if (!DC)
      return nullptr;
    Name = Rest;
  }
}

void Throws::Impl::Walk::body() {
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
    for (const CXXCtorInitializer *Init : Ctor->inits())
      if (Init->getInit() && Init->isWritten())
        statement(Init->getInit());
  statement(C.Fn->getBody());
}

void Throws::Impl::Walk::add(Thrown T) {
  if (Out.size() >= MaxThrown)
    return;
  for (const Thrown &O : Out)
    if (O.Origin == T.Origin && O.What == T.What)
      return;
  Out.push_back(std::move(T));
}

void Throws::Impl::Walk::raise(Thrown T) {
  if (Raised.size() < 4 * MaxThrown && !T.Given)
    Raised.push_back(T);
  add(std::move(T));
}

void Throws::Impl::Walk::statement(const Stmt *S) {
  if (!S || isa<LambdaExpr, UnaryExprOrTypeTraitExpr, CXXNoexceptExpr>(S))
    return;
  if (const auto *T = dyn_cast<CXXTryStmt>(S))
    return tried(T);
  if (const auto *D = dyn_cast<DeclStmt>(S)) {
    for (const Decl *X : D->decls())
      if (const auto *V = dyn_cast<VarDecl>(X); V && V->getInit())
        statement(V->getInit());
    return;
  }
  if (const auto *If = dyn_cast<IfStmt>(S); If && If->isConstexpr()) {
    // The branch that is not taken is null after instantiation.
    for (const Stmt *Child : If->children())
      statement(Child);
    return;
  }
  for (const Stmt *Child : S->children())
    statement(Child);
  if (const auto *T = dyn_cast<CXXThrowExpr>(S))
    thrown(T);
  else if (const auto *E = dyn_cast<Expr>(S); E && isa<CallExpr, CXXConstructExpr>(E))
    called(E);
}

void Throws::Impl::Walk::tried(const CXXTryStmt *T) {
  std::vector<Thrown> Before = std::move(Out);
  Out.clear();
  statement(T->getTryBlock());
  std::vector<Thrown> Inside = std::move(Out);
  Out = std::move(Before);
  std::vector<std::vector<Thrown>> Taken(T->getNumHandlers());
  for (Thrown &X : Inside) {
    unsigned H = 0;
    while (H != T->getNumHandlers() && !X.caughtBy(*T->getHandler(H)))
      ++H;
    if (H == T->getNumHandlers())
      add(std::move(X));
    else
      Taken[H].push_back(std::move(X));
  }
  for (unsigned H = 0; H != T->getNumHandlers(); ++H) {
    std::vector<Thrown> *Outer = std::exchange(Caught, &Taken[H]);
    statement(T->getHandler(H)->getHandlerBlock());
    Caught = Outer;
  }
}

void Throws::Impl::Walk::rethrown(const Stmt *At) {
  for (Thrown T : Caught ? *Caught : std::vector<Thrown>()) {
    T.Way.push_back({At->getBeginLoc(), "it is rethrown here"});
    T.From = At; // of this body's expressions it is this one that lets it out
    addOnly(T, At);
    Raised.push_back(T);
    add(std::move(T));
  }
}

void Throws::Impl::Walk::thrown(const CXXThrowExpr *E) {
  const Expr *Value = E->getSubExpr();
  if (!Value)
    return rethrown(E);
  if (saysThatAPrimitiveFailed(E) || isAssertion(E) || isBehindAllValues(E))
    return;
  Thrown T;
  T.Type = Value->getType().getNonReferenceType().getUnqualifiedType();
  if (T.Type->isDependentType())
    return;
  T.Class = T.Type->getAsCXXRecordDecl();
  if (isPrecondition(C, E, T.Class))
    return;
  if (auto By = decidedByParameters(C, E))
    T.DecidedBy = *By;
  addOnly(T, E);
  T.What = "'" + name(T.Type) + "'";
  T.From = E;
  T.Origin = E->getBeginLoc();
  T.Way.push_back({E->getBeginLoc(), T.What + " is thrown here"});
  raise(std::move(T));
}

bool Throws::Impl::Walk::isAssertion(const CXXThrowExpr *E) const {
  const SourceManager &SM = U.Ctx.getSourceManager();
  const Stmt *P = E->getThrowLoc().isMacroID() ? C.parent(E) : nullptr;
  while (P && !isa<IfStmt>(P))
    P = C.parent(P);
  const auto *If = dyn_cast_or_null<IfStmt>(P);
  return If && If->getIfLoc().isMacroID() && SM.getExpansionLoc(If->getIfLoc()) == SM.getExpansionLoc(E->getThrowLoc());
}

bool Throws::Impl::Walk::isBehindAllValues(const Stmt *S) const {
  for (const Stmt *Child = S, *P = C.parent(S); P; Child = P, P = C.parent(P)) {
    const auto *Block = dyn_cast<CompoundStmt>(P);
    for (const Stmt *Before : Block ? Block->body() : CompoundStmt::body_const_range(nullptr, nullptr)) {
      if (Before == Child)
        break;
      const auto *Switch = dyn_cast<SwitchStmt>(Before);
      const auto *Body = Switch ? dyn_cast<CompoundStmt>(Switch->getBody()) : nullptr;
      if (!Body || !Switch->isAllEnumCasesCovered() || Body->body_empty())
        continue;
      const Stmt *Last = Body->body_back();
      while (const auto *Label = dyn_cast<SwitchCase>(Last))
        Last = Label->getSubStmt();
      bool Breaks = anyOf<BreakStmt>(Body, heddle::Walk::NoLambdas, [&](const BreakStmt *B) {
        const Stmt *Of = C.parent(B);
        while (Of && !isa<SwitchStmt, ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(Of))
          Of = C.parent(Of);
        return Of == Switch;
      });
      if (!Breaks && leaves(Last))
        return true;
    }
  }
  return false;
}

void Throws::Impl::Walk::addOnly(Thrown &T, const Stmt *At) const {
  for (const Guard &G : guards(C, At)) {
    const Expr *E = G.Cases.empty() ? unwrap(G.Condition) : nullptr;
    bool Value = G.Value;
    for (const auto *Not = dyn_cast_or_null<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot;
         Not = dyn_cast<UnaryOperator>(E)) {
      E = unwrap(Not->getSubExpr());
      Value = !Value;
    }
    if (const auto *B = dyn_cast_or_null<BinaryOperator>(E); B && B->isEqualityOp() && !B->isValueDependent()) {
      bool With = false; // `silent == false`
      if (!B->getLHS()->IgnoreParenImpCasts()->getType()->isBooleanType() ||
          !B->getRHS()->EvaluateAsBooleanCondition(With, U.Ctx))
        continue;
      Value = Value == ((B->getOpcode() == BO_EQ) == With);
      E = unwrap(B->getLHS());
    }
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
    if (const auto *P = DR ? dyn_cast<ParmVarDecl>(DR->getDecl()) : nullptr; P && !C.isModified(P))
      T.Only.push_back({P, Value});
  }
}

bool Throws::Impl::Walk::isRuledOut(const Thrown &T, const Expr *Site) const {
  return llvm::any_of(T.Only, [&](const auto &Only) {
    const Expr *Arg = argument(Site, Only.first);
    bool Value = false;
    return Arg && !Arg->isValueDependent() && Arg->EvaluateAsBooleanCondition(Value, U.Ctx) && Value != Only.second;
  });
}

bool Throws::Impl::Walk::isSettled(const Thrown &T, const Expr *Site) const {
  return !isRuledOut(T, Site) && llvm::all_of(T.DecidedBy, [&](const ParmVarDecl *P) {
    const Expr *Arg = argument(Site, P);
    bool Value = false;
    return Arg && !Arg->isValueDependent() && Arg->EvaluateAsBooleanCondition(Value, U.Ctx) &&
           llvm::is_contained(T.Only, std::pair(P, Value));
  });
}

bool Throws::Impl::Walk::saysThatAPrimitiveFailed(const CXXThrowExpr *E) const {
  const Stmt *Child = E;
  for (const Stmt *P = C.parent(E); P; Child = P, P = C.parent(P)) {
    const auto *If = dyn_cast<IfStmt>(P);
    if (!If || Child == If->getCond() || !If->getCond())
      continue;
    const SourceManager &SM = U.Ctx.getSourceManager();
    bool Assertion = E->getBeginLoc().isMacroID() && If->getBeginLoc().isMacroID() &&
                     SM.getExpansionLoc(E->getBeginLoc()) == SM.getExpansionLoc(If->getBeginLoc());
    if (Assertion || comesFromPrimitive(If->getCond()))
      return true;
  }
  return false;
}

bool Throws::Impl::Walk::comesFromPrimitive(const Stmt *S, unsigned Depth) const {
  if (!S || Depth > 2)
    return false;
  for (unsigned Index : C.at(S))
    switch (C.Events[Index].Kind) {
    case Op::Acquire:
    case Op::AcquireShared:
    case Op::Release:
    case Op::WaitCondition:
    case Op::Notify:
    case Op::Spawn:
    case Op::Join:
    case Op::Detach:
      return true;
    default:
      break;
    }
  if (const auto *DR = dyn_cast<DeclRefExpr>(S))
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->hasLocalStorage() && !isa<ParmVarDecl>(V)) {
      // Text that is written to memory fails when that is used up.
      if (const auto *RD = V->getType()->getAsCXXRecordDecl();
          RD && RD->isInStdNamespace() && RD->getIdentifier() && RD->getName() == "basic_ostringstream")
        return true;
      if (V->getInit() && comesFromPrimitive(V->getInit(), Depth + 1))
        return true;
      struct Assigned : AstVisitor {
        const Walk &W;
        const VarDecl *V;
        unsigned Depth;
        bool Found = false;
        Assigned(const Walk &W, const VarDecl *V, unsigned D) : W(W), V(V), Depth(D) {}
        bool VisitBinaryOperator(const BinaryOperator *B) override {
          const auto *L =
              B->getOpcode() == BO_Assign ? dyn_cast<DeclRefExpr>(B->getLHS()->IgnoreParenImpCasts()) : nullptr;
          Found |= L && L->getDecl() == V && W.comesFromPrimitive(B->getRHS(), Depth + 1);
          return !Found;
        }
      } A(*this, V, Depth);
      A.TraverseStmt(C.Fn->getBody());
      if (A.Found)
        return true;
    }
  return llvm::any_of(S->children(), [&](const Stmt *X) { return comesFromPrimitive(X, Depth); });
}

std::string Throws::Impl::Walk::name(QualType T) const {
  PrintingPolicy P(U.Ctx.getLangOpts());
  P.SuppressInlineNamespace = true;
  if (const CXXRecordDecl *RD = T->getAsCXXRecordDecl())
    return modelName(RD);
  return T.getAsString(P);
}

void Throws::Impl::Walk::documented(const Expr *Call, const FunctionDecl *F, llvm::ArrayRef<llvm::StringRef> Names) {
  for (llvm::StringRef N : Names) {
    Thrown T;
    T.Class = N.empty() ? nullptr : classNamed(N, U.Ctx);
    T.What = N.empty() ? "what its task threw" : "'" + N.str() + "'";
    T.From = Call;
    T.Origin = Call->getExprLoc();
    std::string Name =
        isa<CXXConstructorDecl>(F) ? cast<CXXMethodDecl>(F)->getParent()->getNameAsString() : F->getNameAsString();
    T.Way.push_back(
        {Call->getExprLoc(), "'" + Name + "' throws " + T.What + (N.empty() ? " here" : " on bad input here")});
    raise(std::move(T));
  }
}

std::string Throws::Impl::Walk::calleeName(const FunctionDecl *F) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  if (M && M->getParent()->isLambda())
    return "the lambda";
  if (isa<CXXConstructorDecl>(F))
    return M->getParent()->getNameAsString();
  return F->getNameAsString();
}

void Throws::Impl::Walk::follow(const Expr *Site, const FunctionDecl *Callee, bool Exact, bool Kept) {
  // To look through a null pointer is a mistake in the program, not bad input.
  if (OverloadedOperatorKind K = Callee->getOverloadedOperator(); K == OO_Arrow || K == OO_Star)
    return;
  for (const FunctionDecl *F : I.bodies(Callee, Exact)) {
    if (isNothrow(F))
      continue; // it ends the process in there
    std::string Name = calleeName(F);
    SourceLocation At = Site->getBeginLoc();
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(Site))
      At = M->getExprLoc();
    StoryLine Called{At, (Name == "the lambda" ? Name : "'" + Name + "'") + " is called here"};
    std::vector<Thrown> Inner = I.ask(F).vec();
    for (const Thrown &T : Inner) {
      if (isRuledOut(T, Site))
        continue;
      for (Thrown X : I.given(T, F, C, argument(Site, T.Given))) {
        if (!X.DecidedBy.empty() && !decidedHere(X, Site) && !isSettled(T, Site))
          continue; // the program gives it what it wants
        X.From = Site;
        if (Kept)
          X.Kept = Callee;
        X.Way.insert(X.Way.begin(), Called);
        X.Only.clear();
        addOnly(X, Site);
        raise(std::move(X));
      }
    }
  }
}

namespace {
/// A call or a construction, as exceptions need it.
struct CallShape {
  const FunctionDecl *F = nullptr;
  const Expr *Obj = nullptr;
  const CXXRecordDecl *Static = nullptr; ///< the class of the object
  unsigned NumArgs = 0;                  ///< written ones
  bool Exact = false;                    ///< no override is called

  CallShape(Unit &U, const Expr *E) {
    if (const auto *CE = dyn_cast<CXXConstructExpr>(E)) {
      F = CE->getConstructor();
      count(CE->arguments());
      Static = CE->getType()->getAsCXXRecordDecl();
      return;
    }
    const auto *Call = cast<CallExpr>(E);
    F = Call->getDirectCallee();
    count(Call->arguments());
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call)) {
      Obj = M->getImplicitObjectArgument();
      if (const auto *ME = dyn_cast<MemberExpr>(M->getCallee()->IgnoreParens()))
        Exact = ME->hasQualifier();
      if (Obj && !Obj->getType()->isPointerType() && isa<DeclRefExpr, MemberExpr>(Obj->IgnoreParenImpCasts())) {
        const auto *V =
            dyn_cast_or_null<ValueDecl>(cast<Expr>(Obj->IgnoreParenImpCasts())->getReferencedDeclOfCallee());
        Exact |= V && !V->getType()->isReferenceType();
      }
    } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Call);
               O && isa_and_nonnull<CXXMethodDecl>(F) && O->getNumArgs()) {
      Obj = O->getArg(0);
      --NumArgs;
    }
    if (Obj)
      Static = U.pointee(Obj->IgnoreParenImpCasts()->getType())->getAsCXXRecordDecl();
  }
  template <class Range> void count(Range &&Args) {
    NumArgs = llvm::count_if(Args, [](const Expr *A) { return !isa<CXXDefaultArgExpr>(A); });
  }
};
} // namespace

void Throws::Impl::Walk::called(const Expr *E) {
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getConstructor()->isCopyOrMoveConstructor())
    return;
  const CallShape Shape(U, E);
  const FunctionDecl *F = Shape.F;
  // Callables that it runs before it returns, and function objects that are called here.
  for (unsigned Index : C.at(E)) {
    const Event &Ev = C.Events[Index];
    if (Ev.Kind == Op::RunNow && Ev.Model) // a visible callee's own body determines what it runs
      for (const CallableRef &T : Ev.Tasks)
        if (T.Body)
          follow(E, T.Body, true);
    if (Ev.Kind == Op::Call && !Ev.Callee && Ev.ObjectRole == Role::Function)
      return functionObject(E, Ev);
  }
  if (!F)
    return;
  if (isNothrow(F))
    return;
  if (U.Models.isModelled(F, Shape.Static)) {
    std::vector<llvm::StringRef> Names = U.documentedThrows(F, Shape.Static, Shape.NumArgs);
    if (!Names.empty() && isOutsideInput(E, F, Shape.Obj))
      documented(E, F, Names);
    return;
  }
  // `std::rethrow_exception(std::current_exception())` says `throw;`, and of a stored one, what somebody else
  // threw.
  if (F->isInStdNamespace() && F->isNoReturn() && F->getIdentifier() && F->getName() == "rethrow_exception") {
    const auto *Arg = dyn_cast<CallExpr>(unwrap(cast<CallExpr>(E)->getArg(0)));
    const FunctionDecl *From = Arg ? Arg->getDirectCallee() : nullptr;
    if (From && From->isInStdNamespace() && Caught)
      return rethrown(E);
    Thrown T;
    T.What = "a stored exception";
    T.From = E;
    T.Origin = E->getBeginLoc();
    T.Way.push_back({E->getBeginLoc(), "a stored exception is rethrown here"});
    return raise(std::move(T));
  }
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  if (U.visible(F) || (M && M->isPureVirtual()))
    return follow(E, F, Shape.Exact);
  if (I.UnknownCalleesThrow && !inLibrary(U, F->getLocation()) && !F->isExternC() && !F->isImplicit() &&
      !F->isDefaulted()) {
    Thrown T;
    T.What = "an exception";
    T.From = E;
    T.Origin = E->getExprLoc();
    T.Way.push_back({E->getExprLoc(), "'" + calleeName(F) + "', whose body is not visible, may throw here"});
    raise(std::move(T));
  }
}

bool Throws::Impl::Walk::decidedHere(Thrown &X, const Expr *Site) const {
  llvm::SmallVector<const ParmVarDecl *, 2> Mine;
  bool AllConstant = true, Known = true;
  for (const ParmVarDecl *P : X.DecidedBy) {
    const Expr *Arg = argument(Site, P);
    if (Arg && isConstantData(C, Arg))
      continue;
    AllConstant = false;
    auto By = Arg ? madeOfParameters(C, Arg) : std::nullopt;
    Known &= By.has_value();
    for (const ParmVarDecl *Q : By ? *By : Mine)
      if (!llvm::is_contained(Mine, Q))
        Mine.push_back(Q);
  }
  X.DecidedBy.clear();
  if (Known)
    X.DecidedBy = Mine;
  return !AllConstant;
}

const Expr *Throws::Impl::Walk::argument(const Expr *Site, const ParmVarDecl *P) {
  if (!P)
    return nullptr;
  unsigned Index = P->getFunctionScopeIndex();
  if (const auto *CE = dyn_cast<CXXConstructExpr>(Site))
    return Index < CE->getNumArgs() ? CE->getArg(Index) : nullptr;
  const auto *Call = dyn_cast<CallExpr>(Site);
  if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(Call);
      O && isa_and_nonnull<CXXMethodDecl>(O->getDirectCallee()))
    ++Index;
  return Call && Index < Call->getNumArgs() ? Call->getArg(Index) : nullptr;
}

void Throws::Impl::Walk::functionObject(const Expr *E, const Event &Ev) {
  const ValueDecl *V = Ev.Object.last();
  if (const auto *Var = dyn_cast_or_null<VarDecl>(V); Var && Var->isInitCapture() && Var->getInit())
    if (const auto *DR = dyn_cast<DeclRefExpr>(behindMove(Var->getInit())))
      V = DR->getDecl();
  if (const auto *P = dyn_cast_or_null<ParmVarDecl>(V); P && Ev.Object.Path.empty()) {
    Thrown T; // the caller knows what it is
    T.What = "an exception";
    T.From = E;
    T.Origin = E->getBeginLoc();
    T.Given = P;
    return raise(std::move(T));
  }
  I.gather();
  auto It = V ? I.Runs.find(V) : I.Runs.end();
  if (It == I.Runs.end() && V)
    It = I.Runs.find(I.keeper(C, V));
  // `it->second(…)`, `handlers[name](…)`: an element of a table, or a part of one.
  for (auto F = Ev.Object.Path.rbegin(); It == I.Runs.end() && F != Ev.Object.Path.rend(); ++F)
    if (I.holdsFunction((*F)->getType()))
      It = I.Runs.find(*F);
  if (It == I.Runs.end() && Ev.Object.Root)
    It = I.Runs.find(Ev.Object.Element ? Ev.Object.Root : I.keeper(C, Ev.Object.Root));
  if (It == I.Runs.end())
    return;
  std::vector<const FunctionDecl *> Bodies = It->second;
  for (const FunctionDecl *F : Bodies)
    follow(E, F, true, /*Kept=*/true);
}

const Expr *Throws::Impl::Walk::behindMove(const Expr *E) {
  for (E = unwrap(E); E; E = unwrap(E)) {
    if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() == 1)
      E = CE->getArg(0);
    else if (const auto *Call = dyn_cast<CallExpr>(E); Call && Call->getNumArgs() == 1 && !isa<CXXMemberCallExpr>(Call))
      E = Call->getArg(0);
    else
      break;
  }
  return E;
}

} // namespace heddle
