// The ways in which a wake-up is lost, one detector each.
#pragma once

#include "check/Reporter.h"
#include "flow/Conditions.h"

namespace heddle::lost_wakeup {

inline std::string quoted(const clang::ValueDecl *D) { return "'" + D->getNameAsString() + "'"; }

/// A variable that decides over waits is written outside of their lock, and the condition is notified.
void reportUnlockedStores(Unit &U, const ConditionVariable &V, Reporter &R);
/// The same for the request of a stop that a predicate asks a token for.
void reportUnlockedRequests(Unit &U, const ConditionVariable &V, Reporter &R);
/// A wait that nothing, or not its flag, decides between the taking of the lock and the wait, or nothing after it.
void reportBlindWaits(Unit &U, const ConditionVariable &V, Reporter &R);
/// One waiter is woken, and only by the insertion that finds the container empty, or the removal that finds it full.
void reportEdges(Unit &U, const ConditionVariable &V, Reporter &R);
/// One waiter is woken where waiters of several kinds wait.
void reportMixedWaiters(Unit &U, const ConditionVariable &V, Reporter &R);
/// A stop wakes the waiters of one condition, and not those of another that wait for it, too.
void reportForgotten(Unit &U, const ConditionVariable &V, const ConditionVariable &Other, Reporter &R);

} // namespace heddle::lost_wakeup
