// The detectors of loop-affinity.
#pragma once

#include "check/Reporter.h"
#include "flow/Unit.h"

namespace heddle {

/// Handlers that use what handlers on a strand use, and do not run on it.
void strandHandlers(Unit &U, Reporter &R);
void movedObjects(Unit &U, Reporter &R);

} // namespace heddle
