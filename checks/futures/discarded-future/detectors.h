// The parts of discarded-future: one for each place at which a future is lost or waited for by its destructor.
#pragma once

#include "flow/Unit.h"

namespace heddle {

class Reporter;

namespace discarded_future {

/// The event with which this very call starts the task that its result stands for, or null.
const Event *startedBy(const Code &C, const clang::Expr *Call);
/// The start of the task whose future a visible function returns, or null.
const Event *startedInside(Unit &U, const clang::FunctionDecl *F);

/// Futures that die at the end of an iteration, or of a block in which nothing else is done: the task runs alone.
void waitedForAtOnce(Code &C, Reporter &R, const Event &Start, const clang::VarDecl *Future);

/// Returns that destroy a future before its result was asked for.
void earlyReturns(Code &C, Reporter &R, const Event &Start);
/// The same for futures of tasks that a function has started and returns, alone or in a struct.
void earlyReturns(Code &C, Reporter &R);

} // namespace discarded_future
} // namespace heddle
