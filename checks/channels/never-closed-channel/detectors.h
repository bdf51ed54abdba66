// The detectors of never-closed-channel.
#pragma once

#include "check/Reporter.h"
#include "flow/Unit.h"

namespace heddle {

void forgottenCloses(Code &C, Reporter &R);

} // namespace heddle
