#include "LockBalance.h"
#include "EventIndex.h"
#include "Guards.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"
#include "Throws.h"
#include "Unwrap.h"
#include "Uses.h"
#include "support/Walk.h"

#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace heddle {

namespace {

const Automaton Held = {
    .Tracks = {Role::Mutex, Role::SharedMutex, Role::RecursiveMutex},
    .Start = "free",
    .AtEntry = "free",
    .Rows =
        {
            {"free", Op::Acquire, "held"},
            {"free", Op::AcquireShared, "held"},
            {"free", Op::TryAcquire, "held"},
            {"held", Op::Release, "free"},
            {"held", Op::Dissociate, "gone"},
            {"held", Op::Move, "gone"},
        },
    .Escape = OnEscape::Forget,
};

const Automaton Twice = {
    .Tracks = {Role::Mutex, Role::SharedMutex},
    .Start = "unknown",
    .AtEntry = "unknown",
    .Rows =
        {
            {"*", Op::Acquire, "held"},
            {"*", Op::AcquireShared, "held"},
            {"*", Op::TryAcquire, "held"},
            {"held", Op::Release, "released", {}, "'%0' is released here"},
            {"released", Op::Release, "error", "twice"},
            {"*", Op::Dissociate, "gone"},
            {"*", Op::Move, "gone"},
        },
    .Escape = OnEscape::Forget,
};

} // namespace

LockBalance::LockBalance(Unit &U) : U(U), Holding(U, Held), Releasing(U, Twice) {}

namespace {

/// Where a body takes or releases a lock without a guard: itself, or by a function that does nothing else with it,
/// `void enter(Store *s) { pthread_mutex_lock(&s->lock); }`.
struct ByHand {
  Place Lock;
  const Event *What = nullptr;      ///< in the body
  const FunctionDecl *In = nullptr; ///< the function; null where the body does it itself
};

bool takesByHand(const Event &E) {
  return (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared) && !E.Guard && isLock(E.ObjectRole) &&
         E.Object.valid() && !E.Object.Element && isa_and_nonnull<CallExpr>(E.Site);
}

bool releasesByHand(const Event &E) {
  return E.Kind == Op::Release && !E.Guard && E.Object.valid() && !E.Object.Element;
}

/// What a body does to locks; of a callee, what is its only such operation.
llvm::SmallVector<ByHand, 4> byHand(Code &C, llvm::function_ref<bool(const Event &)> Does) {
  llvm::SmallVector<ByHand, 4> All;
  for (const Event &E : C.Events) {
    if (Does(E)) {
      All.push_back({E.Object, &E, nullptr});
      continue;
    }
    const auto *Call = E.Kind == Op::Call ? dyn_cast_or_null<CallExpr>(E.Site) : nullptr;
    const FunctionDecl *F = Call ? C.U.visible(E.Callee) : nullptr;
    Code *Inner = F && F != C.Fn && F->getReturnType()->isVoidType() ? C.U.code(F) : nullptr;
    const Event *Only = nullptr;
    bool One = Inner != nullptr;
    for (const Event &X : Inner ? llvm::ArrayRef(Inner->Events) : llvm::ArrayRef<Event>())
      if (isLock(X.ObjectRole)) {
        One &= !Only;
        Only = &X;
      }
    if (!One || !Only || !Does(*Only) || !C.U.get<Order>().onEveryPath(*Inner, Only->Site))
      continue;
    if (auto Lock = CallEdge{&C, Call, F}.toCaller(Only->Object); Lock && !Lock->Element)
      All.push_back({*Lock, &E, F});
  }
  return All;
}

} // namespace

/// Returns true if the exit is taken because the lock could not be acquired: `if (pthread_mutex_lock(&m)) return;`.
static bool isFailure(Code &C, const Event &Taken, const Stmt *Exit) {
  auto Result = [&](const Stmt *S) {
    if (S == Taken.Site)
      return true;
    const auto *DR = dyn_cast<DeclRefExpr>(S);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    return V && (unwrap(V->getInit()) == Taken.Site || llvm::any_of(C.U.get<Uses>().in(C, V), [&](const Use &X) {
                   return X.Value && unwrap(X.Value) == Taken.Site;
                 }));
  };
  return llvm::any_of(guards(C, Exit), [&](const Guard &G) { return mentions(G.Condition, Result); });
}

bool LockBalance::releasedElsewhere(const ValueDecl *Lock, const FunctionDecl *But) {
  for (const CallEdge &Up : But ? U.get<Calls>().callers(But) : llvm::ArrayRef<CallEdge>()) {
    Code *Caller = U.code(Up.In->Fn);
    if (Caller && llvm::none_of(byHand(*Caller, takesByHand), [&](const ByHand &X) { return X.Lock.last() == Lock; }))
      return true;
  }
  auto OfGuard = [&](const Code &C) {
    const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
    const TypeModel *T = M ? U.inferred(M->getParent()) : nullptr;
    return T && isGuard(T->Plays);
  };
  llvm::ArrayRef<IndexedEvent> All = U.get<EventIndex>().about(Lock);
  return llvm::any_of(All, [&](const IndexedEvent &X) {
    return X.What->Kind == Op::Release && X.In->Fn != But && !OfGuard(*X.In) &&
           llvm::none_of(All, [&](const IndexedEvent &Y) {
             return Y.In == X.In && (Y.What->Kind == Op::Acquire || Y.What->Kind == Op::AcquireShared ||
                                     Y.What->Kind == Op::TryAcquire);
           });
  });
}

std::vector<HeldExit> LockBalance::heldAtExit(Code &C) {
  std::vector<HeldExit> Found;
  const auto *Body = dyn_cast_or_null<CompoundStmt>(C.Fn->getBody());
  const Stmt *Last = Body && !Body->body_empty() ? Body->body_back() : nullptr;
  llvm::SmallVector<ByHand, 4> Takes = byHand(C, takesByHand), Releases;
  if (!Takes.empty())
    Releases = byHand(C, releasesByHand);
  for (const ByHand &E : Takes) {
    if (llvm::any_of(Found, [&](const HeldExit &X) { return X.Lock == E.Lock; }))
      continue;
    const ByHand *Released = nullptr;
    for (const ByHand &X : Releases)
      if (X.Lock == E.Lock && (X.In != nullptr) == (E.In != nullptr))
        Released = &X;
    // A lockable class releases itself elsewhere.
    if (!Released || !E.Lock.last() || releasedElsewhere(E.Lock.last(), Released->In))
      continue;
    // The body is entered with it: what it releases first it has not acquired.
    auto Acquired = [&](const ByHand &X) {
      return X.Lock == E.Lock && llvm::any_of(Takes, [&](const ByHand &A) {
               return A.Lock == X.Lock && U.get<Order>().dominates(C, A.What->Site, X.What->Site);
             });
    };
    if (llvm::any_of(Releases, [&](const ByHand &X) { return X.Lock == E.Lock && !Acquired(X); }))
      continue;
    std::vector<Exit> Exits = Holding.exits(C.Fn, E.Lock);
    bool EndsHeld =
        llvm::any_of(Exits, [&](const Exit &X) { return X.State != "free" && !X.Throws && (!X.By || X.By == Last); });
    bool Frees = llvm::any_of(Exits, [](const Exit &X) { return X.State == "free" && !X.Throws; });
    if (EndsHeld || !Frees)
      continue;
    // The last acquisition from which it is reached.
    auto TakenBefore = [&](const Stmt *S) {
      const Event *Taken = nullptr;
      for (const ByHand &A : Takes)
        if (A.Lock == E.Lock && U.get<Order>().reaches(C, A.What->Site, S))
          Taken = A.What;
      return Taken;
    };
    auto Early = llvm::find_if(Exits, [&](const Exit &X) {
      return X.State == "held" && !X.Throws && X.By && TakenBefore(X.By) && !isFailure(C, *TakenBefore(X.By), X.By);
    });
    if (Early != Exits.end()) {
      Found.push_back({E.Lock, TakenBefore(Early->By), Early->By, false, Released->What->Site});
      continue;
    }
    auto HoldsAt = [&](const Expr *S) {
      return TakenBefore(S) && !isFailure(C, *E.What, S) &&
             llvm::any_of(U.get<CriticalSections>().held(C, S), [&](const HeldLock &H) {
               return H.Lock == E.Lock && (H.Taken ? !H.Taken->Guard : E.In != nullptr);
             });
    };
    const auto *Throw = findFirst<Expr>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const Expr *S) {
      return isa<CXXThrowExpr, CallExpr, CXXConstructExpr>(S) && HoldsAt(S) && U.throws().leavingBy(C, S).has_value();
    });
    if (Throw)
      Found.push_back({E.Lock, TakenBefore(Throw), Throw, true, Released->What->Site});
  }
  return Found;
}

static bool releasesHere(const Code &C, const Stmt *Site) {
  return llvm::any_of(C.at(Site), [&](unsigned I) { return C.Events[I].Kind == Op::Release && !C.Events[I].Guard; });
}

std::vector<ReleasedTwice> LockBalance::releasedTwice(Code &C) {
  std::vector<ReleasedTwice> Found;
  bool Releases = llvm::any_of(C.Events, [](const Event &E) { return E.Kind == Op::Release && isLock(E.ObjectRole); });
  if (Releases)
    for (Finding &F : Releasing.run(C.Fn))
      // The edges of exceptions do not show what guards release.
      if (!F.Object.Element && isa_and_nonnull<CallExpr>(F.Site) && releasesHere(C, F.Site))
        Found.push_back({F.Object, F.Loc, std::move(F.Story)});
  return Found;
}

std::vector<const Event *> LockBalance::abandoned(Code &C) {
  auto IsUnlocked = [&](const Event &E) {
    return llvm::any_of(C.Events, [&](const Event &X) {
      return X.Kind == Op::Release && X.Object == E.Object && U.get<Order>().reaches(C, E.Site, X.Site);
    });
  };
  std::vector<const Event *> Found;
  for (const Event &E : C.Events) {
    const auto *Call = E.Kind == Op::Dissociate ? dyn_cast_or_null<CXXMemberCallExpr>(E.Site) : nullptr;
    const Expr *Result = Call;
    if (!Call || Call->getType()->isVoidType() || !E.Object.last() || E.Object.Element ||
        isa_and_nonnull<Expr, DeclStmt, ReturnStmt>(C.user(Result)))
      continue;
    bool Held = llvm::any_of(U.get<CriticalSections>().held(C, Call),
                             [&](const HeldLock &H) { return H.Lock == E.Object && H.Taken; });
    if (Held && !IsUnlocked(E) && !releasedElsewhere(E.Object.last()))
      Found.push_back(&E);
  }
  return Found;
}

template std::shared_ptr<void> makeFacts<LockBalance>(Unit &);

} // namespace heddle
