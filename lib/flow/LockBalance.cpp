#include "LockBalance.h"
#include "EventIndex.h"
#include "Guards.h"
#include "Mentions.h"
#include "Order.h"
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

static bool takesByHand(const Event &E) {
  return (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared) && !E.Guard && isLock(E.ObjectRole) &&
         E.Object.valid() && !E.Object.Element && isa_and_nonnull<CallExpr>(E.Site);
}

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

bool LockBalance::releasedElsewhere(const ValueDecl *Lock) {
  llvm::ArrayRef<IndexedEvent> All = U.get<EventIndex>().about(Lock);
  return llvm::any_of(All, [&](const IndexedEvent &X) {
    return X.What->Kind == Op::Release && llvm::none_of(All, [&](const IndexedEvent &Y) {
             return Y.In == X.In && (Y.What->Kind == Op::Acquire || Y.What->Kind == Op::AcquireShared ||
                                     Y.What->Kind == Op::TryAcquire);
           });
  });
}

std::vector<HeldExit> LockBalance::heldAtExit(Code &C) {
  std::vector<HeldExit> Found;
  const auto *Body = dyn_cast_or_null<CompoundStmt>(C.Fn->getBody());
  const Stmt *Last = Body && !Body->body_empty() ? Body->body_back() : nullptr;
  for (const Event &E : C.Events) {
    if (!takesByHand(E) || llvm::any_of(Found, [&](const HeldExit &X) { return X.Lock == E.Object; }))
      continue;
    const Event *Released = nullptr;
    for (const Event &X : C.Events)
      if (X.Kind == Op::Release && !X.Guard && X.Object == E.Object)
        Released = &X;
    // A lockable class releases itself elsewhere.
    if (!Released || !E.Object.last() || releasedElsewhere(E.Object.last()))
      continue;
    std::vector<Exit> Exits = Holding.exits(C.Fn, E.Object);
    bool EndsHeld =
        llvm::any_of(Exits, [&](const Exit &X) { return X.State != "free" && !X.Throws && (!X.By || X.By == Last); });
    bool Frees = llvm::any_of(Exits, [](const Exit &X) { return X.State == "free" && !X.Throws; });
    if (EndsHeld || !Frees)
      continue;
    // The last acquisition from which it is reached.
    auto TakenBefore = [&](const Stmt *S) {
      const Event *Taken = nullptr;
      for (const Event &A : C.Events)
        if (takesByHand(A) && A.Object == E.Object && U.get<Order>().reaches(C, A.Site, S))
          Taken = &A;
      return Taken;
    };
    auto Early = llvm::find_if(Exits, [&](const Exit &X) {
      return X.State == "held" && !X.Throws && X.By && TakenBefore(X.By) && !isFailure(C, *TakenBefore(X.By), X.By);
    });
    if (Early != Exits.end()) {
      Found.push_back({E.Object, TakenBefore(Early->By), Early->By, false, Released->Site});
      continue;
    }
    const auto *Throw = findFirst<CXXThrowExpr>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const CXXThrowExpr *T) {
      return !C.enclosingTry(T) && !isFailure(C, E, T) &&
             llvm::any_of(U.get<CriticalSections>().held(C, T),
                          [&](const HeldLock &H) { return H.Lock == E.Object && H.Taken && !H.Taken->Guard; });
    });
    if (Throw)
      Found.push_back({E.Object, TakenBefore(Throw), Throw, true, Released->Site});
  }
  return Found;
}

static bool byHand(const Code &C, const Stmt *Site) {
  return llvm::any_of(C.at(Site), [&](unsigned I) { return C.Events[I].Kind == Op::Release && !C.Events[I].Guard; });
}

std::vector<ReleasedTwice> LockBalance::releasedTwice(Code &C) {
  std::vector<ReleasedTwice> Found;
  bool Releases = llvm::any_of(C.Events, [](const Event &E) { return E.Kind == Op::Release && isLock(E.ObjectRole); });
  if (Releases)
    for (Finding &F : Releasing.run(C.Fn))
      // The edges of exceptions do not show what guards release.
      if (!F.Object.Element && isa_and_nonnull<CallExpr>(F.Site) && byHand(C, F.Site))
        Found.push_back({F.Object, F.Loc, std::move(F.Story)});
  return Found;
}

} // namespace heddle
