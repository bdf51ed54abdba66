#include "Coroutines.h"
#include "Calls.h"
#include "Lent.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Order.h"
#include "Unwrap.h"
#include "Uses.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace heddle {

bool Coroutines::is(const FunctionDecl *F) const {
  const FunctionDecl *Def = F ? U.visible(F) : nullptr;
  return Def && isa_and_nonnull<CoroutineBodyStmt>(Def->getBody());
}

/// The nested type of this name, or null.
static const CXXRecordDecl *nested(ASTContext &Ctx, const CXXRecordDecl *RD, llvm::StringRef Name) {
  for (const NamedDecl *D : RD->lookup(DeclarationName(&Ctx.Idents.get(Name))))
    if (const auto *T = dyn_cast<TypeDecl>(D))
      if (const CXXRecordDecl *In = Ctx.getTypeDeclType(T)->getAsCXXRecordDecl())
        return In->getDefinition();
  return nullptr;
}

/// The member function of this name, in the class or a base.
static const CXXMethodDecl *member(const CXXRecordDecl *RD, llvm::StringRef Name) {
  for (const CXXMethodDecl *M : RD->methods())
    if (M->getIdentifier() && M->getName() == Name)
      return M;
  for (const CXXBaseSpecifier &B : RD->bases())
    if (const CXXRecordDecl *Base = B.getType()->getAsCXXRecordDecl(); Base && Base->hasDefinition())
      if (const CXXMethodDecl *M = member(Base->getDefinition(), Name))
        return M;
  return nullptr;
}

bool Coroutines::lazy(QualType Result) {
  const CXXRecordDecl *RD = Result.getNonReferenceType()->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return false;
  auto [It, New] = Known.try_emplace(RD->getCanonicalDecl(), false);
  if (!New)
    return It->second;
  if (const TypeModel *T = U.type(Result.getNonReferenceType()); T && T->With.has(Fact::Lazy))
    return It->second = true;
  const CXXRecordDecl *Promise = nested(U.Ctx, RD->getDefinition(), "promise_type");
  const CXXMethodDecl *Initial = Promise ? member(Promise, "initial_suspend") : nullptr;
  const CXXRecordDecl *Awaiter = Initial ? Initial->getReturnType()->getAsCXXRecordDecl() : nullptr;
  if (Awaiter && Awaiter->getIdentifier() && Awaiter->getName() == "suspend_always")
    return It->second = true;
  return false;
}

llvm::SmallVector<const Expr *, 4> Coroutines::suspensions(const Code &C) const {
  llvm::SmallVector<const Expr *, 4> All;
  const auto *Body = dyn_cast_or_null<CoroutineBodyStmt>(C.Fn->getBody());
  if (!Body)
    return All;
  forEach<CoroutineSuspendExpr>(Body->getBody(), Walk::NoLambdas, [&](const CoroutineSuspendExpr *S) {
    if (const auto *Await = dyn_cast<CoawaitExpr>(S); !Await || !Await->isImplicit())
      All.push_back(S);
  });
  return All;
}

/// Returns true if the expression names storage of the variable - null: of the object - or of a local reference to it.
static bool isPartOf(const Code &C, const Expr *E, const ValueDecl *D) {
  E = unwrap(E);
  if (D)
    return E && E->isGLValue() && storage(C, E).Of == D;
  while (const auto *M = dyn_cast_or_null<MemberExpr>(E)) {
    const auto *F = dyn_cast<FieldDecl>(M->getMemberDecl());
    if (!F || F->getType()->isReferenceType() || F->getType()->isPointerType())
      return false;
    E = unwrap(M->getBase());
  }
  return isa_and_nonnull<CXXThisExpr>(E);
}

const Expr *Coroutines::usedLater(Code &C, const ValueDecl *D) {
  const auto *Body = dyn_cast_or_null<CoroutineBodyStmt>(C.Fn->getBody());
  if (!Body)
    return nullptr;
  bool Lazy = lazy(C.Fn->getReturnType());
  auto All = suspensions(C);
  llvm::SmallPtrSet<const ValueDecl *, 4> Names; // local references to it
  llvm::SmallPtrSet<const Expr *, 2> Ranges;     // it is looked at for each iteration, and one is suspended
  auto IsSuspended = [&](const Stmt *Of) {
    return llvm::any_of(All, [&](const Expr *S) { return within(C, S, Of); });
  };
  forEach<Stmt>(Body->getBody(), Walk::NoLambdas, [&](const Stmt *S) {
    if (const auto *For = dyn_cast<CXXForRangeStmt>(S)) {
      if (!isPartOf(C, For->getRangeInit(), D))
        return;
      if (IsSuspended(For->getBody()))
        Ranges.insert(For->getRangeInit());
      if (For->getLoopVariable()->getType()->isReferenceType())
        Names.insert(For->getLoopVariable());
    } else if (const auto *Decls = dyn_cast<DeclStmt>(S)) {
      for (const Decl *X : Decls->decls())
        if (const auto *V = dyn_cast<VarDecl>(X);
            V && V->getType()->isReferenceType() && V->getInit() && isPartOf(C, V->getInit(), D))
          Names.insert(V);
    }
  });
  return findFirst<Expr>(Body->getBody(), Walk::Whole, [&](const Expr *E) {
    const auto *DR = dyn_cast<DeclRefExpr>(E);
    bool Itself = D ? DR && DR->getDecl() == D : isa<CXXThisExpr>(E);
    if (!Ranges.contains(E) && !Itself && !(DR && Names.contains(DR->getDecl())))
      return false;
    return Lazy || Ranges.contains(E) ||
           llvm::any_of(All, [&](const Expr *S) { return U.get<Order>().reaches(C, S, E); });
  });
}

llvm::SmallVector<const CallExpr *, 4> Coroutines::lazyCalls(const Code &C) {
  llvm::SmallVector<const CallExpr *, 4> All;
  forEach<CallExpr>(C.Fn, Walk::NoLambdas, [&](const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (F && Call->isPRValue() && lazy(Call->getType()) && (is(F) || !U.visible(F)))
      All.push_back(Call);
  });
  return All;
}

std::vector<CoroutineCall> Coroutines::calls(Code &C) {
  std::vector<CoroutineCall> All;
  forEach<CallExpr>(C.Fn, Walk::NoLambdas, [&](const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (!is(F))
      return;
    CoroutineCall X{Call, U.code(U.visible(F)), TaskFate::Unknown, nullptr, {}};
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    if (M && M->getParent()->isLambda()) {
      const auto *O = dyn_cast<CXXOperatorCallExpr>(Call);
      if (!O || M->isExplicitObjectMemberFunction())
        return;
      const Expr *Called = unwrap(O->getArg(0));
      if (const auto *DR = dyn_cast<DeclRefExpr>(Called))
        X.Closure.Variable = dyn_cast<VarDecl>(DR->getDecl());
      const Expr *Made = X.Closure.Variable ? unwrap(X.Closure.Variable->getInit()) : Called;
      X.Closure.Lambda = dyn_cast_or_null<LambdaExpr>(Made);
      const VarDecl *V = X.Closure.Variable;
      if (!X.Closure.Lambda || (V && (!V->hasLocalStorage() || V->getType()->isReferenceType())))
        return;
    }
    if (X.Body)
      X.Fate = fate(C, Call, X.At);
    if (X.Body)
      All.push_back(X);
  });
  return All;
}

/// The parameter that the expression names, also `std::forward<F>(f)`, `std::move(f)`.
static bool names(const Expr *E, const ParmVarDecl *P) {
  E = unwrap(E);
  if (const auto *Call = dyn_cast_or_null<CallExpr>(E); Call && Call->getNumArgs() == 1 && Call->isXValue())
    E = unwrap(Call->getArg(0));
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
  return DR && DR->getDecl() == P;
}

bool Coroutines::letsGoOn(const Code &C, const Event &E, const CallableRef &T) {
  const auto *Site = dyn_cast_or_null<Expr>(E.Site);
  const FunctionDecl *Def = Site && calleeOf(Site) ? U.visible(calleeOf(Site)) : nullptr;
  const ParmVarDecl *P = nullptr;
  for (const ParmVarDecl *X : Def ? Def->parameters() : llvm::ArrayRef<ParmVarDecl *>())
    if (const Expr *A = argument(Site, X); A && within(C, T.Site, A))
      P = X;
  Code *Callee = P ? U.code(Def) : nullptr;
  if (!Callee)
    return false;
  unsigned Calls = 0, GoOn = 0, Mentions = 0;
  forEach<DeclRefExpr>(Def->getBody(), Walk::Whole, [&](const DeclRefExpr *DR) { Mentions += DR->getDecl() == P; });
  forEach<CXXOperatorCallExpr>(Def->getBody(), Walk::NoLambdas, [&](const CXXOperatorCallExpr *Call) {
    if (Call->getOperator() != OO_Call || !names(Call->getArg(0), P))
      return;
    ++Calls;
    const Stmt *At = nullptr;
    TaskFate Fate = fate(*Callee, Call, At);
    bool Local = isa_and_nonnull<DeclStmt>(At);
    for (unsigned I : isa_and_nonnull<Expr>(At) ? Callee->at(At) : llvm::ArrayRef<unsigned>())
      if (const auto *V = dyn_cast_or_null<VarDecl>(Callee->Events[I].Object.Root))
        Local |= V->hasLocalStorage() && !V->getType()->isReferenceType() && !U.leads(V->getType());
    GoOn += Fate == TaskFate::Started || (Fate == TaskFate::Kept && !Local);
  });
  return Calls && GoOn == Calls && Mentions == Calls; // it is not kept itself
}

std::vector<HandedCoroutine> Coroutines::handed(const Code &C) {
  std::vector<HandedCoroutine> All;
  for (const Event &E : C.Events) {
    bool Later = (E.Kind == Op::Spawn || E.Kind == Op::Defer) && E.Model && !E.Model->Many;
    if (!Later && E.Kind != Op::RunNow)
      continue;
    for (const CallableRef &T : E.Tasks) {
      const auto *M = T.Lambda && T.Site ? dyn_cast_or_null<CXXMethodDecl>(T.Body) : nullptr;
      Code *Body = M && isa<LambdaExpr>(unwrap(T.Site)) ? U.code(M) : nullptr;
      if (Body && is(M) && !M->isExplicitObjectMemberFunction() &&
          (runsOn(M->getReturnType()) || (!Later && letsGoOn(C, E, T))))
        All.push_back({T.Lambda, Body, &E});
    }
  }
  return All;
}

bool Coroutines::endsBefore(Code &C, const Expr *Argument, QualType Parameter, const CoroutineCall &Call,
                            const ValueDecl *&Of) {
  Of = nullptr;
  const CXXRecordDecl *View = Parameter->getAsCXXRecordDecl();
  bool IsView = View && View->getIdentifier() && View->isInStdNamespace() &&
                (View->getName() == "basic_string_view" || View->getName() == "span");
  if (!Parameter->isReferenceType() && !IsView)
    return false;
  const Expr *E = Argument->IgnoreImplicit();
  if (IsView) { // made from an object that owns what it shows
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(E); M && isa_and_nonnull<CXXConversionDecl>(M->getMethodDecl()))
      E = M->getImplicitObjectArgument();
    else if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() >= 1)
      E = CE->getArg(0);
    const CXXRecordDecl *Owner = E->getType().getNonReferenceType()->getAsCXXRecordDecl();
    if (!Owner || !Owner->isInStdNamespace() || !Owner->hasDefinition() || Owner->hasTrivialDestructor())
      return false;
  }
  const Expr *Object = E->IgnoreParenImpCasts();
  if (isa<MaterializeTemporaryExpr>(Object) || Object->isPRValue())
    return true;
  const auto *DR = dyn_cast<DeclRefExpr>(Object);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  bool Left = Call.Fate == TaskFate::Returned ||
              ((Call.Fate == TaskFate::Started || Call.Fate == TaskFate::Dropped) && outlives(C, V, Call.Site));
  if (!Left || !V || !V->hasLocalStorage() || V->getType()->isReferenceType())
    return false;
  Of = V;
  return true;
}

/// Returns true if a suspension in the same full expression waits for what the call yields.
static bool isAwaited(const Code &C, const Stmt *Call) {
  for (const Stmt *S = Call; isa_and_nonnull<Expr>(S); S = C.parent(S))
    if (isa<CoroutineSuspendExpr>(S))
      return true;
  return false;
}

bool Coroutines::runsOn(QualType Result) {
  const CXXRecordDecl *RD = Result.getNonReferenceType()->getAsCXXRecordDecl();
  return RD && RD->hasDefinition() && RD->hasTrivialDestructor() && !lazy(Result);
}

bool Coroutines::outlives(Code &C, const VarDecl *V, const Stmt *Start) {
  if (!V || !V->hasLocalStorage() || V->getType()->isReferenceType() ||
      V->getParentFunctionOrMethod() != static_cast<const DeclContext *>(C.Fn))
    return false;
  const auto *Decl =
      isa<ParmVarDecl>(V) ? nullptr : findFirst<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *D) {
        return llvm::is_contained(D->decls(), V);
      });
  const Stmt *Scope = Decl;
  while (Scope && !isa<CompoundStmt>(Scope))
    Scope = C.parent(Scope);
  auto IsLocal = [&](const Place &P) {
    const auto *X = dyn_cast_or_null<VarDecl>(P.Root);
    return X && X->hasLocalStorage() && !isa<ParmVarDecl>(X) && !X->getType()->isReferenceType() &&
           !U.leads(X->getType());
  };
  for (const Event &E : C.Events)
    if ((E.Kind == Op::Defer || E.Kind == Op::Spawn) && E.Site && within(C, Start, E.Site) && IsLocal(E.Object))
      return false; // the task ends with its executor
  auto Again = [&](const Stmt *S) { return Decl && S == Decl; };
  auto Behind = [&](const Stmt *S) {
    return (!Scope || within(C, S, Scope)) && U.get<Order>().reaches(C, Start, S, Again);
  };
  for (const Expr *S : suspensions(C))
    if (!within(C, Start, S) && Behind(S))
      return false;
  return !findFirst<CallExpr>(Scope ? Scope : C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (within(C, Start, Call) || within(C, Call, Start) || !Behind(Call))
      return false;
    bool Waits = llvm::any_of(C.at(Call), [&](unsigned I) {
      const Event &E = C.Events[I];
      return E.Kind != Op::Defer && E.Kind != Op::Spawn && U.get<Calls>().witness(C, E, Effect::Blocks);
    });
    return Waits || !F || (!U.visible(F) && !F->isInStdNamespace() && C.at(Call).empty());
  });
}

TaskFate Coroutines::fate(const Code &C, const Expr *Call, const Stmt *&At) {
  const Stmt *Child = Call;
  bool Itself = true; // so far nothing but the task's own value
  for (const Stmt *S = C.parent(Call); S; Child = S, S = C.parent(S)) {
    At = S;
    if (isa<CoroutineSuspendExpr>(S))
      return TaskFate::Awaited;
    if (isa<ReturnStmt, CoreturnStmt>(S))
      return Itself ? TaskFate::Returned : TaskFate::Unknown;
    if (isa<DeclStmt>(S))
      return Itself ? TaskFate::Kept : TaskFate::Unknown;
    if (isa<CompoundStmt>(S) || isLoop(S) || isa<IfStmt, SwitchStmt, LabelStmt, CaseStmt>(S))
      return Itself && loopCondition(S) != Child ? TaskFate::Dropped : TaskFate::Unknown;
    const auto *E = dyn_cast<Expr>(S);
    if (!E)
      return TaskFate::Unknown;
    if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E); Cast && Cast->getType()->isVoidType())
      return TaskFate::Unknown; // not wanted, as the source says
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E); O && O->isAssignmentOp() && O->getArg(0) != Child && Itself)
      return TaskFate::Kept;
    if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->getOpcode() == BO_Comma && Itself)
      return TaskFate::Unknown;
    if (isa<CallExpr>(E) && Itself) {
      for (unsigned I : C.at(E)) {
        const Event &X = C.Events[I];
        if (X.Kind == Op::Insert)
          return TaskFate::Kept;
        if ((X.Kind == Op::Defer || X.Kind == Op::Spawn) && !X.may(Fact::Joins))
          return isAwaited(C, S) ? TaskFate::Awaited : TaskFate::Started;
      }
      if (!cast<CallExpr>(E)->getDirectCallee() || !cast<CallExpr>(E)->getDirectCallee()->isInStdNamespace())
        Itself = false;
    } else if (const auto *CE = dyn_cast<CXXConstructExpr>(E)) {
      Itself &= CE->getConstructor()->isCopyOrMoveConstructor();
    } else if (isa<MemberExpr, LambdaExpr, InitListExpr, ConditionalOperator>(E)) {
      Itself = false;
    }
  }
  return TaskFate::Unknown;
}

const VarDecl *Coroutines::unused(const Code &C, const Stmt *At) {
  const auto *D = dyn_cast_or_null<DeclStmt>(At);
  const auto *V = D && D->isSingleDecl() ? dyn_cast<VarDecl>(D->getSingleDecl()) : nullptr;
  bool Named = !V || !V->hasLocalStorage() || V->getType()->isReferenceType() || V->hasAttr<UnusedAttr>() ||
               !U.get<Uses>().in(C, V).empty();
  return Named ? nullptr : V;
}

Coroutines::Coroutines(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Coroutines>(Unit &);

} // namespace heddle
