// The detectors of unstopped-timer.
#pragma once

#include "check/Reporter.h"
#include "flow/Code.h"
#include "flow/Unit.h"

namespace heddle {

/// Returns true if the call is given no object whose end drops the handler.
bool isUntied(const Event &E);

void dyingLocals(Code &C, Reporter &R);
void leakedLocals(Code &C, Reporter &R);
void leakedMembers(Unit &U, Reporter &R);

} // namespace heddle
