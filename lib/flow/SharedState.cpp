#include "SharedState.h"
#include "Callers.h"
#include "Expressions.h"
#include "LibraryCode.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"
#include "Unwrap.h"
#include "Waits.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 4;

/// Returns true if the callee of the edge runs later, or on another thread.
bool runsApart(const CallEdge &X) {
  return X.Task && llvm::any_of(X.In->at(X.Site), [&](unsigned I) {
           const Event &E = X.In->Events[I];
           return (has(E.Kind, OpTraits::StartsTask) || has(E.Kind, OpTraits::Registers)) &&
                  llvm::any_of(E.Tasks, [&](const CallableRef &T) { return &T == X.Task; });
         });
}

/// `new T`, `(T *)malloc(n)`, `std::make_shared<T>()`.
bool makesObject(const Expr *Value) {
  const auto *Made = Value ? dyn_cast<CXXConstructExpr>(Value->IgnoreParenImpCasts()) : nullptr;
  const Expr *E = Value ? Value->IgnoreParenCasts() : nullptr;
  if (Made && Made->getNumArgs() == 1 && !isa<CXXNewExpr>(E))
    return makesObject(Made->getArg(0)); // what takes it over
  const auto *Call = dyn_cast_or_null<CallExpr>(E);
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  return isa_and_nonnull<CXXNewExpr>(E) ||
         (F && (F->getReturnType()->isVoidPointerType() ||
                (F->isInStdNamespace() && F->getIdentifier() && F->getName().starts_with("make_"))));
}

/// Returns true if the use of the local pointer may let other code know the object: it is copied, captured or given to
/// a call, a part of it is, or a member is called that is not seen or starts a task.
bool publishes(Unit &U, const Use &X) {
  const Code *C = bodyOf(U, X);
  if (X.Of != Use::Behind) {
    const Expr *E = X.Mention;
    const Stmt *By = C && E ? C->user(E) : nullptr;
    const auto *B = dyn_cast_or_null<BinaryOperator>(By);
    bool Tested = isa_and_nonnull<IfStmt, WhileStmt, ForStmt, DoStmt, UnaryOperator, ReturnStmt>(By) ||
                  (B && !B->isAssignmentOp());
    return !X.is(Use::Read) || !Tested;
  }
  const Stmt *Up = C && X.is(Use::Address) ? C->parent(X.Mention) : nullptr;
  while (isa_and_nonnull<ImplicitCastExpr>(Up))
    Up = C->parent(Up);
  const auto *Part = dyn_cast_or_null<MemberExpr>(Up);
  if (Part && isLock(U.role(Part->getType())))
    return false; // `pthread_mutex_init(&c->mutex, nullptr)`
  const CallExpr *Call = C && X.is(Use::Mutate | Use::Ask) ? callOn(*C, X) : nullptr;
  const FunctionDecl *F = Call ? U.visible(Call->getDirectCallee()) : nullptr;
  return X.is(Use::Address | Use::Move) || (Call && (!F || U.get<Calls>().witness(F, Effect::Spawns)));
}

/// Returns true if the object was made by this body, which has given it to nobody yet.
bool isUnpublished(Code &C, const Use &X) {
  auto P = isa_and_nonnull<MemberExpr>(X.Mention) ? C.place(X.Mention) : std::nullopt;
  const auto *V = P ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
  if (!V || !V->isLocalVarDecl() || V->hasGlobalStorage() || !C.U.leads(V->getType()))
    return false;
  llvm::ArrayRef<Use> All = C.U.get<Uses>().in(C, V);
  return (!V->getInit() || makesObject(V->getInit())) && llvm::all_of(All, [&](const Use &Y) {
           if (Y.is(Use::Assign) && Y.Of == Use::Itself)
             return makesObject(Y.Value);
           return !publishes(C.U, Y) || !Y.Site || !C.U.get<Order>().reaches(C, Y.Site, X.Site);
         });
}

/// Of an object that nobody else has: in its constructor, or where it was made and not given away.
bool isConstruction(Code &C, const Use &X) {
  const auto *M = dyn_cast_or_null<MemberExpr>(X.Mention);
  if (isa<CXXConstructorDecl>(C.Fn) && (!X.Mention || (M && isa<CXXThisExpr>(unwrap(M->getBase())))))
    return true;
  return isUnpublished(C, X);
}

} // namespace

// ---- accesses and locks ---------------------------------------------------------------------------------------------

/// Returns true if the lock is a member of the class on whose object the callee runs, but of another object of it:
/// of \p Owner.
static bool isOfAnother(const CallEdge &X, const ValueDecl *Lock, const Place &Owner) {
  const auto *M = dyn_cast<CXXMethodDecl>(X.Callee);
  const auto *L = dyn_cast<FieldDecl>(Lock);
  const Expr *Object = X.Task ? nullptr : objectOf(X.Site);
  auto Of = Object && M && L && L->getParent() == M->getParent() ? X.In->place(Object) : std::nullopt;
  return Of && !(Owner == *Of);
}

/// A mutex that is a local of the body and that no lambda refers to: it keeps nobody out.
static bool isAlone(Code &C, const Place &Lock) {
  const auto *V = dyn_cast_or_null<VarDecl>(Lock.Root);
  if (!V || !V->isLocalVarDecl() || V->hasGlobalStorage() || !Lock.Path.empty() || !isLock(C.U.role(V->getType())) ||
      V->getType()->isReferenceType() || V->getDeclContext() != static_cast<const DeclContext *>(C.Fn))
    return false;
  return llvm::none_of(C.U.get<Uses>().in(C, V), [](const Use &X) { return X.Lambda; });
}

llvm::SmallVector<const ValueDecl *, 2> SharedState::atEntry(Code &C, unsigned Depth) {
  auto [It, New] = Entry.try_emplace(C.Fn);
  if (!New || Depth > MaxDepth)
    return It->second;
  std::optional<llvm::SmallVector<const ValueDecl *, 2>> All;
  for (const CallEdge &X : U.get<Calls>().callers(C.Fn)) {
    Code *Caller = U.code(X.In->Fn);
    if (!Caller || Caller == &C || Callers::inConstruction(X))
      continue;
    llvm::SmallVector<const ValueDecl *, 2> Here;
    if (!runsApart(X)) {
      for (const Place &L : U.get<HeldLocks>().at(*Caller, X.Site)) {
        Place Owner = L;
        if (!L.Path.empty())
          Owner.Path.pop_back();
        if (L.last() && !isAlone(*Caller, L) && !isOfAnother(X, L.last(), Owner))
          Here.push_back(L.last());
      }
      Place This;
      This.This = true;
      for (const ValueDecl *L : atEntry(*Caller, Depth + 1))
        if (!isOfAnother(X, L, This))
          Here.push_back(L);
    }
    if (!All)
      All = Here;
    else
      llvm::erase_if(*All, [&](const ValueDecl *L) { return !llvm::is_contained(Here, L); });
  }
  return Entry[C.Fn] = All ? *All : llvm::SmallVector<const ValueDecl *, 2>();
}

llvm::SmallVector<const ValueDecl *, 2> SharedState::locks(Code &C, const Stmt *S) {
  llvm::SmallVector<const ValueDecl *, 2> Out = atEntry(C, 0);
  for (; S && !isa<CompoundStmt>(S) && !isLoop(S); S = C.parent(S))
    for (const Place &L : U.get<HeldLocks>().at(C, S))
      if (L.last() && !llvm::is_contained(Out, L.last()))
        Out.push_back(L.last());
  return Out;
}

/// Returns true if a local keeps a guard where HeldLocks does not follow it: in an optional, behind a pointer.
static bool keepsGuard(const Code &C) {
  return llvm::any_of(C.Fn->decls(), [&](const Decl *D) {
    const auto *V = dyn_cast<VarDecl>(D);
    return V && V->getType()->isRecordType() && C.U.leads(V->getType()) && isGuard(C.U.role(V->getType()));
  });
}

bool SharedState::ordered(Code &C, const Stmt *S) {
  HeldLocks &Held = U.get<HeldLocks>();
  return Held.demanded(C) || Held.byHand(C, S) || keepsGuard(C);
}

const std::vector<SharedAccess> &SharedState::of(const ValueDecl *D) {
  D = cast<ValueDecl>(D->getCanonicalDecl());
  auto [It, New] = Known.try_emplace(D);
  if (!New)
    return It->second;
  std::vector<SharedAccess> All;
  for (const Use &X : U.get<Uses>().everywhere(D)) {
    if (X.is(Use::ByReference | Use::ByCopy))
      continue;
    Code *C = bodyOf(U, X);
    if (!C)
      continue;
    const Stmt *Site = X.Mention ? X.Mention : X.Site;
    if (U.get<HeldLocks>().isUnreached(*C, Site))
      continue;
    All.push_back({&X, C, Site, locks(*C, Site), ordered(*C, Site), isConstruction(*C, X)});
  }
  return Known[D] = std::move(All);
}

llvm::ArrayRef<const ValueDecl *> SharedState::named() {
  if (!std::exchange(NamedKnown, true))
    for (Code *C : bodies(U))
      forEach<Expr>(C->Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
        const ValueDecl *D = nullptr;
        if (const auto *M = dyn_cast<MemberExpr>(E))
          D = M->getMemberDecl();
        else if (const auto *DR = dyn_cast<DeclRefExpr>(E))
          D = DR->getDecl();
        const auto *V = dyn_cast_or_null<VarDecl>(D);
        bool Shared = V && (V->hasGlobalStorage() ? V->getTLSKind() == VarDecl::TLS_None
                                                  : isa<DeclRefExpr>(E) && !isa<ParmVarDecl>(V) &&
                                                        cast<DeclRefExpr>(E)->refersToEnclosingVariableOrCapture());
        if (isa_and_nonnull<FieldDecl>(D) || Shared)
          if (!inLibrary(U, D->getLocation()))
            Named.insert(cast<ValueDecl>(D->getCanonicalDecl()));
      });
  return Named.getArrayRef();
}

// ---- what orders them otherwise -------------------------------------------------------------------------------------

/// Lets a wait of another thread return.
static bool wakes(const Code &, const Event &E) {
  switch (E.Kind) {
  case Op::Notify:
  case Op::Send:
  case Op::TrySend:
  case Op::Close:
  case Op::Fulfil:
  case Op::TryFulfil:
  case Op::Leave:
    return true;
  case Op::Release:
    return E.ObjectRole == Role::Semaphore;
  default:
    return false;
  }
}

static bool awaits(const Code &, const Event &E) {
  return waitsForOthers(E) || (E.Kind == Op::Acquire && E.ObjectRole == Role::Semaphore);
}

bool SharedState::signals(const SharedAccess &X, const Code &C, const Loop &L) {
  auto &Calls = U.get<heddle::Calls>();
  auto &Order = U.get<heddle::Order>();
  auto Leads = [&](const Code &In, const Event &E, Calls::Fits Wanted) {
    return Wanted(In, E) || (E.Kind == Op::Call && E.Callee && Calls.find(E.Callee, Wanted));
  };
  return llvm::any_of(X.In->Events,
                      [&](const Event &E) {
                        return E.Site && Leads(*X.In, E, wakes) && Order.reaches(*X.In, X.Site, E.Site);
                      }) &&
         llvm::any_of(C.Events,
                      [&](const Event &E) { return E.Site && within(C, E.Site, L.Statement) && Leads(C, E, awaits); });
}

bool SharedState::onlySleeps(const Code &C, const Loop &L) {
  bool Sleeps = false;
  auto Idle = [&](const Stmt *S) {
    const auto *E = dyn_cast<Expr>(S);
    const auto *Call = E ? dyn_cast<CallExpr>(unwrap(E)) : nullptr;
    bool Is = Call && llvm::any_of(C.at(Call), [&](unsigned I) { return C.Events[I].Kind == Op::Sleep; });
    Sleeps |= Is;
    return Is;
  };
  const Stmt *Body = loopBody(L.Statement);
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(Body))
    return llvm::all_of(Block->body(), Idle) && Sleeps;
  return Body && Idle(Body);
}

bool SharedState::idle(const Code &C, const Loop &L) {
  auto Idle = [&](const Stmt *S) {
    if (isa<NullStmt>(S))
      return true;
    const auto *E = dyn_cast<Expr>(S);
    const auto *Call = E ? dyn_cast<CallExpr>(unwrap(E)) : nullptr;
    return Call && !isa<CXXMemberCallExpr>(Call) && Call->getNumArgs() == 0 &&
           llvm::all_of(C.at(Call),
                        [&](unsigned I) { return C.Events[I].Kind == Op::Sleep || C.Events[I].Kind == Op::Call; }) &&
           (Call->getType()->isVoidType() || Call->getType()->isIntegerType()) && Call->getDirectCallee() &&
           (Call->getDirectCallee()->getBuiltinID() || inLibrary(U, Call->getDirectCallee()->getLocation()));
  };
  const Stmt *Body = loopBody(L.Statement);
  const auto *For = dyn_cast<ForStmt>(L.Statement);
  if (!Body || (For && For->getInc()))
    return false;
  const auto *Block = dyn_cast<CompoundStmt>(Body);
  return Block ? llvm::all_of(Block->body(), Idle) : Idle(Body);
}

bool SharedState::changed(const Code &C, const Loop &L) {
  const Expr *Cond = loopCondition(L.Statement);
  return Cond && anyOf<Expr>(Cond, Walk::NoLambdas, [&](const Expr *E) {
           const auto *O = dyn_cast<UnaryOperator>(E);
           const auto *M = dyn_cast<CXXMemberCallExpr>(E);
           const auto *B = dyn_cast<BinaryOperator>(E);
           return (O && O->isIncrementDecrementOp()) || (B && B->isAssignmentOp()) ||
                  (M && M->getMethodDecl() && !M->getMethodDecl()->isConst() &&
                   !isa<CXXConversionDecl>(M->getMethodDecl()));
         });
}

// ---- what loops ask -------------------------------------------------------------------------------------------------

/// The variable or member of which the expression is the value, in the body itself or in a function that returns it.
std::optional<AskedFlag> SharedState::flag(Code &C, const Expr *E) {
  E = unwrap(E);
  if (const auto *Load = dyn_cast_or_null<CXXMemberCallExpr>(E)) {
    const Expr *Object = Load->getImplicitObjectArgument();
    bool Atomic = Object && U.role(unwrap(Object)->getType()) == Role::Atomic && Load->getMethodDecl() &&
                  Load->getMethodDecl()->isConst();
    if (Atomic)
      E = unwrap(Object);
  }
  if (!E)
    return std::nullopt;
  const auto *Deref = dyn_cast<UnaryOperator>(E);
  if (isa<DeclRefExpr, MemberExpr>(E) || (Deref && Deref->getOpcode() == UO_Deref)) {
    auto P = C.place(E);
    const Expr *Mention = Deref ? unwrap(Deref->getSubExpr()) : E;
    if (!P || P->Element || !P->last())
      return std::nullopt;
    AskedFlag A;
    A.Flag = P->last();
    A.Named = *P;
    A.Mention = Mention;
    A.In = &C;
    return A;
  }
  return behindGetter(C, E, [&](Code &Getter, const Expr *Value) { return flag(Getter, Value); });
}

/// What \p Ask finds in the one value that the function returns which the expression calls, in the names of the body.
std::optional<AskedFlag>
SharedState::behindGetter(Code &C, const Expr *E,
                          llvm::function_ref<std::optional<AskedFlag>(Code &, const Expr *)> Ask) {
  const auto *Call = dyn_cast<CallExpr>(E);
  const FunctionDecl *F = Call ? U.visible(Call->getDirectCallee()) : nullptr;
  llvm::SaveAndRestore Deeper(Getters, Getters + 1);
  Code *Getter =
      F && F != C.Fn && Getters < MaxGetters && F->getReturnType()->isIntegralOrEnumerationType() ? U.code(F) : nullptr;
  auto Returns = Getter ? returnsIn(F->getBody()) : llvm::SmallVector<const ReturnStmt *, 4>();
  auto Inner = Returns.size() == 1 ? Ask(*Getter, Returns.front()->getRetValue()) : std::nullopt;
  auto P = Inner ? CallEdge{&C, Call, F}.toCaller(Inner->Named) : std::nullopt;
  if (!P)
    return std::nullopt;
  Inner->Named = *P;
  return Inner;
}

void SharedState::ask(Code &C, const Expr *E, bool Ends, llvm::SmallVectorImpl<AskedFlag> &Out) {
  const Expr *Whole = E;
  E = unwrap(E);
  if (!E || E->isValueDependent())
    return;
  if (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot)
    return ask(C, Not->getSubExpr(), !Ends, Out);
  const auto *B = dyn_cast<BinaryOperator>(E);
  if (B && B->isLogicalOp()) {
    ask(C, B->getLHS(), Ends, Out);
    return ask(C, B->getRHS(), Ends, Out);
  }
  std::optional<AskedFlag> A;
  if (B && B->isComparisonOp()) {
    for (const auto &[Side, Other] : {std::pair(B->getLHS(), B->getRHS()), std::pair(B->getRHS(), B->getLHS())})
      if (!A && !constantInteger(Side, U.Ctx) && (A = flag(C, Side))) {
        A->Compared = constantInteger(Other, U.Ctx);
        A->Equality = B->isEqualityOp() && A->Compared;
        A->EndsWhenEqual = (B->getOpcode() == BO_EQ) == Ends;
      }
  } else if ((A = flag(C, E))) {
    A->Compared = 0;
    A->Equality = true;
    A->EndsWhenEqual = !Ends;
  } else { // `bool keepGoing() const { return !over_; }`
    A = behindGetter(C, E, [&](Code &Getter, const Expr *Value) -> std::optional<AskedFlag> {
      llvm::SmallVector<AskedFlag, 2> Inner;
      ask(Getter, Value, Ends, Inner);
      return Inner.size() == 1 && !Inner.front().Named.Element ? std::optional(Inner.front()) : std::nullopt;
    });
  }
  if (!A)
    return;
  A->Condition = Whole;
  Out.push_back(*A);
}

llvm::SmallVector<AskedFlag, 2> SharedState::asked(Code &C, const Loop &L) {
  llvm::SmallVector<AskedFlag, 2> Out;
  for (const LoopExit &X : L.Exits)
    for (const Guard &G : X.When)
      if (G.Cases.empty() && (!isLoop(G.By) || G.By == L.Statement))
        ask(C, G.Condition, G.Value, Out);
  if (const Expr *Cond = loopCondition(L.Statement))
    ask(C, Cond, false, Out);
  const Expr *Header = unwrap(loopCondition(L.Statement));
  if (const auto *Not = dyn_cast_or_null<UnaryOperator>(Header); Not && Not->getOpcode() == UO_LNot)
    Header = unwrap(Not->getSubExpr());
  llvm::SmallVector<AskedFlag, 2> Once;
  for (const AskedFlag &A : Out)
    if (llvm::none_of(Once, [&](const AskedFlag &X) { return X.Mention == A.Mention; })) {
      Once.push_back(A);
      Once.back().Sole = Header && unwrap(A.Condition) == Header;
    }
  return Once;
}

SharedState::SharedState(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<SharedState>(Unit &);

} // namespace heddle
