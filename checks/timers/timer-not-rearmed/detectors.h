// The detectors of timer-not-rearmed.
#pragma once

#include "check/Reporter.h"
#include "flow/TimerUse.h"

namespace heddle {

/// Idle timeouts of objects that no message puts off.
void idleMembers(Unit &U, Reporter &R);
/// Loops that move their idle deadline only when it has passed.
void idleLoops(Code &C, Reporter &R);

} // namespace heddle
