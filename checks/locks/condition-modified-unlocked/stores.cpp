#include "check/Story.h"
#include "detectors.h"
#include "flow/AtomicUse.h"
#include "flow/LockBalance.h"
#include "flow/Order.h"

using namespace clang;

namespace heddle::lost_wakeup {

namespace {

/// The access gives the variable another value: of a container, it adds an element.
bool changes(const SharedAccess &X) {
  if (X.As->is(Use::Stores))
    return true;
  if (!X.As->is(Use::Mutate) || !X.As->Site)
    return false;
  Unit &U = X.In->U;
  const auto *M = dyn_cast_or_null<Expr>(X.As->Mention);
  if (M && U.role(M->getType()) == Role::Atomic)
    return true;
  const Stmt *Call = X.As->Site;
  if (isa<MemberExpr>(Call))
    Call = X.In->parent(Call);
  return Call && llvm::any_of(X.In->at(Call), [&](unsigned I) { return X.In->Events[I].Kind == Op::Insert; });
}

/// Members of two classes.
bool isOfAnotherClass(const ValueDecl *D, const ValueDecl *Other) {
  const auto *F = dyn_cast<FieldDecl>(D), *G = dyn_cast<FieldDecl>(Other);
  return F && G && F->getParent() != G->getParent();
}

/// A truth value with which all waiters wait on: nobody misses the notification for it.
bool keepsAllWaiting(const ConditionVariable &V, const ValueDecl *D, const SharedAccess &X) {
  return llvm::all_of(V.testing(D),
                      [&](const ConditionWait *W) { return X.In->U.get<Conditions>().keepsWaiting(*W, D, X); });
}

/// Another flag that ends the same waits was set before, with the mutex held.
bool followsLocked(const ConditionVariable &V, const SharedAccess &X, llvm::ArrayRef<const ValueDecl *> Tested,
                   llvm::ArrayRef<const ValueDecl *> Locks) {
  Unit &U = X.In->U;
  return llvm::any_of(Tested, [&](const ValueDecl *Other) {
    return llvm::any_of(U.get<SharedState>().of(Other), [&](const SharedAccess &Y) {
      return Y.In == X.In && Y.As != X.As && U.get<AtomicUse>().stored(Y) && SharedState::commonLock(Y.Locks, Locks) &&
             !keepsAllWaiting(V, Other, Y) && U.get<Order>().reaches(*X.In, Y.Site, X.Site);
    });
  });
}

} // namespace

void reportUnlockedStores(Unit &U, const ConditionVariable &V, Reporter &R) {
  auto &State = U.get<SharedState>();
  auto &T = U.get<Threads>();
  llvm::SmallPtrSet<const Code *, 4> Told; // one report for each function
  llvm::SmallSetVector<const ValueDecl *, 8> Tested;
  for (const ConditionWait &W : V.Waits)
    Tested.insert(W.Tests.begin(), W.Tests.end());
  for (const ValueDecl *D : Tested) {
    const ConditionWait *Waits = nullptr;
    llvm::SmallVector<const ValueDecl *, 2> Locks;
    for (const ConditionWait *W : V.testing(D)) {
      llvm::append_range(Locks, W->Locks);
      // A pointer that is set anew may lead to any lock.
      if (!W->Locks.empty() && W->In->isModified(W->Locks.front()))
        continue;
      if (!W->Short && !W->Locks.empty() && (!Waits || (Waits->Timed && !W->Timed)))
        Waits = W;
    }
    if (!Waits)
      continue;
    // Callers may hold a lock that they acquire and release by calls: lock(), add(), unlock().
    bool ByCalls = U.get<LockBalance>().releasedElsewhere(Waits->Locks.front());
    for (const SharedAccess &X : State.of(D)) {
      if (X.Construction || X.Ordered || X.As->Of == Use::Behind || !changes(X) ||
          SharedState::commonLock(X.Locks, Locks) || keepsAllWaiting(V, D, X) || T.beforeStart(*X.In, X.Site) ||
          T.afterEnd(*X.In, X.Site) || (ByCalls && !isa<CXXDestructorDecl>(X.In->Fn)))
        continue;
      auto Found = U.get<Conditions>().notifiedAfter(*X.In, X.Site, V, Locks);
      if (!Found || followsLocked(V, X, Tested.getArrayRef(), Locks) || !Told.insert(X.In).second)
        continue;
      const ValueDecl *Lock = Waits->Locks.front();
      Story S(Waits->What->loc(), "the waiter tests it under " + quoted(Lock) + " and waits here");
      // A class that knows nothing of the waiters cannot take their lock.
      bool ByCaller = Found->In != X.In && isOfAnotherClass(D, V.Of);
      if (ByCaller)
        S.then(X.As->Site->getBeginLoc(), "it is changed here");
      S.then(Found->Wakes->loc(), "it is notified here");
      R.report(ByCaller ? Found->Change->getBeginLoc() : X.As->Site->getBeginLoc(),
               quoted(D) + " is changed without " + quoted(Lock) + " before '" + V.Of->getNameAsString() +
                   "' is notified; a waiter that has just tested it misses the notification and " +
                   (Waits->Timed ? "sleeps until its timeout" : "may sleep forever") +
                   " (a lost wake-up); change it with the mutex held",
               S);
    }
  }
}

void reportUnlockedRequests(Unit &U, const ConditionVariable &V, Reporter &R) {
  const auto *Member = dyn_cast<FieldDecl>(V.Of);
  auto Wait = llvm::find_if(V.Waits, [](const ConditionWait &W) { return W.AsksStop && !W.Short && !W.Locks.empty(); });
  if (!Member || Wait == V.Waits.end())
    return;
  for (Code *C : bodies(U)) {
    const auto *M = dyn_cast<CXXMethodDecl>(C->Fn);
    if (!M || M->getParent() != Member->getParent())
      continue;
    for (const Event &E : C->Events) {
      if (!does(U, E, Effect::Cancels) || !E.Site ||
          SharedState::commonLock(U.get<SharedState>().locks(*C, E.Site), Wait->Locks))
        continue;
      auto Found = U.get<Conditions>().notifiedAfter(*C, E.Site, V, Wait->Locks);
      if (!Found)
        continue;
      Story S(Wait->What->loc(), "the waiter asks its token under " + quoted(Wait->Locks.front()) + " and waits here");
      S.then(Found->Wakes->loc(), "it is notified here");
      R.report(E.loc(),
               "the stop is requested without " + quoted(Wait->Locks.front()) + " before '" + V.Of->getNameAsString() +
                   "' is notified; a waiter that has just asked its token misses the notification and may sleep "
                   "forever (a lost wake-up); request it with the mutex held, or wait with the token",
               S);
      break;
    }
  }
}

} // namespace heddle::lost_wakeup
