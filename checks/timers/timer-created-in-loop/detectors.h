// The detectors of timer-created-in-loop.
#pragma once

#include "check/Reporter.h"
#include "flow/Unit.h"

namespace heddle {

void supersededTimers(Code &C, Reporter &R);

} // namespace heddle
