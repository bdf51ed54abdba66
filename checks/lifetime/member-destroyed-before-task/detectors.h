// The detectors of member-destroyed-before-task.
#pragma once

#include "check/Reporter.h"
#include "flow/ClassFacts.h"

namespace heddle {

/// The task of a base that runs members of the derived class, which are gone when the base waits for it.
void derivedParts(Unit &U, ClassFacts &Derived, Reporter &R);

} // namespace heddle
