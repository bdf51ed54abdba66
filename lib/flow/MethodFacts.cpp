#include "MethodFacts.h"
#include "LibraryCode.h"
#include "Mentions.h"
#include "Unit.h"
#include "Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/Basic/Builtins.h"

using namespace clang;

namespace heddle {

namespace {

/// A field of the object itself, or of the state behind a smart pointer that it holds.
const FieldDecl *ownField(Unit &U, const Place &P) {
  if (!P.This || P.Path.empty() || P.Path.size() > 2)
    return nullptr;
  bool Behind = P.Path.size() == 2;
  return Behind && !U.smartPointee(P.Path.front()->getType()) ? nullptr : P.Path.back();
}
const FieldDecl *ownField(const Code &C, const Expr *E) {
  auto P = C.place(E);
  return P ? ownField(C.U, *P) : nullptr;
}

bool isTrueConstant(const Expr *E, const ASTContext &Ctx, bool &Value) {
  E = bare(E);
  if (!E || E->isValueDependent())
    return false;
  if (E->getType()->isIntegralOrEnumerationType()) {
    Expr::EvalResult R;
    if (E->EvaluateAsInt(R, Ctx)) {
      Value = R.Val.getInt().getBoolValue();
      return true;
    }
  }
  return false;
}

} // namespace

void fieldsIn(const Code &C, const Stmt *S, MethodFacts::Fields &Out, unsigned Depth) {
  if (!S || Depth > 3)
    return;
  if (const auto *L = dyn_cast<LambdaExpr>(S)) {
    if (const CXXMethodDecl *Op = L->getCallOperator())
      if (const Code *Inner = C.U.code(Op))
        fieldsIn(*Inner, Op->getBody(), Out, Depth + 1);
    return;
  }
  if (const auto *M = dyn_cast<MemberExpr>(S))
    if (const FieldDecl *F = ownField(C, M))
      Out.insert(F);
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
    if (Call->getImplicitObjectArgument() && isa<CXXThisExpr>(bare(Call->getImplicitObjectArgument())))
      if (const FunctionDecl *Def = C.U.visible(Call->getMethodDecl()); Def && Def != C.Fn)
        if (const Code *Inner = C.U.code(Def))
          fieldsIn(*Inner, Def->getBody(), Out, Depth + 1);
  for (const Stmt *Child : S->children())
    fieldsIn(C, Child, Out, Depth);
}

void predicateFields(const Code &C, const Stmt *S, MethodFacts::Fields &Out) {
  if (!S)
    return;
  if (const auto *E = dyn_cast<Expr>(S))
    for (const CallableRef &P : C.callables(E))
      if (const Code *Inner = P.Body ? C.U.code(P.Body) : nullptr)
        fieldsIn(*Inner, P.Body->getBody(), Out);
  if (const auto *DR = dyn_cast<DeclRefExpr>(S))
    if (const auto *M = dyn_cast<CXXMethodDecl>(DR->getDecl()); M && !M->isStatic())
      if (const Code *Inner = C.U.code(M))
        fieldsIn(*Inner, Inner->Fn->getBody(), Out);
  if (const auto *M = dyn_cast<MemberExpr>(S); M && M->getType()->isBooleanType())
    if (const FieldDecl *F = ownField(C, M))
      Out.insert(F);
  if (!isa<LambdaExpr>(S))
    for (const Stmt *Child : S->children())
      predicateFields(C, Child, Out);
}

namespace {

struct BodyReader : AstVisitor {
  const Code &C;
  MethodFacts &F;
  explicit BodyReader(const Code &C, MethodFacts &F) : C(C), F(F) {}

  bool shouldVisitImplicitCode() const override { return true; }
  bool TraverseLambdaExpr(const LambdaExpr *) override { return true; } // predicates are read where they are waited for

  void assigned(const Expr *L, const Expr *R) {
    const FieldDecl *Fd = ownField(C, L);
    if (!Fd)
      return;
    if (C.place(L)->Element) { // a ring buffer's slot
      F.Inserts.insert(Fd);
      return;
    }
    if (const TypeModel *T = C.U.type(L->getType()); T && T->Plays == Role::SmartPointer) {
      QualType RT = R->IgnoreParenImpCasts()->getType();
      const CXXRecordDecl *RD = RT->getAsCXXRecordDecl();
      if (isa<CXXNullPtrLiteralExpr>(bare(R)) || (RD && RD->getIdentifier() && RD->getName() == "nullopt_t")) {
        F.Empties.insert(Fd);
        return;
      }
    }
    bool Value = false;
    if (isTrueConstant(R, C.U.Ctx, Value)) {
      if (!Value) {
        F.SetsFalse.insert(Fd);
        return;
      }
      F.SetsTrue.try_emplace(Fd, L);
    } else if (mentionsParameter(R))
      F.StoresParameter.insert(Fd);
    else
      return;
    if (always(L, Fd))
      F.Completes.insert(Fd);
  }
  /// Returns true if the statement that sets this field is reached whenever the body runs to its end. A return before
  /// it is a test of its own, and so is a test whether the field was set: `if (!done_) { …; done_ = true; }`.
  bool always(const Stmt *S, const FieldDecl *Set) const {
    const Stmt *Child = S;
    for (S = C.parent(S); S; Child = S, S = C.parent(S)) {
      if (const auto *If = dyn_cast<IfStmt>(S); If && Child == If->getThen() && asksNot(If->getCond(), Set))
        continue;
      if (isa<IfStmt, SwitchStmt, ConditionalOperator, CXXCatchStmt, WhileStmt, ForStmt, DoStmt, CXXForRangeStmt>(S))
        return false;
    }
    return true;
  }
  /// `!done_`, `!done_.load()`, `!value_.has_value()`
  bool asksNot(const Expr *Cond, const FieldDecl *Fd) const {
    const auto *Not = dyn_cast_or_null<UnaryOperator>(bare(Cond));
    const Expr *E = Not && Not->getOpcode() == UO_LNot ? bare(Not->getSubExpr()) : nullptr;
    if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E); Call && Call->getMethodDecl()->isConst())
      E = Call->getImplicitObjectArgument();
    return E && ownField(C, E) == Fd;
  }
  bool VisitBinaryOperator(const BinaryOperator *B) override {
    if (B->getOpcode() == BO_Assign) {
      assigned(B->getLHS(), B->getRHS());
      element(B->getRHS());
    } else if (B->getOpcode() == BO_AddAssign || B->getOpcode() == BO_SubAssign)
      changed(B->getLHS(), B->getRHS(), B->getOpcode() == BO_AddAssign);
    return true;
  }
  /// A counter goes up or down: by one, by a constant of either sign, or by what the caller says.
  void changed(const Expr *Counter, const Expr *By, bool Up) {
    const FieldDecl *Fd = ownField(C, Counter);
    if (!Fd)
      return;
    Expr::EvalResult R;
    const auto *DR = By ? dyn_cast<DeclRefExpr>(bare(By)) : nullptr;
    if (const auto *P = DR ? dyn_cast<ParmVarDecl>(DR->getDecl()) : nullptr; P && Up && !C.isModified(P))
      F.Shifts[Fd] = P->getFunctionScopeIndex();
    else if (By && !By->isValueDependent() && By->getType()->isIntegralOrEnumerationType() &&
             By->EvaluateAsInt(R, C.U.Ctx))
      Up ^= R.Val.getInt().isSigned() && R.Val.getInt().isNegative();
    (Up ? F.Raises : F.Lowers).insert(Fd);
  }
  bool VisitUnaryOperator(const UnaryOperator *O) override {
    if (O->isIncrementDecrementOp())
      if (const FieldDecl *Fd = ownField(C, O->getSubExpr()))
        (O->isIncrementOp() ? F.Raises : F.Lowers).insert(Fd);
    return true;
  }
  bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
    if (O->getOperator() == OO_Equal && O->getNumArgs() == 2) {
      assigned(O->getArg(0), O->getArg(1));
      element(O->getArg(1)); // `item = std::move(slots_[first_])`
    } else if (O->getOperator() == OO_PlusPlus || O->getOperator() == OO_MinusMinus)
      changed(O->getArg(0), nullptr, O->getOperator() == OO_PlusPlus);
    else if ((O->getOperator() == OO_PlusEqual || O->getOperator() == OO_MinusEqual) && O->getNumArgs() == 2)
      changed(O->getArg(0), O->getArg(1), O->getOperator() == OO_PlusEqual);
    return true;
  }
  bool VisitCallExpr(const CallExpr *Call) override {
    const FunctionDecl *Fn = Call->getDirectCallee();
    if (Fn && Fn->getBuiltinID() == Builtin::BImove && Call->getNumArgs() == 1)
      if (const FieldDecl *Fd = ownField(C, Call->getArg(0)))
        F.MovesOut.insert(Fd);
    F.Rethrows |= Fn && Fn->isNoReturn() && llvm::any_of(Call->arguments(), [](const Expr *A) {
                    const CXXRecordDecl *RD = A->getType()->getAsCXXRecordDecl();
                    // In libstdc++ it belongs to a namespace inside of std.
                    return RD && RD->getIdentifier() && RD->getName() == "exception_ptr";
                  });
    return true;
  }
  bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
    const CXXMethodDecl *D = M->getMethodDecl();
    const Expr *Obj = M->getImplicitObjectArgument();
    if (!D || !Obj || !D->getIdentifier())
      return true;
    const FieldDecl *Fd = ownField(C, Obj);
    if (!Fd)
      return true;
    // Atomics store and count by members; an optional is set by emplace.
    const TypeModel *T = C.U.type(Obj->IgnoreParenImpCasts()->getType()); // atomic<int> counts in a base class
    if (T && T->Plays == Role::Atomic) {
      if (D->getName() == "store" && M->getNumArgs() >= 1)
        assigned(Obj, M->getArg(0));
      else if ((D->getName() == "fetch_add" || D->getName() == "fetch_sub") && M->getNumArgs())
        changed(Obj, M->getArg(0), D->getName() == "fetch_add");
    } else if (T && T->Plays == Role::SmartPointer && !D->isConst() && D->getReturnType()->isVoidType() &&
               llvm::all_of(M->arguments(),
                            [](const Expr *A) { return isa<CXXDefaultArgExpr>(A); })) // unique_ptr::reset()
      F.Empties.insert(Fd);
    else if (T && T->Plays == Role::SmartPointer && !D->isConst() && M->getNumArgs())
      if (llvm::any_of(M->arguments(), [&](const Expr *A) { return mentionsParameter(A); })) {
        F.StoresParameter.insert(Fd);
        if (always(M, Fd))
          F.Completes.insert(Fd);
      }
    return true;
  }
  bool VisitImplicitCastExpr(const ImplicitCastExpr *E) override {
    if (E->getCastKind() == CK_LValueToRValue)
      element(E->getSubExpr());
    return true;
  }
  bool VisitCXXConstructExpr(const CXXConstructExpr *E) override {
    if (E->getConstructor()->isCopyOrMoveConstructor() && E->getNumArgs())
      element(E->getArg(0));
    return true;
  }
  void element(const Expr *E) {
    if (auto P = C.place(E); P && P->Element)
      if (const FieldDecl *Fd = ownField(C.U, *P))
        F.Reads.insert(Fd);
  }
  bool VisitMemberExpr(const MemberExpr *M) override {
    if (const auto *Fd = dyn_cast<FieldDecl>(M->getMemberDecl());
        Fd && holdsFunctions(C.U, Fd->getType()) && ownField(C, M))
      F.Mentions.insert(Fd);
    return true;
  }
  bool VisitIfStmt(const IfStmt *S) override {
    fieldsIn(C, S->getCond(), F.Tests);
    if (refuses(S->getThen()) || refuses(S->getElse()))
      fieldsIn(C, S->getCond(), F.Refuses);
    return true;
  }
  bool VisitConditionalOperator(const ConditionalOperator *O) override { // what assert() makes
    if (refuses(O->getTrueExpr()) || refuses(O->getFalseExpr())) {
      fieldsIn(C, O->getCond(), F.Tests);
      fieldsIn(C, O->getCond(), F.Refuses);
    }
    return true;
  }
  static bool refuses(const Stmt *S) {
    if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S))
      S = Block->body_empty() ? nullptr : Block->body_back();
    const auto *E = dyn_cast_or_null<Expr>(S);
    E = E ? E->IgnoreUnlessSpelledInSource() : nullptr;
    const auto *Call = dyn_cast_or_null<CallExpr>(E);
    return isa_and_nonnull<CXXThrowExpr>(E) ||
           (Call && Call->getDirectCallee() && Call->getDirectCallee()->isNoReturn());
  }
  bool VisitWhileStmt(const WhileStmt *S) override {
    llvm::DenseSet<const FieldDecl *> Mentioned;
    fieldsIn(C, S->getCond(), Mentioned);
    F.Tests.insert(Mentioned.begin(), Mentioned.end());
    if (waitsIn(S->getBody()))
      F.WaitTests.insert(Mentioned.begin(), Mentioned.end());
    return true;
  }
  bool waitsIn(const Stmt *S) const {
    if (!S)
      return false;
    for (unsigned I : C.at(S))
      if (C.Events[I].Kind == Op::WaitCondition)
        return true;
    return llvm::any_of(S->children(), [&](const Stmt *X) { return waitsIn(X); });
  }
};

/// What a helper does to a field that it is given by reference (`static void down(sem_t &s)`).
void throughParameters(const Code &C, const Event &E, MethodFacts &F) {
  const auto *Call = dyn_cast<CallExpr>(E.Site);
  if (!Call || isa<CXXOperatorCallExpr>(Call))
    return;
  for (unsigned I = 0; I != Call->getNumArgs() && I < E.Callee->getNumParams(); ++I) {
    const FieldDecl *Fd = ownField(C, Call->getArg(I));
    Role R = Fd ? C.U.role(Fd->getType()) : Role::None;
    Code *Helper = R == Role::Semaphore || R == Role::Condition ? C.U.code(E.Callee) : nullptr;
    if (!Helper)
      continue;
    for (const Event &X : Helper->Events) {
      if (X.Object.Root != Helper->Fn->getParamDecl(I) || !X.Object.Path.empty() || X.may(Fact::Timed))
        continue;
      F.TakesPermit |= X.Kind == Op::Acquire;
      F.GivesPermit |= X.Kind == Op::Release;
      if (X.Kind == Op::WaitCondition)
        F.WaitsOn.insert(Fd);
      if (X.Kind == Op::Notify)
        F.Notifies.insert(Fd);
    }
  }
}

bool isCallable(Unit &U, QualType T) {
  T = T.getNonReferenceType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return U.role(T) == Role::Function || T->isFunctionPointerType() ||
         (RD && RD->hasDefinition() &&
          llvm::any_of(RD->methods(), [](const CXXMethodDecl *X) { return X->getOverloadedOperator() == OO_Call; }));
}
bool takesCallable(Unit &U, const CXXMethodDecl *M) {
  return llvm::any_of(M->parameters(), [&](const ParmVarDecl *P) { return isCallable(U, P->getType()); });
}

/// Finds the locals that take over what a field held: `all.swap(threads_)`, `auto all = std::exchange(threads_, {})`.
struct TakeOvers : AstVisitor {
  const Code &C;
  llvm::function_ref<void(const VarDecl *, const FieldDecl *)> Found;
  TakeOvers(const Code &C, llvm::function_ref<void(const VarDecl *, const FieldDecl *)> F) : C(C), Found(F) {}
  bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
  static const VarDecl *local(const Code &C, const Expr *E) {
    auto P = C.place(E);
    const auto *V = P && P->Path.empty() && !P->Element ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
    return V && V->isLocalVarDecl() && !V->getType()->isReferenceType() ? V : nullptr;
  }
  /// \p E is the field, or a call that is given it and yields what it held.
  void pair(const VarDecl *V, const Expr *E) {
    if (!V || !E)
      return;
    const FieldDecl *Fd = ownField(C, E);
    if (Fd && !C.place(E)->Element && C.U.Ctx.hasSameUnqualifiedType(V->getType(), Fd->getType()))
      Found(V, Fd);
    E = E->IgnoreUnlessSpelledInSource();
    if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() == 1)
      E = CE->getArg(0)->IgnoreUnlessSpelledInSource();
    if (const auto *Call = dyn_cast<CallExpr>(E); Call && !Fd)
      for (const Expr *A : Call->arguments())
        if (const FieldDecl *Of = ownField(C, A); Of && C.U.Ctx.hasSameUnqualifiedType(V->getType(), Of->getType()))
          Found(V, Of);
  }
  bool VisitCallExpr(const CallExpr *Call) override {
    llvm::SmallVector<const Expr *, 4> Operands(Call->arg_begin(), Call->arg_end());
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call); M && M->getImplicitObjectArgument())
      Operands.push_back(M->getImplicitObjectArgument());
    for (const Expr *X : Operands)
      for (const Expr *Y : Operands)
        if (X != Y)
          pair(local(C, X), Y);
    return true;
  }
  bool VisitVarDecl(const VarDecl *V) override {
    if (V->isLocalVarDecl() && V->getInit() && !V->getType()->isReferenceType())
      pair(V, V->getInit());
    return true;
  }
};

/// What the member does to containers of handles: starts tasks, and waits for all that are in there.
void readHandles(const Code &C, const CXXMethodDecl *M, MethodFacts &F) {
  auto Handles = [&](const FieldDecl *Fd) { return taskHandleIn(C.U, C.U.element(Fd->getType())); };
  llvm::DenseMap<const ValueDecl *, const FieldDecl *> Local; ///< the local name under which the tasks go on
  auto Exchanged = [&](const VarDecl *V, const FieldDecl *Fd) {
    if (Handles(Fd) == Role::None)
      return;
    Local[V] = Fd;
    if (Handles(Fd) == Role::JoiningThread)
      F.Joins.insert(Fd); // at the end of its scope
  };
  TakeOvers(C, Exchanged).TraverseStmt(C.Fn->getBody());
  for (const Event &E : C.Events) {
    if (E.Kind == Op::Spawn) {
      F.Spawns = true;
      for (const ParmVarDecl *P : cast<FunctionDecl>(C.Fn)->parameters())
        F.StartsGiven |= isCallable(C.U, P->getType()) && mentions(E.Site, P);
    }
    if (!E.Object.valid())
      continue;
    Place Whole = E.Object;
    if (Whole.Root)
      if (auto In = C.elementOf(Whole.Root))
        Whole = *In;
    const FieldDecl *Fd = Whole.This && !Whole.Path.empty() ? Whole.Path.front() : Local.lookup(Whole.Root);
    if (!Fd || Handles(Fd) == Role::None)
      continue;
    bool Waits = E.Kind == Op::Join || E.Kind == Op::Wait || E.Kind == Op::Await || E.Kind == Op::Consume;
    bool Ends = Handles(Fd) == Role::JoiningThread && (E.Kind == Op::Clear || E.Kind == Op::Reset) && !Whole.Element;
    if (((Waits && Whole.Element) || Ends) && !E.may(Fact::Timed) && isUnconditional(C.U, E, M))
      F.Joins.insert(Fd);
  }
}

/// Adds what \p Inner, a member that \p Call calls on the same object, does.
void absorb(Unit &U, MethodFacts &F, MethodFacts Inner, const Event &Call) {
  auto Take = [](auto &To, const auto &From) { To.insert(From.begin(), From.end()); };
  for (auto Set : {&MethodFacts::WaitsOn, &MethodFacts::Notifies, &MethodFacts::Inserts, &MethodFacts::Extracts,
                   &MethodFacts::SetsFalse})
    Take(F.*Set, Inner.*Set);
  for (const auto &[N, Param] : Inner.Shifts) { // `void done() { add(-1); }`
    const auto *CE = dyn_cast<CallExpr>(Call.Site);
    Expr::EvalResult R;
    if (CE && Param < CE->getNumArgs() && CE->getArg(Param)->EvaluateAsInt(R, U.Ctx)) {
      Inner.Raises.erase(N);
      (R.Val.getInt().isSigned() && R.Val.getInt().isNegative() ? F.Lowers : F.Raises).insert(N);
    }
  }
  for (auto Set : {&MethodFacts::Raises, &MethodFacts::Lowers, &MethodFacts::Joins, &MethodFacts::StoresParameter,
                   &MethodFacts::Tests, &MethodFacts::Refuses, &MethodFacts::WaitTests, &MethodFacts::Reads,
                   &MethodFacts::Empties, &MethodFacts::Locks, &MethodFacts::Mentions, &MethodFacts::MovesOut})
    Take(F.*Set, Inner.*Set);
  if (isUnconditional(U, Call, F.M))
    Take(F.Completes, Inner.Completes);
  F.StartsGiven |= Inner.StartsGiven && takesCallable(U, F.M);
  for (auto Flag : {&MethodFacts::Spawns, &MethodFacts::Rethrows, &MethodFacts::RunsCallables,
                    &MethodFacts::TakesPermit, &MethodFacts::GivesPermit, &MethodFacts::Timed, &MethodFacts::Claims})
    F.*Flag |= Inner.*Flag;
  for (auto &[K, V] : Inner.SetsTrue)
    F.SetsTrue.try_emplace(K, V);
}

MethodFacts read(Unit &U, const CXXMethodDecl *M, unsigned Depth);

/// \p Fd is the field that the event is about, or null.
void readEvent(const Code &C, const Event &E, const FieldDecl *Fd, MethodFacts &F, unsigned Depth) {
  F.RunsCallables |= E.Kind == Op::Call && !E.Callee;
  F.Claims |= E.Kind == Op::Claim;
  if (E.ObjectRole == Role::Semaphore && !E.may(Fact::Timed)) {
    F.TakesPermit |= E.Kind == Op::Acquire;
    F.GivesPermit |= E.Kind == Op::Release;
  }
  if (E.Kind == Op::Call && E.Callee) {
    throughParameters(C, E, F);
    const auto *Sub = dyn_cast<CXXMethodDecl>(E.Callee);
    if (Sub && Depth < 2 && E.Object.This && E.Object.Path.empty() && Sub != F.M &&
        Sub->getParent()->getCanonicalDecl() == F.M->getParent()->getCanonicalDecl())
      absorb(C.U, F, read(C.U, Sub, Depth + 1), E);
  }
  if (!Fd)
    return;
  switch (E.Kind) {
  case Op::WaitCondition:
    F.WaitsOn.insert(Fd);
    F.Timed |= E.may(Fact::Timed);
    for (const Stmt *A : E.Site->children())
      predicateFields(C, A, F.WaitTests);
    break;
  case Op::Acquire:
  case Op::AcquireShared:
    F.Locks.insert(Fd);
    break;
  case Op::Notify:
    F.Notifies.insert(Fd);
    break;
  case Op::Insert:
    F.Inserts.insert(Fd);
    break;
  case Op::Extract:
    F.Extracts.insert(Fd);
    break;
  case Op::Claim:
    F.Exchanges.insert(Fd);
    break;
  default:
    break;
  }
}

MethodFacts read(Unit &U, const CXXMethodDecl *M, unsigned Depth) {
  MethodFacts F;
  F.M = M;
  Code *C = U.code(M);
  if (!C)
    return F;
  BodyReader(*C, F).TraverseStmt(C->Fn->getBody());
  readHandles(*C, M, F);
  for (const Event &E : C->Events) {
    Place Whole = E.Object;
    if (Whole.Root && (Whole.Path.empty() || isTaskHandle(E.ObjectRole)))
      if (auto In = C->elementOf(Whole.Root))
        Whole = *In;
    const FieldDecl *Fd = ownField(U, Whole);
    if (Fd && Whole.Path.size() == 1)
      F.FieldEvents.emplace_back(&E, Fd);
    readEvent(*C, E, Fd, F, Depth);
  }
  return F;
}

} // namespace

MethodFacts readMethod(Unit &U, const CXXMethodDecl *M) { return read(U, M, 0); }

Role taskHandleIn(Unit &U, QualType Elem) {
  if (Elem.isNull())
    return Role::None;
  Role R = U.role(Elem);
  const CXXRecordDecl *RD = R == Role::None ? U.pointee(Elem)->getAsCXXRecordDecl() : nullptr;
  if (RD && RD->hasDefinition() && !inLibrary(U, RD->getLocation()))
    for (const FieldDecl *F : RD->fields())
      if (isTaskHandle(U.role(F->getType())))
        return U.role(F->getType());
  return isTaskHandle(R) ? R : Role::None;
}

bool holdsFunctions(Unit &U, QualType T) {
  QualType E = U.element(T);
  return U.role(E.isNull() ? T : E) == Role::Function;
}

bool mentionsParameter(const Stmt *S) {
  return mentions(S, [](const Stmt *X) {
    const auto *DR = dyn_cast<DeclRefExpr>(X);
    return DR && isa<ParmVarDecl>(DR->getDecl());
  });
}

bool isUnconditional(Unit &U, const Event &E, const CXXMethodDecl *M) {
  Code *C = U.code(M);
  for (const Stmt *S = E.Site; S && C; S = C->parent(S))
    if (isa<IfStmt, SwitchStmt, ConditionalOperator, CXXCatchStmt>(S)) {
      // `if (t.joinable()) t.join();` asks about the handle alone.
      if (isa<IfStmt>(S) && (E.Object.Element || (E.Object.Root && C->elementOf(E.Object.Root))))
        continue;
      return false;
    }
  return true;
}

} // namespace heddle
