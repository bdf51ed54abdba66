// A condition on the waiter's stack is notified after the waiter may have gone on.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Conditions.h"
#include "flow/Order.h"

using namespace clang;

namespace heddle {
namespace {

/// The change under the lock that lets the waiter go before the notification comes.
const SharedAccess *releases(Unit &U, const ConditionVariable &V, const ConditionNotify &N) {
  auto &State = U.get<SharedState>();
  auto Held = State.locks(*N.In, N.What->Site);
  for (const ConditionWait &W : V.Waits) {
    if (SharedState::commonLock(Held, W.Locks) || State.ordered(*N.In, N.What->Site))
      return nullptr;
    for (const ValueDecl *D : W.Tests)
      for (const SharedAccess &X : State.of(D))
        if (X.In == N.In && X.As->is(Use::Stores) && SharedState::commonLock(X.Locks, W.Locks) &&
            U.get<Order>().reaches(*N.In, X.Site, N.What->Site))
          return &X;
  }
  return nullptr;
}

const UnitCheck Check(
    {.Name = "notify-after-last-owner",
     .Family = "locks",
     .Level = Tier::Bug,
     .Summary = "Finds conditions on a waiter's stack that are notified after the waiter may have gone on.",
     .Rows = "-",
     .Preview = true},
    [](Unit &U, Reporter &R) {
      auto &All = U.get<Conditions>();
      for (const ConditionVariable &V : All.all()) {
        auto Dies = All.shortLived(V);
        for (const ConditionNotify &N : Dies ? V.Notifies : std::vector<ConditionNotify>()) {
          const SharedAccess *Change = releases(U, V, N);
          if (!Change)
            continue;
          Story S(Change->As->Site->getBeginLoc(), "from here on the waiter may go on");
          S.then(Dies->Wait->getBeginLoc(), "it waits here, for a local that dies soon after");
          R.report(
              N.What->loc(),
              "'" + V.Of->getNameAsString() +
                  "' is notified after its mutex was released; the waiter may have seen the change and destroyed "
                  "it by then (use after free); notify while the mutex is held",
              S);
        }
      }
    });

} // namespace
} // namespace heddle
