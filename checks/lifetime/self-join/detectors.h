// The detectors of self-join.
#pragma once

#include "check/Reporter.h"
#include "flow/ClassFacts.h"

namespace heddle {

/// Returns true if a condition on the way to \p S asks which thread this is.
bool asksForThread(const Code &C, const clang::Stmt *S);

void joiningCallbacks(ClassFacts &F, Unit &U, Reporter &R);

} // namespace heddle
