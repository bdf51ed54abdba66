// The detectors of thread-in-static-init.
#pragma once

#include "check/Reporter.h"
#include "flow/Unit.h"

namespace heddle {

void lazyThreads(Unit &U, Reporter &R);

} // namespace heddle
