// The locks behind guard variables.
#include "Events.h"

using namespace clang;

namespace heddle {

std::optional<Place> Extractor::lockReturnedBy(const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  const Code *Inner = F ? U.code(F) : nullptr;
  const Stmt *Last = nullptr;
  if (const auto *Body = dyn_cast_or_null<CompoundStmt>(Inner ? Inner->Fn->getBody() : nullptr))
    Last = Body->body_empty() ? nullptr : Body->body_back();
  const auto *Return = dyn_cast_or_null<ReturnStmt>(Last);
  const Expr *Value = Return ? strip(Return->getRetValue()) : nullptr;
  if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Value); CE && CE->getConstructor()->isMoveConstructor())
    Value = strip(CE->getArg(0));
  std::optional<Place> Lock;
  if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Value); CE && writtenArgs(CE) == 1) {
    Lock = Inner->place(CE->getArg(0));
    if (const Action *Takes = Lock ? acquisition(*CE) : nullptr)
      Lock->Path.append(Takes->Part.begin(), Takes->Part.end());
  } else if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(Value))
    if (const GuardInfo *G = Inner->guard(DR->getDecl()); G && G->Starts == GuardInfo::Locked && G->Locks.size() == 1)
      Lock = G->Locks.front();
  if (!Lock)
    return std::nullopt;
  std::optional<Place> Base;
  Place From;
  if (Lock->This) {
    From.This = true;
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call))
      Base = C.place(M->getImplicitObjectArgument());
  } else if (const auto *P = dyn_cast_or_null<ParmVarDecl>(Lock->Root)) {
    From.Root = P;
    if (P->getFunctionScopeIndex() < Call->getNumArgs())
      Base = C.place(Call->getArg(P->getFunctionScopeIndex()));
  } else if (const auto *Global = dyn_cast_or_null<VarDecl>(Lock->Root); Global && Global->hasGlobalStorage())
    return Lock;
  return Base ? std::optional(From.rebase(*Lock, *Base)) : std::nullopt;
}

void Extractor::handleGuard(const VarDecl *V) {
  const TypeModel *T = U.type(V->getType());
  if (!T || !isGuard(T->Plays) || V->getType()->isReferenceType() || V->getType()->isPointerType())
    return;
  GuardInfo &G = C.Guards[V];
  G.Shared = T->Plays == Role::SharedGuard;
  const auto *CE = dyn_cast<CXXConstructExpr>(strip(V->getInit()));
  if (!CE || (CE->getConstructor()->isCopyOrMoveConstructor() && CE->getNumArgs() == 1)) {
    takeOverGuard(V, G);
    return;
  }
  const Action *Takes = acquisition(*CE);
  if (!Takes) {
    G.Starts = GuardInfo::Deferred; // it has no lock yet
    return;
  }
  readGuardArguments(G, *CE, *Takes, *T);
  if (G.Locks.empty()) {
    Place Self; // an unnamed lock is identified by its guard
    Self.Root = V;
    G.Locks.push_back(Self);
  }
  acquire(V, G, *CE, *Takes);
}

const Action *Extractor::acquisition(const CXXConstructExpr &CE) {
  const Action *Takes = nullptr;
  for (const Action &A : U.actions(CE.getConstructor(), CE.getType()->getAsCXXRecordDecl(), writtenArgs(&CE)))
    if (A.Operation == Op::Acquire || A.Operation == Op::AcquireShared || A.Operation == Op::TryAcquire)
      Takes = &A;
  return Takes;
}

Role Extractor::lockRole(const Place &Lock) {
  const ValueDecl *D = Lock.last();
  Role R = D ? U.role(D->getType()) : Role::None;
  return isLock(R) ? R : Role::Mutex;
}

void Extractor::acquire(const VarDecl *Guard, const GuardInfo &Now, const CXXConstructExpr &CE, const Action &Takes) {
  if (Now.Starts == GuardInfo::Deferred)
    return;
  for (const Place &L : Now.Locks) {
    Event &E = add(Now.Shared ? Op::AcquireShared : Op::Acquire, &CE);
    E.Object = L;
    E.Guard = Guard;
    E.ObjectRole = lockRole(L);
    E.Model = &Takes;
    E.OutcomeTells = Now.Starts == GuardInfo::Tried;
  }
  // `MutexLock lock(&mu, Condition(…))`: once it has the lock it waits for more.
  for (const Action &A : U.actions(CE.getConstructor(), CE.getType()->getAsCXXRecordDecl(), writtenArgs(&CE)))
    if (A.Operation == Op::WaitCondition && A.On.K == Operand::Param && A.On.Index < CE.getNumArgs()) {
      Event &E = add(A.Operation, &CE);
      if (auto Pl = C.place(CE.getArg(A.On.Index)))
        E.Object = *Pl;
      E.ObjectRole = U.role(CE.getArg(A.On.Index)->getType());
      E.Model = &A;
      addPredicates(&CE, llvm::ArrayRef(CE.getArgs(), CE.getNumArgs()));
    }
}

void Extractor::takeOverGuard(const VarDecl *V, GuardInfo &G) {
  const auto *CE = dyn_cast<CXXConstructExpr>(strip(V->getInit()));
  if (CE && CE->getNumArgs() == 1)
    if (const VarDecl *From = guardVariable(CE->getArg(0))) {
      G.Locks = lockedBy(From);
      consume(CE->getArg(0));
    }
  const auto *Call = dyn_cast_or_null<CallExpr>(strip(V->getInit()));
  if (auto Lock = Call ? lockReturnedBy(Call) : std::nullopt) {
    G.Starts = GuardInfo::Locked;
    G.Locks.push_back(*Lock);
    acquireByCall(V, *Lock, G.Shared, Call);
  }
}

void Extractor::acquireByCall(const VarDecl *Guard, const Place &Lock, bool Shared, const CallExpr *Call) {
  Event &E = add(Shared ? Op::AcquireShared : Op::Acquire, Call);
  E.Object = Lock;
  E.Guard = Guard;
  E.ObjectRole = lockRole(Lock);
  LockingCalls.insert(Call);
}

// ---- guards that change what they stand for ----

llvm::SmallVector<Place, 2> Extractor::lockedBy(const VarDecl *Guard) const {
  auto It = Current.find(Guard);
  if (It != Current.end())
    return It->second;
  const GuardInfo *G = C.guard(Guard);
  return G ? G->Locks : llvm::SmallVector<Place, 2>();
}

void Extractor::rebind(const VarDecl *Guard, llvm::ArrayRef<Place> Locks) {
  llvm::SmallVector<Place, 2> &All = C.Guards[Guard].Locks;
  for (const Place &L : Locks)
    if (!llvm::is_contained(All, L))
      All.push_back(L);
  Current[Guard].assign(Locks.begin(), Locks.end());
}

const VarDecl *Extractor::guardVariable(const Expr *E) const {
  auto P = isGuard(U.role(E->getType())) ? C.place(E) : std::nullopt;
  const auto *V = P && P->Path.empty() && !P->Element ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
  return V && C.guard(V) ? V : nullptr;
}

void Extractor::handOnLocks(const Expr *Site, const VarDecl *From, const VarDecl *To) {
  llvm::SmallVector<Place, 2> Locks = lockedBy(From);
  for (const Place &L : Locks) {
    Event &E = add(Op::Move, Site);
    E.Object = L;
    E.Guard = From;
    E.To = To;
  }
  rebind(From, {});
  if (To)
    rebind(To, Locks);
}

void Extractor::giveBackLocks(const Expr *Site, const VarDecl *Guard, llvm::ArrayRef<Place> Kept) {
  for (const Place &L : lockedBy(Guard))
    if (!llvm::is_contained(Kept, L)) {
      Event &E = add(Op::Release, Site);
      E.Object = L;
      E.Guard = Guard;
      E.ObjectRole = lockRole(L);
    }
}

void Extractor::assignGuard(const Expr *Site, const VarDecl *Guard, const Expr *Value) {
  const TypeModel *T = U.type(Guard->getType());
  GuardInfo Now;
  Now.Shared = T && T->Plays == Role::SharedGuard;
  bool Known = true;
  const Expr *From = uncopied(Value);
  if (const VarDecl *Other = guardVariable(From)) {
    Now.Locks = lockedBy(Other); // the move itself shows that it has them
  } else if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(From)) {
    const Action *Takes = acquisition(*CE);
    if (Takes && T) {
      readGuardArguments(Now, *CE, *Takes, *T);
      acquire(Guard, Now, *CE, *Takes);
    }
  } else if (const auto *Call = dyn_cast_or_null<CallExpr>(From)) {
    auto Lock = lockReturnedBy(Call);
    if (Lock) {
      Now.Locks.push_back(*Lock);
      acquireByCall(Guard, *Lock, Now.Shared, Call);
    }
    Known = Lock.has_value();
  }
  giveBackLocks(Site, Guard, Now.Locks);
  if (!Known) { // it may have one of those again
    llvm::SmallVector<Place, 2> Had = lockedBy(Guard);
    handOnLocks(Site, Guard, nullptr);
    Now.Locks = Had;
  }
  rebind(Guard, Now.Locks);
}

void Extractor::swapGuards(const Expr *Site, const Expr *A, const Expr *B) {
  const VarDecl *Left = guardVariable(A), *Right = guardVariable(B);
  if (!Left) {
    std::swap(Left, Right);
    std::swap(A, B);
  }
  if (!Left)
    return;
  if (Right) {
    llvm::SmallVector<Place, 2> Ours = lockedBy(Left), Theirs = lockedBy(Right);
    handOnLocks(Site, Left, Right);
    rebind(Right, Theirs);
    handOnLocks(Site, Right, Left);
    rebind(Right, Ours);
  } else if (isa_and_nonnull<CXXConstructExpr, InitListExpr>(uncopied(B)))
    assignGuard(Site, Left, B); // the temporary dies with what the guard had
  else
    handOnLocks(Site, Left, nullptr);
}

bool Extractor::exchangesGuards(const Expr *Site, const FunctionDecl *F, const Expr *Obj,
                                llvm::ArrayRef<const Expr *> Args) {
  auto IsGuard = [&](const Expr *E) { return isGuard(U.role(E->getType())); };
  if (isa<CXXConstructorDecl>(F) || F->isOverloadedOperator() || Args.size() != (Obj ? 1 : 2) ||
      !llvm::all_of(Args, IsGuard) || (Obj && !IsGuard(Obj)) || U.visible(F))
    return false;
  // `std::lock(a, b)`
  if (llvm::any_of(U.actions(F, nullptr, Args.size()), [](const Action &A) { return A.On.K == Operand::AllParams; }))
    return false;
  const Expr *A = Obj ? Obj : Args[0], *B = Args.back();
  const VarDecl *Guard = guardVariable(A);
  if (F->getReturnType()->isVoidType()) {
    if (!Guard && !guardVariable(B))
      return false;
    swapGuards(Site, A, B);
  } else if (Guard && !Obj && isGuard(U.role(F->getReturnType()))) { // the result has what the guard had
    const VarDecl *To = C.destinationVar(Site);
    const Expr *Value = Site;
    if (const Stmt *User = C.user(Value); User && !isa<CompoundStmt>(User))
      handOnLocks(Site, Guard, C.guard(To) ? To : nullptr);
    assignGuard(Site, Guard, B);
  } else
    return false;
  consume(A);
  consume(B);
  return true;
}

void Extractor::readGuardArguments(GuardInfo &G, const CXXConstructExpr &CE, const Action &Takes, const TypeModel &T) {
  G.Starts = Takes.Operation == Op::TryAcquire ? GuardInfo::Tried : GuardInfo::Locked;
  // A guard that may give up can report that it did.
  bool CanFail = llvm::any_of(T.Members, [](const FunctionModel &M) {
    return llvm::any_of(M.Actions, [](const Action &A) { return A.Operation == Op::Test; });
  });
  for (unsigned I = 0; I != CE.getNumArgs(); ++I) {
    const Expr *A = CE.getArg(I);
    if (isa<CXXDefaultArgExpr>(A))
      continue;
    switch (U.role(A->getType())) {
    case Role::DeferTag:
      G.Starts = GuardInfo::Deferred;
      continue;
    case Role::AdoptTag:
      G.Starts = GuardInfo::Locked;
      continue;
    case Role::TryTag:
      G.Starts = GuardInfo::Tried;
      continue;
    default:
      break;
    }
    bool Named = Takes.On.K == Operand::AllParams ? isLock(U.role(A->getType()))
                                                  : Takes.On.K == Operand::Param && Takes.On.Index == I;
    if (I > 0 && Takes.On.K != Operand::AllParams && !Named) {
      if (CanFail && A->getType()->isRecordType())
        G.Starts = G.Starts == GuardInfo::Locked ? GuardInfo::Tried : G.Starts; // a duration: it may give up
      continue;
    }
    if (!Named)
      continue;
    consume(A);
    if (auto Pl = C.place(A)) {
      Pl->Path.append(Takes.Part.begin(), Takes.Part.end());
      G.Locks.push_back(*Pl);
    }
  }
}

} // namespace heddle
