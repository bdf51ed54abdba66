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
  if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Value); CE && writtenArgs(CE) == 1)
    Lock = Inner->place(CE->getArg(0));
  else if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(Value))
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
  llvm::ArrayRef<Action> Acts = U.actions(CE->getConstructor(), V->getType()->getAsCXXRecordDecl(), writtenArgs(CE));
  const Action *Takes = nullptr;
  for (const Action &A : Acts)
    if (A.Operation == Op::Acquire || A.Operation == Op::AcquireShared || A.Operation == Op::TryAcquire)
      Takes = &A;
  if (!Takes)
    return;
  readGuardArguments(G, *CE, *Takes, *T);
  if (G.Locks.empty()) {
    Place Self; // an unnamed lock is told apart by its guard
    Self.Root = V;
    G.Locks.push_back(Self);
  }
  if (G.Starts == GuardInfo::Deferred)
    return;
  for (const Place &L : G.Locks) {
    Event &E = add(G.Shared ? Op::AcquireShared : Op::Acquire, CE);
    E.Object = L;
    E.Guard = V;
    E.ObjectRole = lockRole(L);
    E.Model = Takes;
    E.OutcomeTells = G.Starts == GuardInfo::Tried;
  }
  // `MutexLock lock(&mu, Condition(…))`: once it has the lock it waits for more.
  for (const Action &A : Acts)
    if (A.Operation == Op::WaitCondition && A.On.K == Operand::Param && A.On.Index < CE->getNumArgs()) {
      Event &E = add(A.Operation, CE);
      if (auto Pl = C.place(CE->getArg(A.On.Index)))
        E.Object = *Pl;
      E.ObjectRole = U.role(CE->getArg(A.On.Index)->getType());
      E.Model = &A;
    }
}

Role Extractor::lockRole(const Place &Lock) const {
  const ValueDecl *D = Lock.last();
  Role R = D ? U.role(D->getType()) : Role::None;
  return isLock(R) ? R : Role::Mutex;
}

void Extractor::takeOverGuard(const VarDecl *V, GuardInfo &G) {
  const auto *CE = dyn_cast<CXXConstructExpr>(strip(V->getInit()));
  if (CE && CE->getNumArgs() == 1)
    if (auto From = C.place(CE->getArg(0)); From && From->Root && From->Path.empty())
      if (const GuardInfo *Old = C.guard(From->Root)) {
        G.Locks = Old->Locks;
        consume(CE->getArg(0));
      }
  const auto *Call = dyn_cast_or_null<CallExpr>(strip(V->getInit()));
  auto Lock = Call ? lockReturnedBy(Call) : std::nullopt;
  if (!Lock)
    return;
  G.Starts = GuardInfo::Locked;
  G.Locks.push_back(*Lock);
  Event &E = add(G.Shared ? Op::AcquireShared : Op::Acquire, Call);
  E.Object = *Lock;
  E.Guard = V;
  E.ObjectRole = lockRole(*Lock);
  LockingCalls.insert(Call);
}

void Extractor::readGuardArguments(GuardInfo &G, const CXXConstructExpr &CE, const Action &Takes, const TypeModel &T) {
  G.Starts = Takes.Operation == Op::TryAcquire ? GuardInfo::Tried : GuardInfo::Locked;
  // A guard that may give up has a way to tell that it did.
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
    if (auto Pl = C.place(A))
      G.Locks.push_back(*Pl);
  }
}

} // namespace heddle
