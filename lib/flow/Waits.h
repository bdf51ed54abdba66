// What makes a thread wait for another one.
#pragma once

#include "Code.h"

namespace heddle {

/// Returns true if this event makes its thread wait for another: a join, a wait, a future, a channel, a condition, a
/// semaphore.
bool waitsForOthers(const Event &E);
/// Returns true if a call of \p F, following visible callees, may reach such an event.
bool reachesWait(Unit &U, const clang::FunctionDecl *F);

} // namespace heddle
