#include "LockOrder.h"
#include "MakeFacts.h"
#include "Threads.h"
#include "support/Walk.h"

#include "clang/AST/DeclCXX.h"

using namespace clang;

namespace heddle {

/// The variable or member that identifies a lock, or null.
static const ValueDecl *identity(const Place &Lock) {
  const ValueDecl *D = Lock.valid() && !Lock.Element ? Lock.last() : nullptr;
  const auto *V = dyn_cast_or_null<VarDecl>(D);
  return D && (isa<FieldDecl>(D) || (V && V->hasGlobalStorage())) ? D : nullptr;
}

const std::vector<OrderedLocks> &LockOrder::pairs() {
  if (std::exchange(Known, true))
    return Pairs;
  auto &Sections = U.get<CriticalSections>();
  for (Code *C : bodies(U)) {
    // Nobody else has the object yet, or any more.
    if (isa<CXXConstructorDecl, CXXDestructorDecl>(C->Fn))
      continue;
    for (UnderLock &X : Sections.during(*C, Deed::Locks)) {
      const ValueDecl *Held = identity(X.Lock.Lock), *Taken = identity(X.What.Does->Object);
      if (!Held || !Taken || Held == Taken)
        continue;
      auto Holds = [&](Code &In, const Stmt *S) {
        return llvm::any_of(Sections.held(In, S), [&](const HeldLock &H) { return identity(H.Lock) == Taken; });
      };
      bool Again = Holds(*C, X.Entry);
      for (unsigned I = 0; I != X.What.Through.size() && !Again; ++I) {
        const Stmt *Next = I + 1 == X.What.Through.size() ? X.What.Does->Site : X.What.Through[I + 1].Site;
        Again = Holds(*U.code(X.What.Through[I].Callee), Next);
      }
      if (!Again)
        Pairs.push_back({C, std::move(X), Held, Taken});
    }
  }
  return Pairs;
}

bool LockOrder::canMeet(const OrderedLocks &A, const OrderedLocks &B) {
  // A third lock that both hold keeps them apart.
  auto Gates = [&](const OrderedLocks &X) {
    llvm::SmallVector<const ValueDecl *, 2> All;
    for (const HeldLock &H : U.get<CriticalSections>().held(*X.In, X.Second.Entry))
      if (const ValueDecl *D = identity(H.Lock); D && D != X.Held)
        All.push_back(D);
    return All;
  };
  for (const ValueDecl *D : Gates(A))
    if (llvm::is_contained(Gates(B), D))
      return false;
  auto Shared = [](const Event *E) { return E && E->Kind == Op::AcquireShared; };
  // Who only reads does not wait for who only reads.
  bool First = Shared(A.Second.Lock.Taken) && Shared(B.Second.What.Does);
  bool Second = Shared(B.Second.Lock.Taken) && Shared(A.Second.What.Does);
  return !First && !Second;
}

std::vector<std::pair<const OrderedLocks *, const OrderedLocks *>> LockOrder::inversions() {
  std::vector<std::pair<const OrderedLocks *, const OrderedLocks *>> Found;
  const std::vector<OrderedLocks> &All = pairs();
  for (const OrderedLocks &A : All)
    for (const OrderedLocks &B : All) {
      if (A.Held != B.Taken || A.Taken != B.Held || &A > &B)
        continue;
      bool Told = llvm::any_of(Found, [&](const auto &X) {
        return (X.first->Held == A.Held && X.first->Taken == A.Taken) ||
               (X.first->Held == A.Taken && X.first->Taken == A.Held);
      });
      if (!Told && canMeet(A, B))
        Found.emplace_back(&A, &B);
    }
  return Found;
}

/// Returns true if the body asks which of two is less: by address, by a number.
static bool compares(const Code &C) {
  return anyOf<Expr>(C.Fn->getBody(), Walk::NoLambdas, [](const Expr *E) {
    const auto *B = dyn_cast<BinaryOperator>(E);
    const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
    auto Less = [](OverloadedOperatorKind K) {
      return K == OO_Less || K == OO_Greater || K == OO_LessEqual || K == OO_GreaterEqual || K == OO_Call;
    };
    auto Number = [](const Expr *X) { return isa<IntegerLiteral>(X->IgnoreParenImpCasts()); };
    return (B && B->isRelationalOp() && !Number(B->getLHS()) && !Number(B->getRHS()) &&
            B->getLHS()->getType()->isPointerType()) ||
           (O && Less(O->getOperator()));
  });
}

std::optional<CrossedLocks> LockOrder::exchanged(Code &C, const UnderLock &X) {
  auto Taken = X.What.object();
  const Place &Held = X.Lock.Lock;
  if (!Taken || *Taken == Held || Taken->Element || Held.Element || !isa_and_nonnull<FieldDecl>(Held.last()) ||
      Taken->last() != Held.last() || compares(C))
    return std::nullopt;
  struct Entry {
    const CallEdge *By;
    Place First, Second;
  };
  llvm::SmallVector<Entry, 4> Entries;
  for (const CallEdge &Up : U.get<Calls>().callers(C.Fn)) {
    auto First = Up.toCaller(Held), Second = Up.toCaller(*Taken);
    auto Named = [](const std::optional<Place> &P) {
      return P && P->Root && !P->Element && isa<VarDecl>(P->Root) && !isa<ParmVarDecl>(P->Root);
    };
    if (Named(First) && Named(Second))
      Entries.push_back({&Up, *First, *Second});
  }
  auto Body = [&](const Entry &E) { return U.code(E.By->In->Fn); };
  for (const Entry &A : Entries)
    for (const Entry &B : Entries)
      if (A.First == B.Second && A.Second == B.First &&
          U.get<Threads>().meeting({Body(A), A.By->Site, A.First}, {Body(B), B.By->Site, B.Second}))
        return CrossedLocks{X, *A.By, *B.By};
  return std::nullopt;
}

std::vector<CrossedLocks> LockOrder::crossed() {
  std::vector<CrossedLocks> Found;
  for (Code *C : bodies(U))
    for (UnderLock &X : U.get<CriticalSections>().during(*C, Deed::Locks))
      if (auto Crossed = exchanged(*C, X)) {
        Found.push_back(std::move(*Crossed));
        break;
      }
  return Found;
}

LockOrder::LockOrder(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<LockOrder>(Unit &);

} // namespace heddle
