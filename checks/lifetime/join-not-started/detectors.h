// The detectors of join-not-started.
#pragma once

#include "check/Reporter.h"
#include "flow/Unit.h"

namespace heddle {

void unstartedMembers(Unit &U, Reporter &R);
void unstartedElements(Unit &U, Reporter &R);

} // namespace heddle
