// What multiple-closers is made of.
#pragma once

#include "check/Reporter.h"

namespace heddle::multiple_closers {

/// Local channels that one of several tasks closes while the others use it.
void reportLocals(Unit &U, Reporter &R);
/// The same of channels that are members.
void reportMembers(Unit &U, Reporter &R);

} // namespace heddle::multiple_closers
