// The detectors of unstopped-timer.
#pragma once

#include "check/Reporter.h"
#include "flow/Code.h"
#include "flow/Unit.h"

namespace heddle {

/// Returns true if the call is given no object whose end drops the handler.
bool isUntied(const Event &E);

/// Returns true if the callable holds a plain pointer to the object of the body, and nothing that keeps it alive.
bool holdsRawThis(Unit &U, const Code &C, const CallableRef &T);

/// Timers and handlers that an object leaves with others.
void leftHandlers(Code &C, Reporter &R);
/// Objects that leave themselves with others.
void leftObjects(Code &C, Reporter &R);
void dyingLocals(Code &C, Reporter &R);
void leakedLocals(Code &C, Reporter &R);
void leakedMembers(Unit &U, Reporter &R);

} // namespace heddle
