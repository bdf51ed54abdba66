#include "check/Story.h"
#include "detectors.h"
#include "flow/Guards.h"
#include "flow/Order.h"

using namespace clang;

namespace heddle::lost_wakeup {

namespace {

/// The element that is added or taken between the question and the notification, where the question does not decide
/// over that, too.
const Event *changedSince(Unit &U, const ConditionNotify &N, const ValueDecl *Container, const Stmt *Asked,
                          const Guard &G) {
  auto &O = U.get<Order>();
  for (const Event &E : N.In->Events) {
    if ((E.Kind != Op::Insert && E.Kind != Op::Extract) || !E.Site || !E.Object.valid() ||
        N.In->whole(E.Object).last() != Container)
      continue;
    bool Guarded = llvm::any_of(guards(*N.In, E.Site), [&](const Guard &X) { return X.Condition == G.Condition; });
    if (!Guarded && O.reaches(*N.In, Asked, E.Site) && O.reaches(*N.In, E.Site, N.What->Site))
      return &E;
  }
  return nullptr;
}

/// The member of a container that the expression calls, `q.empty()`, in it or in what the local in it was made from.
struct Question {
  const ValueDecl *Container = nullptr;
  const Stmt *Asked = nullptr;
};
Question question(const Code &C, const Expr *Condition, const ConditionVariable &V) {
  Question Q;
  auto Look = [&](const Expr *In) {
    forEach<CXXMemberCallExpr>(In, Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
      auto P = Call->getMethodDecl() && Call->getMethodDecl()->isConst() ? C.place(Call->getImplicitObjectArgument())
                                                                         : std::nullopt;
      if (P && P->last() && !V.testing(cast<ValueDecl>(P->last()->getCanonicalDecl())).empty() &&
          !C.U.element(P->last()->getType()).isNull())
        Q = {P->last(), Call};
    });
  };
  Look(Condition);
  forEach<DeclRefExpr>(Condition, Walk::NoLambdas, [&](const DeclRefExpr *DR) {
    const auto *Local = dyn_cast<VarDecl>(DR->getDecl());
    if (!Local || !Local->isLocalVarDecl() || !Local->getType()->isBooleanType())
      return;
    if (Local->getInit())
      Look(Local->getInit());
    for (const Use &X : C.U.get<Uses>().in(C, Local))
      if (X.Value)
        Look(X.Value);
  });
  return Q;
}

} // namespace

void reportEdges(Unit &U, const ConditionVariable &V, Reporter &R) {
  if (!U.get<Conditions>().several(V))
    return;
  for (const ConditionNotify &N : V.Notifies)
    for (const Guard &G : N.One &&N.What->Site ? guards(*N.In, N.What->Site) : llvm::SmallVector<Guard, 4>()) {
      Question Q = question(*N.In, G.Condition, V);
      const Event *Change = Q.Container ? changedSince(U, N, Q.Container, Q.Asked, G) : nullptr;
      if (!Change)
        continue;
      bool Added = Change->Kind == Op::Insert;
      R.report(N.What->loc(),
               "'" + V.Of->getNameAsString() + "' is notified only when " + quoted(Q.Container) +
                   (Added
                        ? " was empty; of several waiters the others sleep on beside items that came before the first "
                          "one ran; notify for each item"
                        : " was full; of several waiters the others sleep on beside free places; notify for each "
                          "item that is taken"),
               Story(Q.Asked->getBeginLoc(), "asked here, before the change"));
      break;
    }
}

void reportMixedWaiters(Unit &U, const ConditionVariable &V, Reporter &R) {
  const ConditionWait *First = nullptr, *Other = nullptr;
  bool Many = false;
  auto &T = U.get<Threads>();
  for (const ConditionWait &W : V.Waits) {
    if (W.Timed || W.Tests.empty())
      continue;
    Many |= llvm::any_of(T.on(W.In->Fn), [](const ThreadBody *B) { return B->Of->Many; });
    if (!First)
      First = &W;
    else if (W.Kind != First->Kind && W.In != First->In && W.What->loc() != First->What->loc())
      Other = &W; // not the same wait of another instantiation, in a class that wraps the condition
  }
  if (!Other)
    return;
  // Members of a queue that several threads may call: both look at what it holds.
  auto Offered = [](const ConditionWait &W) {
    const auto *M = dyn_cast<CXXMethodDecl>(W.In->Fn);
    return M && M->getAccess() == AS_public && !M->getParent()->isLambda() ? M->getParent() : nullptr;
  };
  bool Queue = Offered(*First) && Offered(*First) == Offered(*Other) && llvm::any_of(First->Tests, [&](auto *D) {
                 return Other->Tests.contains(D) && !U.element(D->getType()).isNull();
               });
  if (!Many && !Queue)
    return;
  for (const ConditionNotify &N : V.Notifies) {
    if (!N.One)
      continue;
    Story S(First->What->loc(), "some wait here");
    S.then(Other->What->loc(), "others wait here for something else");
    R.report(
        N.What->loc(),
        "one waiter of '" + V.Of->getNameAsString() +
            "' is woken, on which threads wait for different things; the one that is woken may not be the one that "
            "can go on, and the others sleep forever; notify all, or use a condition for each",
        S);
    return;
  }
}

void reportForgotten(Unit &U, const ConditionVariable &V, const ConditionVariable &Other, Reporter &R) {
  auto &All = U.get<Conditions>();
  for (const ConditionWait &W : Other.Waits) {
    if (W.Timed)
      continue;
    bool OnThread = !U.get<Threads>().on(W.In->Fn).empty();
    for (const ValueDecl *D : W.Tests) {
      QualType T = D->getType().getNonReferenceType();
      if (!(T->isBooleanType() || T->isEnumeralType() || U.role(T) == Role::Atomic) || V.testing(D).empty())
        continue;
      bool Woken = false;
      const SharedAccess *Store = nullptr;
      const Event *Wakes = nullptr;
      for (const SharedAccess &X : U.get<SharedState>().of(D)) {
        bool Changes = X.As->is(Use::Stores) || (X.As->is(Use::Mutate) && U.role(T) == Role::Atomic);
        if (!Changes || X.Construction || All.keepsWaiting(W, D, X))
          continue;
        // Nobody else may call members of an object that is being destroyed.
        Woken |= isa<CXXDestructorDecl>(X.In->Fn) && !OnThread;
        Woken |= All.notifies(*X.In, Other);
        for (const CallEdge &Up : U.get<Calls>().callers(X.In->Fn))
          Woken |= All.notifies(*Up.In, Other);
        if (auto Found = Store ? std::nullopt : All.notifiedAfter(*X.In, X.Site, V, {}))
          Store = &X, Wakes = Found->Wakes;
      }
      if (Woken || !Store)
        continue;
      Story S(Wakes->loc(), "'" + V.Of->getNameAsString() + "' is notified here");
      S.then(W.What->loc(), "this waiter tests it as well");
      R.report(Store->As->Site->getBeginLoc(),
               quoted(D) + " also ends waits for '" + Other.Of->getNameAsString() +
                   "', which is never notified after the change; those waiters sleep forever; notify it, too",
               S);
      return;
    }
  }
}

} // namespace heddle::lost_wakeup
