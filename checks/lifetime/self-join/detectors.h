// The detectors of self-join.
#pragma once

#include "check/Reporter.h"
#include "flow/ClassFacts.h"

namespace heddle {

/// Where the end of an object waits for a task of it; invalid if it does not, or asks on which thread it is.
clang::SourceLocation joinAtEnd(ClassFacts &F, Unit &U, const ClassTask &T);

void joiningCallbacks(ClassFacts &F, Unit &U, Reporter &R);
/// Returns where the callables that were reported take their share.
llvm::SmallVector<clang::SourceLocation, 2> owningCallables(Unit &U, Reporter &R);

} // namespace heddle
