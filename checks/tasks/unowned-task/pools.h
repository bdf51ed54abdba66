// Pools that others own, and that outlive the one who gives them a task.
#pragma once

#include "flow/Unit.h"

namespace heddle {

/// Returns true if nothing uses the value of the expression.
bool isDropped(const Code &C, const clang::Expr *E);
/// Returns true if the event gives its tasks to a pool that others have made: a global one, or the one object of its
/// class. Not if anything in this unit waits for it.
bool isOnForeignPool(const Code &C, const Event &E, const clang::Expr *Site);

} // namespace heddle
